import ArgumentParser

/// Why a benchmark ended without a result, in words for the person who started it.
struct BenchFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  static let interrupted = BenchFailure("interrupted")

  /// - Throws: `ValidationError` that names the option when `value` lies outside of `range`.
  static func check<Value: Comparable>(
    _ option: String, _ value: Value, in range: ClosedRange<Value>
  ) throws {
    guard range.contains(value) else {
      throw ValidationError(
        "\(option) must lie between \(range.lowerBound) and \(range.upperBound)")
    }
  }
}
