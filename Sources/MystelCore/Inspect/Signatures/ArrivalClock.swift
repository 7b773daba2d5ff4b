/// When a client's packets came, and by how much their intervals may be too short.
///
/// A line that stalls holds packets back and then lets them go at once: what an honest player did
/// over a second arrives in a millisecond. So a run of packets without a pause counts as having
/// taken up to the silence before it, and for a while after such a run everything does.
package struct ArrivalClock {
  /// Packets closer than this belong to one run.
  static let runNanoseconds: UInt64 = 5_000_000
  /// A silence from here on, with a run of three packets behind it, may have been a stall.
  static let stallNanoseconds: UInt64 = 150_000_000
  /// How long after a run the rest of what was held back may still come.
  static let settleNanoseconds: UInt64 = 500_000_000

  private var last: UInt64 = 0
  /// The pause before the run at work.
  private var silence: UInt64 = 0
  /// Packets of the run at work, beside its first.
  private var run: UInt32 = 0
  private var stall: UInt64 = 0
  private var stallEnds: UInt64 = 0

  package init() {}

  @inline(__always)
  package mutating func arrive(_ now: UInt64) {
    let gap = last == 0 ? 0 : now &- last
    last = now
    guard gap < Self.runNanoseconds else {
      silence = gap
      run = 0
      return
    }
    run &+= 1
    guard run >= 2, silence >= Self.stallNanoseconds else { return }
    stall = silence
    stallEnds = now &+ Self.settleNanoseconds
  }

  /// Nanoseconds by which the packet at work may be later, compared with those before it, than it
  /// was sent.
  package func slack(_ now: UInt64) -> UInt64 {
    max(run > 0 ? silence : 0, now < stallEnds ? stall : 0)
  }
}
