import MystelWire

extension ReputationBook {
  /// A score of this share of the threshold is hot: its entry keeps its place, and its account is
  /// not counted among the well-behaved.
  private static let hotShare: Float = 0.25
  /// The most points that one incident before login adds, as a share of the threshold: no single
  /// event, and no two, are a ban. A stream out of step looks like an attack, and is none.
  private static let singleShare = 3

  private var threshold: Float { Float(settings.threshold) }

  // MARK: Before login

  /// An address is charged with what happened before anybody was let in.
  mutating func chargeHost(_ incident: Incident, now: Int64) {
    let host = AddressKey.host(of: incident.client)
    guard bans[.network(host)] == nil, !isInBannedNetwork(host) else { return }
    let most = Float(max(settings.threshold / Self.singleShare, 1))
    let score = change(.network(host), now: now) { entry in
      let raised = entry.score + min(Float(incident.weight), most)
      entry.score = incident.ceiling.map { max(entry.score, min(raised, Float($0))) } ?? raised
      return entry.score
    }
    guard let score, score >= threshold else { return }
    let healthy = healthyAccounts(at: host, beside: nil, now: now)
    guard healthy < settings.sharedAccounts else { return spare(host, healthy, now: now) }
    guard score >= threshold * Float(1 + healthy) else { return }
    banAutomatically(
      .network(host), scope: .newcomers, reason: incident.signal, evidence: incident.evidence,
      now: now)
  }

  // MARK: In the game

  /// An account is charged with what happened in its sessions. Two independent rules ban it.
  mutating func chargeAccount(_ incident: Incident, _ account: UInt64, now: Int64) {
    guard bans[.account(account)] == nil else { return }
    let signal = number(of: incident.basis)
    let trusted = Float(max(settings.trustAfter.components.seconds, 1))
    let threshold = threshold
    let due = change(.account(account), now: now) { entry in
      let trust = min(entry.second / trusted, 1)
      entry.score += Float(incident.weight) * (1 - trust / 2)
      entry.second /= 2
      entry.note(.init(rule: signal, who: 0))
      return entry.score >= threshold && entry.distinctRules >= 2
    }
    guard due == true else { return }
    banAutomatically(
      .account(account), scope: .everyone, reason: incident.signal, evidence: incident.evidence,
      now: now)
  }

  /// An address is banned for what happened in the game only on three independent rules that no single
  /// account explains.
  mutating func chargeHostInGame(_ incident: Incident, _ account: UInt64, now: Int64) {
    let host = AddressKey.host(of: incident.client)
    guard bans[.network(host)]?.scope != .everyone else { return }
    let signal = ScoreEntry.Signal(
      rule: number(of: incident.basis),
      who: UInt16(truncatingIfNeeded: ScoreTable.mixed(account) | 1))
    let found = change(.network(host), now: now) { entry in
      entry.second += Float(incident.weight)
      entry.note(signal)
      let isDue = entry.distinctRulesInGame >= 3 && entry.distinctAccounts >= 2
      return isDue ? entry.second : 0
    }
    guard let found, found >= threshold else { return }
    let healthy = healthyAccounts(at: host, beside: account, now: now)
    guard healthy < settings.sharedAccounts else { return spare(host, healthy, now: now) }
    guard found >= threshold * Float(1 + healthy) else { return }
    banAutomatically(
      .network(host), scope: .everyone, reason: incident.signal, evidence: incident.evidence,
      now: now)
  }

  /// Time in the game without an incident earns an account trust.
  mutating func credit(_ stay: Presence.Stay, now: Int64) {
    let seconds = now - stay.since
    guard seconds >= 60 else { return }
    _ = change(.account(stay.account), now: now) { entry in
      entry.second = min(entry.second + Float(seconds), 1e7)
    }
  }

  // MARK: Parts

  /// The accounts in the game at an address against which little or nothing was found.
  func healthyAccounts(at host: AddressPrefix, beside offender: UInt64?, now: Int64) -> Int {
    presence.accounts(at: host).count { account in
      guard account != offender else { return false }
      guard let entry = scores[ScoreKey(.account(account))] else { return true }
      return decayed(entry, now: now).score < threshold * Self.hotShare
    }
  }

  /// Whether all of a host's neighbourhood is banned; nothing of it that is still on its way counts.
  private func isInBannedNetwork(_ host: AddressPrefix) -> Bool {
    AddressKey.wider(than: host).contains { bans[.network($0)] != nil }
  }

  private mutating func spare(_ host: AddressPrefix, _ healthy: Int, now: Int64) {
    _ = scores.updateIfPresent(ScoreKey(.network(host))) { entry in
      entry.score = 0
      entry.second = 0
      entry.forgetSignals()
    }
    counts.spared &+= 1
    note(.spared(host, accounts: healthy))
  }

  /// Changes an entry that is first brought up to date. - Returns: nil where no place is left for it.
  private mutating func change<Result>(
    _ target: BanTarget, now: Int64, _ body: (inout ScoreEntry) -> Result
  ) -> Result? {
    let key = ScoreKey(target)
    let halfLife = Float(max(settings.halfLife.components.seconds, 1))
    let hot = threshold * Self.hotShare
    let result = scores.update(
      key, heat: { Self.decayed($0, now: now, halfLife: halfLife).heat / hot },
      { entry in
        entry = Self.decayed(entry, now: now, halfLife: halfLife)
        return body(&entry)
      })
    if result != nil, dirty.count < Bound.events { dirty.insert(key) }
    return result
  }

  func decayed(_ entry: ScoreEntry, now: Int64) -> ScoreEntry {
    Self.decayed(entry, now: now, halfLife: Float(max(settings.halfLife.components.seconds, 1)))
  }

  private static func decayed(
    _ entry: ScoreEntry, now: Int64, halfLife: Float
  ) -> ScoreEntry {
    var entry = entry
    let moment = UInt32(clamping: now)
    guard moment > entry.updated else { return entry }
    let share = half(toThe: Float(moment - entry.updated) / halfLife)
    entry.updated = moment
    entry.score *= share
    // An account's time in the game does not fade.
    if !entry.isOfAccount { entry.second *= share }
    if entry.heat < 1 { entry.forgetSignals() }
    return entry
  }

  /// 2 to the power of -x, to a thousandth, for x >= 0.
  static func half(toThe power: Float) -> Float {
    guard power < 60 else { return 0 }
    let whole = Int(power)
    let part = power - Float(whole)
    let fraction = 1 - part * (0.693147 - part * (0.240227 - part * (0.0555 - part * 0.0090)))
    return Float(sign: .plus, exponent: -whole, significand: fraction)
  }
}
