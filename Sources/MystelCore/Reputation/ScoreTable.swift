import MystelWire

/// What a score is about: a network or an account, in 24 bytes.
package struct ScoreKey: Hashable, Sendable {
  let high: UInt64
  let low: UInt64
  let kind: UInt8
  let length: UInt8

  package init(_ target: BanTarget) {
    switch target {
    case .network(let prefix):
      (high, low) = (prefix.address.high, prefix.address.low)
      kind = prefix.address.family.rawValue
      length = prefix.length
    case .account(let account):
      (high, low) = (0, account)
      kind = ScoreKey.account
      length = 0
    }
  }

  fileprivate static let account: UInt8 = 1

  package var target: BanTarget {
    if kind == ScoreKey.account { return .account(low) }
    let isIPv4 = kind == IPAddress.Family.ipv4.rawValue
    let address =
      isIPv4
      ? IPAddress(ipv4: UInt32(truncatingIfNeeded: low)) : IPAddress(ipv6High: high, low: low)
    return .network(AddressPrefix(containing: address, length: length))
  }
}

/// What is known of one key, but for bans: 48 bytes with the key.
struct ScoreEntry: Sendable {
  fileprivate var high: UInt64 = 0
  fileprivate var low: UInt64 = 0
  /// Independent signals that were seen; a `rule` of 0 is none.
  var signals = InlineArray<4, Signal>(repeating: Signal(rule: 0, who: 0))
  /// Of a network: before login. Of an account: all of it.
  var score: Float = 0
  /// Of a network: the score after login. Of an account: seconds of play without an incident.
  var second: Float = 0
  /// The book's seconds at which the scores were right, since 1970.
  var updated: UInt32 = 0
  fileprivate var kind: UInt8 = 0
  fileprivate var length: UInt8 = 0
  /// Keeps the entry where a flood of others wants its place.
  var isBanned = false

  struct Signal: Equatable, Sendable {
    /// A number of `ReputationBook.signals`.
    var rule: UInt16
    /// A hash of the account; 0 for none. Two that collide make one: a ban needs more, never less.
    var who: UInt16
  }

  init() {}

  fileprivate init(_ key: ScoreKey) {
    (high, low, kind, length) = (key.high, key.low, key.kind, key.length)
  }

  fileprivate var isEmpty: Bool { kind == 0 }

  var key: ScoreKey {
    ScoreKey(high: high, low: low, kind: kind, length: length)
  }

  fileprivate func isOf(_ key: ScoreKey) -> Bool {
    low == key.low && high == key.high && kind == key.kind && length == key.length
  }

  var isOfAccount: Bool { kind == ScoreKey.account }

  /// The highest of the scores.
  var heat: Float { isOfAccount ? score : max(score, second) }

  /// Notes a signal, where it adds to the rules or to the accounts that are known.
  mutating func note(_ signal: Signal) {
    var isNewRule = true
    var isNewWho = true
    for index in 0..<4 where signals[index].rule != 0 {
      if signals[index] == signal { return }
      if signals[index].rule == signal.rule { isNewRule = false }
      if signals[index].who == signal.who { isNewWho = false }
    }
    guard isNewRule || isNewWho else { return }
    for index in 0..<4 where signals[index].rule == 0 {
      signals[index] = signal
      return
    }
    // Full: a signal that repeats both its rule and its account elsewhere gives way.
    for index in 0..<4 where isRedundant(index) {
      signals[index] = signal
      return
    }
    // Four rules of one account: three are enough, a second account is what is missing.
    if isNewWho { signals[3] = signal }
  }

  private func isRedundant(_ place: Int) -> Bool {
    var rule = false
    var who = false
    for index in 0..<4 where index != place {
      if signals[index].rule == signals[place].rule { rule = true }
      if signals[index].who == signals[place].who { who = true }
    }
    return rule && who
  }

  var distinctRules: Int { distinct(\.rule) }
  /// Of those that an account in the game has broken.
  var distinctRulesInGame: Int { distinct(\.rule, inGame: true) }
  var distinctAccounts: Int { distinct(\.who, inGame: true) }

  private func distinct(_ part: (Signal) -> UInt16, inGame: Bool = false) -> Int {
    var seen: Set<UInt16> = []
    for index in 0..<4 where signals[index].rule != 0 && (!inGame || signals[index].who != 0) {
      seen.insert(part(signals[index]))
    }
    return seen.count
  }

  mutating func forgetSignals() { signals = InlineArray(repeating: Signal(rule: 0, who: 0)) }
}

extension ScoreKey {
  fileprivate init(high: UInt64, low: UInt64, kind: UInt8, length: UInt8) {
    (self.high, self.low, self.kind, self.length) = (high, low, kind, length)
  }
}

