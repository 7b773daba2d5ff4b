import MystelWire

/// What addresses and networks have asked for lately, held against `AddressLimits`.
///
/// Fixed memory: open addressing in groups of eight slots, two groups a key, chosen by a hash whose
/// seed nobody outside knows. Where both groups are full, a key gives way that has nothing to be
/// remembered for, or the coldest; never one that is blocked, has connections open or is near its
/// limit, so that a flood of new addresses makes nobody forgotten who matters. One owner for all
/// workers, asked a few times a connection, never for a packet.
package struct AddressTable: ~Copyable {
  /// Which keys a connection is counted at; handed back when it ends.
  package struct Ticket: OptionSet, Sendable, BitwiseCopyable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    static let host = Ticket(rawValue: 1)
    static let network = Ticket(rawValue: 2)
    static let wide = Ticket(rawValue: 4)
  }

  package enum Answer: Equatable, Sendable {
    case admitted(Ticket)
    case refused(Reason)
  }

  /// What is known of one address or network: 64 bytes.
  struct Slot: BitwiseCopyable {
    var high: UInt64 = 0
    var low: UInt64 = 0
    /// When each bucket is full again.
    var connections: UInt64 = 0
    var excess: UInt64 = 0
    var handshakes: UInt64 = 0
    var logins: UInt64 = 0
    var blockedUntil: UInt64 = 0
    /// Connections open now.
    var open: UInt16 = 0
    /// Of a network: hosts in it that have misbehaved. Of a host: see `AddressStrikes`.
    var children: UInt16 = 0
    /// The hour of the latest play, or of the latest misbehaviour in a network; 0 for none.
    var hour: UInt16 = 0
    /// Family and length; 0 for an empty slot.
    var kind: UInt8 = 0
    /// Whether it is counted among its networks' children.
    var isAbusive = false

    func isOf(_ key: Key) -> Bool { low == key.low && high == key.high && kind == key.kind }
  }

  struct Key: Equatable {
    var high: UInt64
    var low: UInt64
    var kind: UInt8

    init(_ prefix: AddressPrefix) {
      (high, low) = (prefix.address.high, prefix.address.low)
      kind = prefix.length | (prefix.address.family == .ipv4 ? 0x80 : 0)
    }
  }

  /// The memory of one key, on average: slots are a quarter more than keys.
  package static let bytesPerKey = MemoryLayout<Slot>.stride * 5 / 4
  static let slotsPerGroup = 8
  /// How long an address counts as known after somebody has played from it: a week.
  private static let knownHours = 24 * 7
  /// How long a network is held to what its hosts did: an hour or two.
  private static let evidenceHours = 1

  /// How much harder admission is than usual.
  package var tightening = Tightening()
  /// Connections that would have been refused by a limit in shadow.
  package private(set) var shadowed: [Reason: UInt64] = [:]
  /// Keys that found no slot and were not counted.
  package private(set) var untracked: UInt64 = 0

  /// What the reputation has to hear of.
  package var floods = AddressFloods()

  private let slots: UnsafeMutablePointer<Slot>
  let slotCount: Int
  private let seed: (UInt64, UInt64)
  private var paces: AddressPaces
  /// The bucket of everybody together, and of those who never played here.
  private var gateway: UInt64 = 0
  private var strangers: UInt64 = 0

  /// - Parameter seed: random, and never told to anybody.
  package init(_ limits: AddressLimits, seed: (UInt64, UInt64)) {
    let groups = max(1, (limits.address.keys * 5 / 4 + Self.slotsPerGroup - 1) / Self.slotsPerGroup)
    slotCount = groups * Self.slotsPerGroup
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: Slot(), count: slotCount)
    self.seed = seed
    paces = AddressPaces(limits)
  }

  deinit { slots.deallocate() }

  /// Holds what comes from now on to other limits. The number of keys stays.
  package mutating func adopt(_ limits: AddressLimits) { paces = AddressPaces(limits) }

  // MARK: A connection's life

  /// A connection was accepted, or a trusted proxy told whose it is.
  package mutating func connect(_ client: IPAddress, now: Instant) -> Answer {
    let limits = paces.limits
    if limits.address.exempt.contains(where: { $0.contains(client) }) { return .admitted([]) }
    let now = now.nanoseconds
    let host = AddressKey.host(of: client)
    let own = slot(of: Key(host), now: now)
    if let own, let reason = refusal(of: own, now: now) {
      note(reason, own, host, now: now)
      guard shadows(limits.address.mode, reason) else {
        strike(own, host, reason, now: now)
        return .refused(reason)
      }
    }
    let (near, wide) = networks(of: host, keeping: own, now: now)
    for place in [near, wide] {
      guard let place, let reason = networkRefusal(of: place, now: now) else { continue }
      guard shadows(limits.prefix.mode, reason) else { return .refused(reason) }
    }
    let isKnown = own.map { wasPlayed(from: slots[$0], now: now) } ?? false
    if !isKnown, let reason = strangerRefusal(now: now) {
      guard shadows(limits.gateway.mode, reason) else { return .refused(reason) }
    }
    return .admitted(count(own, near, wide, isKnown: isKnown, now: now))
  }

  /// A connection that was admitted has ended.
  package mutating func leave(_ client: IPAddress, _ ticket: Ticket) {
    let host = AddressKey.host(of: client)
    let wider = AddressKey.wider(than: host)
    if ticket.contains(.host) { release(Key(host)) }
    if ticket.contains(.network), let near = wider.first { release(Key(near)) }
    if ticket.contains(.wide), wider.count > 1 { release(Key(wider[1])) }
  }

  /// A session has sent a key and asks for the game server. - Returns: why it may not.
  package mutating func handshake(_ client: IPAddress, now: Instant) -> Reason? {
    take(client, paces.handshakes, \.handshakes, .handshakeRate, now: now)
  }

  /// A session logs in. - Returns: why it may not.
  package mutating func login(_ client: IPAddress, now: Instant) -> Reason? {
    take(client, paces.logins, \.logins, .loginRate, now: now)
  }

  /// Somebody plays from this address: it is known from now on.
  package mutating func played(_ client: IPAddress, now: Instant) {
    guard let own = slot(of: Key(AddressKey.host(of: client)), now: now.nanoseconds) else { return }
    slots[own].hour = Self.hour(now.nanoseconds)
    slots[own].isAbusive = false
  }

  /// A connection ended in a way that no player's does: evidence against its networks.
  package mutating func misbehaved(_ client: IPAddress, now: Instant) {
    let host = AddressKey.host(of: client)
    guard let own = find(Key(host)), !wasPlayed(from: slots[own], now: now.nanoseconds) else {
      return
    }
    blame(own, host, now: now.nanoseconds)
  }

  // MARK: Judging

  private func refusal(of own: Int, now: UInt64) -> Reason? {
    let slot = slots[own]
    if slot.blockedUntil > now { return .addressBlocked }
    if !paces.connections.has(slot.connections, now: now) { return .addressRate }
    return slot.open >= paces.hostOpen ? .addressConnections : nil
  }

  private func networkRefusal(of place: Int, now: UInt64) -> Reason? {
    let slot = slots[place]
    if !paces.network.has(slot.connections, UInt64(tightening.prefixFactor), now: now) {
      return .prefixRate
    }
    return slot.open >= paces.networkOpen ? .prefixConnections : nil
  }

  /// Addresses that never played here come last.
  private func strangerRefusal(now: UInt64) -> Reason? {
    if let rate = tightening.strangersPerSecond,
      !Pace(perSecond: rate, burst: rate).has(strangers, now: now)
    {
      return .underAttack
    }
    return paces.gateway.has(gateway, now: now) ? nil : .gatewayRate
  }

  /// Whether a limit only counts. Counts it.
  private mutating func shadows(_ mode: Configuration.Mode, _ reason: Reason) -> Bool {
    guard reason != .underAttack, mode != .enforce else { return false }
    shadowed[reason, default: 0] &+= 1
    return true
  }

  /// Remembers an attempt beyond the rate; an address that goes on and on is blocked.
  private mutating func note(
    _ reason: Reason, _ own: Int, _ host: AddressPrefix, now: UInt64
  ) {
    guard reason == .addressRate || reason == .addressBlocked else { return }
    if paces.excess.has(slots[own].excess, now: now) {
      slots[own].excess = paces.excess.taken(slots[own].excess, floor: now)
    } else {
      let end = now &+ paces.blockNanoseconds
      slots[own].blockedUntil = max(slots[own].blockedUntil, end)
    }
    blame(own, host, now: now)
  }

  /// Counts what an address was refused; not what its network was, or everybody: that may be its
  /// neighbours' doing.
  private mutating func strike(_ own: Int, _ host: AddressPrefix, _ reason: Reason, now: UInt64) {
    guard AddressStrikes.add(to: &slots[own].children, now: now) else { return }
    floods.add(host.address, reason, isKnown: wasPlayed(from: slots[own], now: now))
  }

  private mutating func blame(_ own: Int, _ host: AddressPrefix, now: UInt64) {
    guard !slots[own].isAbusive else { return }
    slots[own].isAbusive = true
    guard host.address.family == .ipv6 else { return }
    for network in AddressKey.wider(than: host) {
      guard let place = slot(of: Key(network), keeping: own, now: now) else { continue }
      if !isHeld(slots[place], now: now) { slots[place].children = 0 }
      if slots[place].children < .max { slots[place].children += 1 }
      slots[place].hour = Self.hour(now)
    }
  }

  private mutating func networks(
    of host: AddressPrefix, keeping own: Int?, now: UInt64
  ) -> (near: Int?, wide: Int?) {
    let wider = AddressKey.wider(than: host)
    guard host.address.family == .ipv6 else {
      return (slot(of: Key(wider[0]), keeping: own, now: now), nil)
    }
    // A network of IPv6 may be a household or half a country: it counts as one source only once
    // many of it have misbehaved.
    let least = paces.limits.prefix.widenAfter
    return (evident(wider[0], least, now: now), evident(wider[1], least * 4, now: now))
  }

  private func evident(_ network: AddressPrefix, _ least: Int, now: UInt64) -> Int? {
    guard let place = find(Key(network)), slots[place].children >= least,
      isHeld(slots[place], now: now)
    else { return nil }
    return place
  }

  private mutating func count(
    _ own: Int?, _ near: Int?, _ wide: Int?, isKnown: Bool, now: UInt64
  ) -> Ticket {
    var ticket: Ticket = []
    if let own {
      slots[own].connections = paces.connections.taken(slots[own].connections, floor: now)
      slots[own].excess = paces.excess.taken(slots[own].excess, floor: now)
      if open(own) { ticket.insert(.host) }
    }
    for (place, level) in [(near, Ticket.network), (wide, .wide)] {
      guard let place else { continue }
      slots[place].connections = paces.network.taken(
        slots[place].connections, UInt64(tightening.prefixFactor), floor: now)
      if open(place) { ticket.insert(level) }
    }
    if !isKnown {
      gateway = paces.gateway.taken(gateway, floor: now)
      if let rate = tightening.strangersPerSecond {
        strangers = Pace(perSecond: rate, burst: rate).taken(strangers, floor: now)
      }
    }
    return ticket
  }

  private mutating func open(_ place: Int) -> Bool {
    guard slots[place].open < .max else { return false }
    slots[place].open += 1
    return true
  }

  private mutating func release(_ key: Key) {
    guard let place = find(key), slots[place].open > 0 else { return }
    slots[place].open -= 1
  }

  private mutating func take(
    _ client: IPAddress, _ pace: Pace, _ bucket: WritableKeyPath<Slot, UInt64>, _ reason: Reason,
    now: Instant
  ) -> Reason? {
    let limits = paces.limits
    if limits.address.exempt.contains(where: { $0.contains(client) }) { return nil }
    let now = now.nanoseconds
    let host = AddressKey.host(of: client)
    guard let own = slot(of: Key(host), now: now) else { return nil }
    if !pace.has(slots[own][keyPath: bucket], now: now), !shadows(limits.address.mode, reason) {
      strike(own, host, reason, now: now)
      return reason
    }
    slots[own][keyPath: bucket] = pace.taken(slots[own][keyPath: bucket], floor: now)
    return nil
  }

  // MARK: Time

  /// Hours since some moment, never 0.
  private static func hour(_ now: UInt64) -> UInt16 {
    UInt16(truncatingIfNeeded: now / 3_600_000_000_000 % 65535 &+ 1)
  }

  private func age(_ slot: Slot, now: UInt64) -> Int {
    slot.hour == 0 ? .max : Int(Self.hour(now)) - Int(slot.hour)
  }

  /// Whether somebody has played from an address lately.
  private func wasPlayed(from slot: Slot, now: UInt64) -> Bool {
    !slot.isNetwork && (0...Self.knownHours).contains(age(slot, now: now))
  }

  /// Whether what a network's hosts did still counts.
  private func isHeld(_ slot: Slot, now: UInt64) -> Bool {
    slot.isNetwork && slot.children > 0 && (0...Self.evidenceHours).contains(age(slot, now: now))
  }

  // MARK: Slots

  private func groups(of key: Key) -> (Int, Int) {
    func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
      let product = left.multipliedFullWidth(by: right)
      return product.high ^ product.low
    }
    let first = fold(
      fold(key.low ^ seed.0, key.high ^ seed.1) ^ UInt64(key.kind), 0x9e37_79b9_7f4a_7c15 ^ seed.0)
    let second = fold(first ^ seed.1, 0xd1b5_4a32_d192_ed03)
    let count = UInt64(slotCount / Self.slotsPerGroup)
    return (
      Int(first.multipliedFullWidth(by: count).high),
      Int(second.multipliedFullWidth(by: count).high)
    )
  }

  private func find(_ key: Key) -> Int? {
    let (first, second) = groups(of: key)
    return find(key, in: first) ?? find(key, in: second)
  }

  private func find(_ key: Key, in group: Int) -> Int? {
    // Safety: groups lie inside `slots`.
    let start = group * Self.slotsPerGroup
    for place in start..<(start + Self.slotsPerGroup) where slots[place].isOf(key) { return place }
    return nil
  }

  /// The slot of a key, made where there is none; nil where everybody else matters more.
  ///
  /// - Parameter kept: a slot in use that must not give way.
  private mutating func slot(of key: Key, keeping kept: Int? = nil, now: UInt64) -> Int? {
    let (first, second) = groups(of: key)
    if let found = find(key, in: first) ?? find(key, in: second) { return found }
    var coldest: Int?
    var least = UInt64.max
    for group in [first, second] {
      let start = group * Self.slotsPerGroup
      for place in start..<(start + Self.slotsPerGroup) where place != kept {
        let heat = heat(slots[place], now: now)
        if heat < least { (coldest, least) = (place, heat) }
      }
    }
    guard let place = coldest, least < .max else {
      untracked &+= 1
      return nil
    }
    slots[place] = Slot(high: key.high, low: key.low, kind: key.kind)
    return place
  }

  /// How much would be lost with a slot: 0 for nothing, `max` for more than may be.
  private func heat(_ slot: Slot, now: UInt64) -> UInt64 {
    guard slot.kind != 0 else { return 0 }
    guard slot.open == 0, slot.blockedUntil <= now else { return .max }
    let pace = slot.isNetwork ? paces.network : paces.connections
    let full = max(max(slot.connections, slot.handshakes), max(slot.logins, slot.excess))
    let debt = full > now ? full &- now : 0
    guard debt <= pace.room / 2 else { return .max }
    // Known addresses, and networks with a record, go after all others that may go.
    let isRemembered = wasPlayed(from: slot, now: now) || isHeld(slot, now: now)
    return 1 &+ debt &+ (isRemembered ? pace.room : 0)
  }
}

extension AddressTable.Slot {
  fileprivate var isNetwork: Bool { kind != 0x80 | 32 && kind != 64 }
}
