/// The connections to one backend whose key exchange is not complete, bounded.
///
/// When the table is full, newcomers wait, and the oldest entry that has had its fair time gives way
/// to the newest in line: the most recent arrival is the likeliest to be still there, so a flood of
/// clients that send one key and stop cannot keep players out.
package struct HalfOpenTable: Sendable {
  /// How long an entry may take before it has to give way, in nanoseconds: 1 s, several round trips.
  package static let fairNanoseconds: UInt64 = 1_000_000_000

  /// What a session that wants to connect should do.
  package enum Answer: Equatable, Sendable {
    case connect
    /// It is called later, or never if its own deadline passes first.
    case wait
    /// The line is full.
    case refuse
  }

  private struct Entry {
    var id: UInt64
    var since: Instant
    /// Told to go; keeps its place until it has gone, so that the bound holds.
    var isLeaving = false
  }

  private let capacity: Int
  private let waitingCapacity: Int
  private var entries: [Entry] = []
  private var waiting: [UInt64] = []

  package init(capacity: Int, waitingCapacity: Int = Limits.waitingPerBackend) {
    self.capacity = capacity
    self.waitingCapacity = waitingCapacity
  }

  package var count: Int { entries.count }
  package var waitingCount: Int { waiting.count }

  /// A session has a whole client key and wants the backend.
  package mutating func request(_ id: UInt64, now: Instant) -> Answer {
    if entries.count < capacity {
      entries.append(Entry(id: id, since: now))
      return .connect
    }
    guard waiting.count < waitingCapacity else { return .refuse }
    waiting.append(id)
    return .wait
  }

  /// A session has all keys, or ended. Unknown ids are ignored.
  ///
  /// - Returns: the sessions from the line that may connect now.
  package mutating func release(_ id: UInt64, now: Instant) -> [UInt64] {
    if let at = entries.firstIndex(where: { $0.id == id }) {
      entries.remove(at: at)
    } else if let at = waiting.lastIndex(of: id) {
      waiting.remove(at: at)
    }
    return admit(now: now)
  }

  /// Tells entries that had their fair time to make room for those in line. Call every tick.
  ///
  /// - Returns: the sessions to end; each must be released once its connection is closed.
  package mutating func tick(now: Instant) -> [UInt64] {
    var wanted = waiting.count - entries.count(where: \.isLeaving)
    var evicted: [UInt64] = []
    for at in entries.indices where wanted > 0 && !entries[at].isLeaving {
      let age = now.nanoseconds &- entries[at].since.nanoseconds
      guard age >= HalfOpenTable.fairNanoseconds else { break }
      entries[at].isLeaving = true
      evicted.append(entries[at].id)
      wanted -= 1
    }
    return evicted
  }

  private mutating func admit(now: Instant) -> [UInt64] {
    var admitted: [UInt64] = []
    while entries.count < capacity, let next = waiting.popLast() {
      entries.append(Entry(id: next, since: now))
      admitted.append(next)
    }
    return admitted
  }
}
