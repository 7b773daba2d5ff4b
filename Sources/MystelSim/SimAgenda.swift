import MystelCore

/// What a simulated end will do of its own accord, in order of time; a handful of entries.
struct SimAgenda<Event: Sendable>: Sendable {
  private var entries: [(at: Instant, event: Event)] = []

  /// When the first entry is due.
  var deadline: Instant? { entries.first?.at }

  /// Entries of the same time keep the order in which they were added.
  mutating func add(_ event: Event, at instant: Instant) {
    let index = entries.firstIndex { $0.at > instant } ?? entries.count
    entries.insert((instant, event), at: index)
  }

  /// The first entry that is due, taken off.
  mutating func next(until now: Instant) -> Event? {
    guard let first = entries.first, first.at <= now else { return nil }
    entries.removeFirst()
    return first.event
  }

  mutating func clear() { entries = [] }
}
