import MystelWire

extension ReputationBook {
  /// Automatic bans in one network from which on it is banned as a whole, for each well-behaved
  /// session that is in the game there once more.
  private static func crowd(_ network: AddressPrefix) -> Int {
    switch (network.address.family, network.length) {
    case (.ipv4, _): 16
    case (.ipv6, 56): 8
    case (.ipv6, _): 32
    }
  }

  /// How long the word that a ban was lifted is kept, against an older one that says otherwise.
  private static let liftedSeconds: Int64 = 7 * 86_400

  /// What the ban of a network counts among those around it: at least as many as made it.
  static func crowdWeight(of network: AddressPrefix) -> Int {
    network.address.family == .ipv6 && network.length == 56 ? crowd(network) : 1
  }

  /// Doublings of a ban that are counted; more would not fit.
  private static let doublings = 20

  // MARK: Automatic bans

  /// Bans a target for what its score says, for twice as long as the last time.
  mutating func banAutomatically(
    _ target: BanTarget, scope: Ban.Scope, reason: String, evidence: String?, now: Int64
  ) {
    if case .network(let prefix) = target, protector(of: prefix) != nil || isExempt(prefix) {
      return
    }
    if let ban = bans[target], ban.scope == .everyone || ban.scope == scope { return }
    forgive(target)
    let count = earlierBans(of: target, now: now) + 1
    let ban = Ban(
      target: target, source: .automatic, scope: scope, reason: reason, evidence: evidence,
      count: count, created: now, expires: now &+ duration(of: count), version: 0)
    guard settings.mode == .enforce else {
      guard shadows[target] == nil, shadows.count < Bound.automaticBans else { return }
      shadows[target] = ban.expires
      nextEnd = min(nextEnd, ban.expires ?? .max)
      counts.wouldBans &+= 1
      return note(.wouldBan(ban))
    }
    enforce(ban)
    if case .network(let prefix) = target { coalesce(around: prefix, like: ban, now: now) }
  }

  private mutating func enforce(_ ban: Ban) {
    var ban = ban
    ban.version = nextVersion()
    put(ban)
    changes.append(.put(ban))
    counts.bans &+= 1
    note(.banned(ban))
    if automaticCount > Bound.automaticBans { dropSoonest() }
  }

  private func earlierBans(of target: BanTarget, now: Int64) -> Int {
    if let ban = bans[target] { return ban.count }
    guard let last = past[target], now - last.end <= settings.recidivism.components.seconds else {
      return 0
    }
    return last.ban.count
  }

  /// `ban.time * 2^(count-1)`, at most the cap, and up to a tenth more, so that those who were banned
  /// together do not come back together.
  private mutating func duration(of count: Int) -> Int64 {
    let first = max(settings.banTime.components.seconds, 1)
    let doublings = min(max(count - 1, 0), Self.doublings)
    let cap = max(settings.longestBan.components.seconds, 1)
    let (time, overflow) = first.multipliedReportingOverflow(by: 1 << Int64(doublings))
    let capped = overflow ? cap : min(time, cap)
    return capped + draw(below: capped / 10 + 1)
  }

  /// Many bans in one network become one of the network: an address costs its holder nothing there.
  private mutating func coalesce(around host: AddressPrefix, like ban: Ban, now: Int64) {
    for network in AddressKey.wider(than: host) where network.length < host.length {
      let weight = crowds[network] ?? 0
      let wanted = Self.crowd(network) * (1 + presence.sessions(in: network))
      guard weight >= wanted, bans[.network(network)] == nil, protector(of: network) == nil,
        !isExempt(network)
      else { continue }
      let members = bans.values.filter { other in
        guard case .network(let prefix) = other.target else { return false }
        return other.source == .automatic && prefix.length > network.length
          && network.covers(prefix)
      }
      // Players in the game are met only where all were banned for what was done there; and what was is
      // not made less by the others.
      let scope =
        members.allSatisfy { $0.scope == .everyone } ? Ban.Scope.everyone : .newcomers
      let absorbed = members.filter { $0.scope == scope }
      let target = BanTarget.network(network)
      let count = earlierBans(of: target, now: now) + 1
      let end = max(absorbed.compactMap(\.expires).max() ?? now, now &+ duration(of: count))
      for member in absorbed {
        drop(member)
        changes.append(.forget(member.target, version: nextVersion()))
      }
      counts.coalesced &+= UInt64(absorbed.count)
      enforce(
        Ban(
          target: target, source: .automatic, scope: scope,
          reason: "\(absorbed.count) bans inside", evidence: ban.evidence, count: count,
          created: now, expires: end))
    }
  }

