import MystelWire

/// The connections to one backend whose key exchange is not complete, bounded.
///
/// When the table is full, newcomers wait. An entry that has had its fair time gives way to the line;
/// one whose source has several entries while somebody else's waits gives way sooner. A free place
/// goes to the source that holds the fewest, and among equals to the newest arrival, the likeliest
/// to be still there: a flood of clients that send one key and stop cannot keep players out.
package struct HalfOpenTable: Sendable {
  /// How long an entry may take before it gives way to anybody, in nanoseconds: 1 s, several round
  /// trips of the worst connection.
  package static let fairNanoseconds: UInt64 = 1_000_000_000
  /// How long an entry may take whose source holds more places than the one that waits: 0.5 s.
  package static let crowdedNanoseconds: UInt64 = 500_000_000
  /// How far back in the line a free place is offered.
  private static let offered = 256

  /// What a session that wants to connect should do.
  package enum Answer: Equatable, Sendable {
    case connect
    /// It is called later, or never if its own deadline passes first. Where the line is full, its
    /// oldest member leaves it and is to be ended.
    case wait(displaced: UInt64?)
  }

  private struct Entry {
    var id: UInt64
    var source: AddressPrefix
    var since: Instant
    /// Told to go; keeps its place until it has gone, so that the bound holds.
    var isLeaving = false
  }

  private let capacity: Int
  private let waitingCapacity: Int
  /// Oldest first.
  private var entries: [Entry] = []
  private var waiting: [Entry] = []

  package init(capacity: Int, waitingCapacity: Int = Limits.waitingPerBackend) {
    self.capacity = capacity
    self.waitingCapacity = waitingCapacity
  }

  package var count: Int { entries.count }

  /// A session has a whole client key and wants the backend.
  package mutating func request(_ id: UInt64, from client: IPAddress, now: Instant) -> Answer {
    let entry = Entry(id: id, source: HalfOpenTable.source(of: client), since: now)
    if entries.count < capacity {
      entries.append(entry)
      return .connect
    }
    waiting.append(entry)
    return .wait(displaced: waiting.count > waitingCapacity ? waiting.removeFirst().id : nil)
  }

  /// Players of one network count as one source: /24 of IPv4, /64 of IPv6.
  private static func source(of client: IPAddress) -> AddressPrefix {
    let address = client.canonical
    return AddressPrefix(containing: address, length: address.family == .ipv4 ? 24 : 64)
  }

  /// A session has all keys, or ended. Unknown ids are ignored.
  ///
  /// - Returns: the sessions from the line that may connect now.
  package mutating func release(_ id: UInt64, now: Instant) -> [UInt64] {
    if let at = entries.firstIndex(where: { $0.id == id }) {
      entries.remove(at: at)
    } else if let at = waiting.lastIndex(where: { $0.id == id }) {
      waiting.remove(at: at)
    }
    return admit(now: now)
  }

  /// Tells entries that had their time to make room for those in line. Call every tick.
  ///
  /// - Returns: the sessions to end; each must be released once its connection is closed.
  package mutating func tick(now: Instant) -> [UInt64] {
    var wanted = waiting.count - entries.count(where: \.isLeaving)
    guard wanted > 0 else { return [] }
    var held = placesBySource()
    let fewest = waiting.suffix(HalfOpenTable.offered).map { held[$0.source] ?? 0 }.min() ?? 0
    var evicted: [UInt64] = []
    for at in entries.indices where wanted > 0 && !entries[at].isLeaving {
      let age = now.nanoseconds &- entries[at].since.nanoseconds
      let places = held[entries[at].source] ?? 0
      let isCrowd = age >= HalfOpenTable.crowdedNanoseconds && places > fewest + 1
      guard isCrowd || age >= HalfOpenTable.fairNanoseconds else { continue }
      entries[at].isLeaving = true
      held[entries[at].source] = places - 1
      evicted.append(entries[at].id)
      wanted -= 1
    }
    return evicted
  }

  private func placesBySource() -> [AddressPrefix: Int] {
    entries.reduce(into: [:]) { held, entry in
      if !entry.isLeaving { held[entry.source, default: 0] += 1 }
    }
  }

  private mutating func admit(now: Instant) -> [UInt64] {
    var admitted: [UInt64] = []
    while entries.count < capacity, let next = nextInLine() {
      var entry = waiting.remove(at: next)
      entry.since = now
      entries.append(entry)
      admitted.append(entry.id)
    }
    return admitted
  }

  private func nextInLine() -> Int? {
    let held = placesBySource()
    return waiting.indices.suffix(HalfOpenTable.offered).reversed().min { left, right in
      (held[waiting[left].source] ?? 0) < (held[waiting[right].source] ?? 0)
    }
  }
}
