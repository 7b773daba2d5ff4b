/// A rate and how much of it may come at once: a token bucket without its content.
///
/// The content is one number, kept by whoever is limited: the moment at which the bucket is full
/// again, in nanoseconds. So nothing has to be refilled, and silence is credit.
struct Pace: Sendable, Equatable {
  /// Nanoseconds that one unit takes to come back; 0 where there is no limit.
  private(set) var perUnit: UInt64 = 0
  /// How far in the future a bucket may be full again: the burst, in nanoseconds.
  private(set) var room: UInt64 = 0

  /// - Parameter perSecond: nil for no limit.
  init(perSecond: Int?, burst: Int) {
    guard let perSecond, perSecond > 0, burst > 0 else { return }
    perUnit = max(1, 1_000_000_000 / UInt64(perSecond))
    room = perUnit &* UInt64(burst)
  }

  /// How long a bucket stays in debt, in nanoseconds, once `units` were taken; 0 where they are
  /// there to be taken.
  ///
  /// - Parameter floor: the earliest moment whose credit counts: now, or before.
  func debt(_ fullAt: UInt64, taking units: UInt64, floor: UInt64, now: UInt64) -> UInt64 {
    let full = taken(fullAt, units, floor: floor)
    let limit = now &+ room
    return full > limit && perUnit > 0 ? full &- limit : 0
  }

  /// Whether `units` are there to be taken.
  func has(_ fullAt: UInt64, _ units: UInt64 = 1, now: UInt64) -> Bool {
    debt(fullAt, taking: units, floor: now, now: now) == 0
  }

  /// The bucket once `units` were taken.
  func taken(_ fullAt: UInt64, _ units: UInt64 = 1, floor: UInt64) -> UInt64 {
    max(fullAt, floor) &+ perUnit &* units
  }
}
