/// A point on the monotonic clock of the engine, in nanoseconds. Core never reads a clock.
package struct Instant: Comparable, Hashable, Sendable {
  package var nanoseconds: UInt64

  package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  package static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// Later by a duration; negative durations and overflow saturate.
  package static func + (instant: Instant, duration: Duration) -> Instant {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return instant }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return .distantFuture }
    let (sum, carry) = instant.nanoseconds.addingReportingOverflow(
      whole &+ UInt64(attoseconds / 1_000_000_000))
    return carry ? .distantFuture : Instant(nanoseconds: sum)
  }

  package static let distantFuture = Instant(nanoseconds: .max)
}