/// Scores by key, bounded: 48 bytes a key, of which at most seven eighths of the slots are used.
///
/// Open addressing under a secret seed. When it is full, a newcomer takes the place of the coldest of
/// a few; entries that are banned or hot keep theirs, so a flood of keys frees nobody.
struct ScoreTable: Sendable {
  private var slots: [ScoreEntry] = []
  private(set) var count = 0
  /// Newcomers for whom only places of hot or banned ones were found.
  private(set) var refused: UInt64 = 0
  private let maximum: Int
  private let seed: UInt64
  /// Where the next look for a place begins.
  private var hand = 0

  /// Entries looked at for one to give up.
  private static let looks = 64
  private static let leastSlots = 1024

  init(maximum: Int, seed: UInt64) {
    self.maximum = maximum
    self.seed = seed
  }

  var byteCount: Int { slots.capacity * MemoryLayout<ScoreEntry>.stride }

  subscript(key: ScoreKey) -> ScoreEntry? {
    guard let slot = find(key) else { return nil }
    return slots[slot]
  }

  /// Changes the entry of a key, making one where there is none.
  ///
  /// - Parameter heat: the score of an entry now; those of 1 and more are hot.
  /// - Returns: what `body` returns, or nil where there was no place.
  mutating func update<Result>(
    _ key: ScoreKey, heat: (ScoreEntry) -> Float, _ body: (inout ScoreEntry) -> Result
  ) -> Result? {
    if let slot = find(key) { return body(&slots[slot]) }
    if count >= maximum, !evictColdest(heat) {
      refused &+= 1
      return nil
    }
    growIfNeeded()
    var slot = home(key)
    while !slots[slot].isEmpty { slot = next(slot) }
    slots[slot] = ScoreEntry(key)
    count += 1
    return body(&slots[slot])
  }

  /// Changes the entry of a key that has one.
  mutating func updateIfPresent<Result>(
    _ key: ScoreKey, _ body: (inout ScoreEntry) -> Result
  ) -> Result? {
    find(key).map { body(&slots[$0]) }
  }

  mutating func remove(_ key: ScoreKey) {
    if let slot = find(key) { remove(slot) }
  }

  func forEach(_ body: (ScoreEntry) -> Void) {
    for slot in slots where !slot.isEmpty { body(slot) }
  }

  // MARK: Slots

  private func find(_ key: ScoreKey) -> Int? {
    guard !slots.isEmpty else { return nil }
    var slot = home(key)
    while !slots[slot].isEmpty {
      if slots[slot].isOf(key) { return slot }
      slot = next(slot)
    }
    return nil
  }

  private func next(_ slot: Int) -> Int { slot + 1 == slots.count ? 0 : slot + 1 }

  private func home(_ key: ScoreKey) -> Int {
    var hash = seed ^ key.high
    hash = Self.mixed(hash) ^ key.low
    hash = Self.mixed(hash) ^ UInt64(key.kind) << 8 ^ UInt64(key.length)
    return Int(Self.mixed(hash).multipliedFullWidth(by: UInt64(slots.count)).high)
  }

  /// SplitMix64's finaliser.
  static func mixed(_ value: UInt64) -> UInt64 {
    var value = value &+ 0x9e37_79b9_7f4a_7c15
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }

  private mutating func growIfNeeded() {
    guard (count + 1) * 8 > slots.count * 7 else { return }
    // Halves of the greatest size, so that old and new together stay well below twice that.
    var wanted = maximum * 8 / 7 + 8
    while wanted / 2 > max(Self.leastSlots, slots.count) { wanted /= 2 }
    let old = slots
    slots = [ScoreEntry](repeating: ScoreEntry(), count: wanted)
    for entry in old where !entry.isEmpty {
      var slot = home(entry.key)
      while !slots[slot].isEmpty { slot = next(slot) }
      slots[slot] = entry
    }
  }

  private mutating func evictColdest(_ heat: (ScoreEntry) -> Float) -> Bool {
    var coldest: (slot: Int, heat: Float)?
    var looks = 0
    for _ in 0..<(8 * Self.looks) where looks < Self.looks {
      hand = next(hand < slots.count ? hand : 0)
      guard !slots[hand].isEmpty, !slots[hand].isBanned else { continue }
      looks += 1
      let warmth = heat(slots[hand])
      if warmth < 1, warmth < coldest?.heat ?? 1 { coldest = (hand, warmth) }
    }
    guard let coldest else { return false }
    remove(coldest.slot)
    return true
  }

  /// Closes the gap, so that what was placed behind it is still found.
  private mutating func remove(_ slot: Int) {
    var gap = slot
    var look = next(slot)
    while !slots[look].isEmpty {
      let wanted = home(slots[look].key)
      // Whether `wanted` lies outside of the cyclic range (gap, look].
      let isMovable = gap <= look ? wanted <= gap || wanted > look : wanted <= gap && wanted > look
      if isMovable {
        slots[gap] = slots[look]
        gap = look
      }
      look = next(look)
    }
    slots[gap] = ScoreEntry()
    count -= 1
  }
}