  /// Makes room by a tenth at once, so that a storm does not sort for each ban.
  private mutating func dropSoonest() {
    let sorted = bans.values.filter { $0.source == .automatic }
      .sorted { ($0.expires ?? .max, $0.version) < ($1.expires ?? .max, $1.version) }
    for ban in sorted.prefix(Bound.automaticBans / 10) {
      drop(ban)
      changes.append(.forget(ban.target, version: nextVersion()))
    }
  }

  // MARK: Operators

  /// Bans a target by hand or from a list, in the place of any ban it has. A list takes nothing from a
  /// ban that somebody else made: one that lasts longer stays.
  ///
  /// - Parameter seconds: how long; nil for good.
  /// - Parameter allowsWide: whether networks wider than /8 of IPv4 or /16 of IPv6 are meant;
  ///   everybody never is.
  /// - Throws: `BanRefusal`; nothing changes then.
  @discardableResult
  package mutating func ban(
    _ target: BanTarget, for seconds: Int64?, source: Ban.Source = .manual, reason: String,
    origin: String, evidence: String? = nil, allowsWide: Bool = false, now: Int64
  ) throws(BanRefusal) -> Ban {
    if case .network(let prefix) = target {
      let shortest: UInt8 = allowsWide ? 1 : prefix.address.family == .ipv4 ? 8 : 16
      guard prefix.length >= shortest else {
        throw .tooWide(prefix)
      }
      if let protector = protector(of: prefix) { throw .protected(protector) }
    }
    if source == .list, let present = bans[target], present.source != .list,
      present.scope == .everyone, Self.outlasts(present, seconds, now)
    {
      return present
    }
    let replaces = bans[target].map { $0.source != .automatic } ?? false
    guard replaces || operatorCount < Bound.operatorBans else { throw .full(operatorCount) }
    let ban = Ban(
      target: target, source: source, scope: .everyone, reason: reason, origin: origin,
      evidence: evidence, count: earlierBans(of: target, now: now) + 1, created: now,
      expires: seconds.flatMap { Self.end(now, $0) }, version: nextVersion())
    put(ban)
    changes.append(.put(ban))
    counts.bans &+= 1
    note(.banned(ban))
    return ban
  }

  /// When a ban ends that begins now; nil for one that outlives the clock.
  private static func end(_ now: Int64, _ seconds: Int64) -> Int64? {
    let (end, overflow) = now.addingReportingOverflow(max(seconds, 1))
    return overflow ? nil : end
  }

  private static func outlasts(_ ban: Ban, _ seconds: Int64?, _ now: Int64) -> Bool {
    guard let end = ban.expires else { return true }
    return seconds.flatMap { Self.end(now, $0) }.map { $0 <= end } ?? false
  }

  /// Takes a ban back and forgives what led to it. - Returns: the ban; nil where there was none.
  @discardableResult
  package mutating func lift(_ target: BanTarget, now: Int64) -> Ban? {
    forgive(target)
    shadows[target] = nil
    past[target] = nil
    guard var ban = bans[target] else { return nil }
    drop(ban)
    ban.isLifted = true
    ban.version = nextVersion()
    var word = ban
    word.expires = now &+ Self.liftedSeconds
    changes.append(.put(word))
    note(.lifted(ban))
    return ban
  }

  /// Exempts a network from wider bans. - Returns: false where there are too many.
  package mutating func allow(_ network: AddressPrefix, comment: String) -> Bool {
    guard allowed[network] != nil || allowed.count < Bound.allowed else { return false }
    allowed[network] = comment
    bansChanged = true
    changes.append(.allow(network, comment: comment))
    return true
  }

  /// - Returns: false where it was not exempted.
  package mutating func disallow(_ network: AddressPrefix) -> Bool {
    guard allowed.removeValue(forKey: network) != nil else { return false }
    bansChanged = true
    changes.append(.disallow(network))
    return true
  }

  /// The protected network that a ban of `prefix` would meet, or that all of it lies in.
  func protector(of prefix: AddressPrefix) -> AddressPrefix? {
    protected.first { prefix.covers($0) || $0.covers(prefix) }
  }

  /// Whether an operator has exempted all of a network: then only an operator bans it.
  private func isExempt(_ prefix: AddressPrefix) -> Bool {
    settings.allow.contains { $0.covers(prefix) } || allowed.keys.contains { $0.covers(prefix) }
  }

  private mutating func forgive(_ target: BanTarget) {
    let key = ScoreKey(target)
    let found: Void? = scores.updateIfPresent(key) { entry in
      entry.score = 0
      if !entry.isOfAccount { entry.second = 0 }
      entry.forgetSignals()
    }
    if found != nil, dirty.count < Bound.events { dirty.insert(key) }
  }
}
