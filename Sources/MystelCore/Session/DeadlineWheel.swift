/// The deadlines of one worker's sessions: a timing wheel with 100 ms slots.
///
/// A session stands in the slot of its deadline, or of the wheel's horizon if that is nearer. A
/// deadline that moves later costs nothing: the session is looked at once in its old slot and put
/// into the new one. One that moves earlier is cancelled and
/// inserted again.
package struct DeadlineWheel<Timed: AnyObject>: ~Copyable {
  /// Nanoseconds between two slots: how late a deadline may be noticed.
  package static var slotNanoseconds: UInt64 { 100_000_000 }
  private static var slotCount: UInt64 { 1024 }

  /// A place in the wheel. Emptied when its session ends, so that the session's memory does not
  /// wait for the slot.
  package final class Entry {
    fileprivate var timed: Timed?
    fileprivate init(_ timed: Timed) { self.timed = timed }

    /// Forgets the session.
    package func cancel() { timed = nil }
  }

  private var slots: [[Entry]]
  /// The first slot that has not been looked at.
  private var position: UInt64

  package init(now: Instant) {
    slots = Array(repeating: [], count: Int(DeadlineWheel.slotCount))
    position = now.nanoseconds / DeadlineWheel.slotNanoseconds
  }

  /// Has `timed` looked at when `deadline` has passed.
  package mutating func insert(_ timed: Timed, deadline: Instant) -> Entry {
    let wanted = deadline.nanoseconds / DeadlineWheel.slotNanoseconds &+ 1
    let slot = min(max(wanted, position), position + DeadlineWheel.slotCount - 1)
    let entry = Entry(timed)
    slots[Int(slot % DeadlineWheel.slotCount)].append(entry)
    return entry
  }

  /// Takes out everything whose slot has passed: the caller looks at each, and inserts it again if
  /// its deadline is still to come.
  package mutating func expire(now: Instant) -> [Timed] {
    let end = now.nanoseconds / DeadlineWheel.slotNanoseconds
    var expired: [Timed] = []
    var turns: UInt64 = 0
    while position <= end && turns < DeadlineWheel.slotCount {
      let slot = Int(position % DeadlineWheel.slotCount)
      if !slots[slot].isEmpty {
        expired += slots[slot].compactMap(\.timed)
        slots[slot] = []
      }
      position += 1
      turns += 1
    }
    if position <= end { position = end + 1 }
    return expired
  }
}
