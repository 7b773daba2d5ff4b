import MystelCore
import MystelTesting

/// UTF-16 in bytes, the lower first, without a NUL.
struct Units: Equatable, CustomStringConvertible {
  var units: [UInt16]

  init(_ units: [UInt16]) { self.units = units }
  init(_ text: String) { units = Array(text.utf16) }

  var bytes: [UInt8] {
    units.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
  }

  var description: String {
    String(decoding: units, as: UTF16.self).debugDescription + " "
      + units.map { String($0, radix: 16) }.joined(separator: " ")
  }

  func isAccepted(as form: Rule.TextForm) -> Bool {
    bytes.withUnsafeBytes { form.accepts($0) }
  }

  func cleaned(as form: Rule.TextForm) -> Units {
    rewritten { form.clean($0, into: &$1) }
  }

  var isWellFormed: Bool { bytes.withUnsafeBytes { TextScan.isWellFormed($0) } }

  var wellFormed: Units { rewritten { TextScan.wellForm($0, into: &$1) } }

  private func rewritten(
    _ rewrite: (UnsafeRawBufferPointer, inout ScratchBuffer) -> Void
  ) -> Units {
    var output = ScratchBuffer()
    bytes.withUnsafeBytes { rewrite($0, &output) }
    let made = output.unsafeBytes.map { $0 }
    return Units(
      stride(from: 0, to: made.count, by: 2).map { UInt16(made[$0]) | UInt16(made[$0 + 1]) << 8 })
  }

  /// Parts of hostile texts, put together at random.
  static func random(_ parts: [[UInt16]], _ random: inout SplitMix64) -> Units {
    let count = Int(random.next(below: 24))
    return Units(
      (0..<count).flatMap { _ in parts[Int(random.next(below: UInt64(parts.count)))] })
  }
}
