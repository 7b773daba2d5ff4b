import MystelWire

/// How many slots and counters a session needs for a build's signatures, and what of the session is
/// followed for them.
struct SignatureRoom: BitwiseCopyable {
  var slots: UInt16 = 0
  var counters: UInt16 = 0
  var kinds = EntityKinds()
  var followsPlace = false
  var followsClass = false
}

/// What a session remembers for the signatures: one small slot each, the things the server
/// announced, and when packets came.
struct SignatureState: ~Copyable {
  /// The most slots and counters of hits that all rules together may use: 1.6 KB a session.
  static let mostSlots = 56
  static let mostCounters = 32

  /// What one signature, or one of its packets, remembers. What the fields mean is up to the step.
  struct Slot: BitwiseCopyable {
    /// A time in nanoseconds; 0 for never.
    var at: UInt64 = 0
    /// A hash, an id or a second time.
    var key: UInt64 = 0
    /// A mean interval in nanoseconds.
    var mean: Float = 0
    var count: UInt16 = 0
    var flags: UInt16 = 0
  }

  /// How often a signature hit, and since when: a millisecond of the session.
  struct Counter: BitwiseCopyable {
    var since: UInt32 = 0
    var hits: UInt32 = 0
  }

  var clock = ArrivalClock()
  var broken = BrokenSignatures()
  var entities = EntityTable()
  /// The shortest round trip seen, in nanoseconds; nil before the first S_PING was answered.
  private(set) var roundTrip: UInt64?
  private(set) var characterClass: UInt8 = .max
  /// Where the player was last, and when; nil before anything was said of it.
  private(set) var place: Vector3?
  private var placeAt: UInt64 = 0
  private var placeTime: UInt32 = 0
  /// Until when a leap is the server's doing.
  private var leapUntil: UInt64 = 0
  private var pingAt: UInt64 = 0
  private var startedAt: UInt64 = 0
  private var room: SignatureRoom?
  /// Since when the rules are in force, where the session is older than that; 0 where it is not.
  private(set) var resumedAt: UInt64 = 0
  private var slots = FixedTable<Slot>(count: 0, Slot())
  private var counters = FixedTable<Counter>(count: 0, Counter())

  /// How far from where it should be a player may be, in units of the game.
  private static let tolerance: Float = 1000
  /// How long after the server moved the player, a place may be anywhere.
  private static let leapNanoseconds: UInt64 = 5_000_000_000

  /// Forgets what rules remember, whose numbers have changed, and what was not followed so far.
  mutating func begin(_ room: SignatureRoom, now: UInt64) {
    slots = FixedTable(count: Int(room.slots), Slot())
    counters = FixedTable(count: Int(room.counters), Counter())
    defer { self.room = room }
    guard let before = self.room else {
      startedAt = max(now, 1) &- 1
      return
    }
    resumedAt = max(now, 1)
    if !before.kinds.isSuperset(of: room.kinds) { entities.missSome() }
    if !before.followsPlace {
      place = nil
      placeAt = 0
    }
    if !before.followsClass { characterClass = .max }
  }

  /// The memory that the slots and counters take.
  var heapBytes: Int { slots.heapBytes + counters.heapBytes }

  /// Milliseconds of the session, from 1.
  func milliseconds(_ now: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: (now &- startedAt) / 1_000_000 &+ 1)
  }

  subscript(_ index: UInt16) -> Slot {
    @inline(__always) get { slots[index] }
    @inline(__always) _modify { yield &slots[index] }
  }

  /// Counts a hit. - Returns: whether there are enough of them.
  mutating func hit(_ step: UnsafePointer<WatchStep>, now: UInt64) -> Bool {
    guard step.pointee.times > 1 else { return true }
    let now = milliseconds(now)
    var counter = counters[step.pointee.counter]
    if counter.hits == 0 || now &- counter.since > step.pointee.within {
      counter = Counter(since: now)
    }
    counter.hits = min(counter.hits + 1, UInt32(step.pointee.times))
    counters[step.pointee.counter] = counter
    return counter.hits >= UInt32(step.pointee.times)
  }

  /// A packet was looked at and found sound.
  mutating func miss(_ step: UnsafePointer<WatchStep>) {
    if step.pointee.isConsecutive, step.pointee.times > 1 {
      counters[step.pointee.counter].hits = 0
    }
  }

  // MARK: Notes

  mutating func ping(_ now: UInt64) { pingAt = now }

  mutating func pong(_ now: UInt64) {
    guard pingAt != 0 else { return }
    roundTrip = min(roundTrip ?? .max, now &- pingAt)
    pingAt = 0
  }

  mutating func take(template: UInt32) {
    characterClass = CharacterClass(template: template)?.rawValue ?? .max
  }

  /// The server put the player somewhere.
  mutating func moved(to place: Vector3?, now: UInt64) {
    leapUntil = now &+ Self.leapNanoseconds
    if let place { self.place = place }
    placeAt = now
  }

  // MARK: Places

  var isAwayFromOrigin: Bool {
    guard let place else { return false }
    return abs(place.x) > 2000 || abs(place.y) > 2000
  }

  /// Takes in where the client says it is. - Returns: whether nobody gets there in the time.
  mutating func leaps(to next: Vector3, time: UInt32, limit: Float, now: UInt64) -> Bool {
    defer {
      place = next
      placeAt = now
      placeTime = time
    }
    guard let place, placeAt != 0, now >= leapUntil else { return false }
    let (x, y) = (next.x - place.x, next.y - place.y)
    let square = x * x + y * y
    // So far may anybody be off at any time: most packets end here.
    guard square > Self.tolerance * Self.tolerance else { return false }
    let wall = Float((now &- placeAt) / 1_000_000 &+ clock.slack(now) / 1_000_000)
    let own = time > placeTime && placeTime != 0 ? Float(min(time - placeTime, 60_000)) : 0
    return square.squareRoot() > Self.tolerance + limit * max(wall, own) / 1000
  }
}
