import MystelWire

/// Scores, bans and who is in the game: what is known of players beyond their sessions, and the one
/// place that decides on bans.
///
/// A value without a clock, sockets or randomness of its own. `now` is seconds on a clock that goes
/// on across restarts and never jumps (`ReputationClock` makes one of the monotonic clock, the wall
/// clock and what was stored), so that no change of the wall clock frees or eternalises anybody.
///
/// What protects players from each other:
/// - Before login an address is charged, and a ban for it meets newcomers only.
/// - After login the account is charged first. It takes two independent rules to ban it, and three,
///   broken by two accounts, to ban the address as well.
/// - Each well-behaved account in the game at an address makes a ban of it harder; from
///   `sharedAccounts` on it is shared, and not banned automatically at all.
/// - Accounts are only what the server named after a login that it accepted.
package struct ReputationBook: Sendable {
  /// Bounds, with their reasons.
  package enum Bound {
    /// Keys with a score: 55 MB.
    package static let scores = 1_000_000
    /// Automatic bans. Beyond, those that end first are dropped: a list must not become the
    /// exhaustion that it prevents.
    package static let automaticBans = 65_536
    /// Bans of operators and lists.
    package static let operatorBans = 262_144
    package static let allowed = 4096
    /// Names of rules and reasons.
    package static let signals = 4096
    /// What `takeEvents` holds.
    package static let events = 4096
  }

  /// What happened, for log and metrics.
  package enum Event: Sendable, Equatable {
    case banned(Ban)
    /// Shadow mode: it would have been.
    case wouldBan(Ban)
    case expired(Ban)
    case lifted(Ban)
    /// An address would have been banned, but is shared by this many well-behaved accounts.
    case spared(AddressPrefix, accounts: Int)
  }

  /// What has to be written down.
  package enum Change: Sendable, Equatable {
    case put(Ban)
    /// The target is forgotten.
    case forget(BanTarget, version: UInt64)
    case allow(AddressPrefix, comment: String)
    case disallow(AddressPrefix)
  }

  struct Past: Sendable {
    var ban: Ban
    var end: Int64

    init(_ ban: Ban, end: Int64) {
      self.ban = ban
      self.end = end
    }
  }

  /// Counters since the start.
  package struct Counts: Sendable, Equatable {
    package var incidents: UInt64 = 0
    /// Not counted towards anything: in shadow, or nobody's fault for lack of any login.
    package var ignored: UInt64 = 0
    package var bans: UInt64 = 0
    package var wouldBans: UInt64 = 0
    package var spared: UInt64 = 0
    package var coalesced: UInt64 = 0
    package init() {}
  }

  package var settings: ReputationSettings { didSet { bansChanged = true } }
  /// What no ban may meet.
  package var protected: [AddressPrefix] { didSet { bansChanged = true } }
  package internal(set) var counts = Counts()
  package internal(set) var allowed: [AddressPrefix: String] = [:]
  /// Those in force.
  package internal(set) var bans: [BanTarget: Ban] = [:]
  /// Whether `takeList` has something to give.
  var bansChanged = true

  var scores: ScoreTable
  var presence = Presence()
  /// Bans that shadow mode did not make, until they would have ended.
  var shadows: [BanTarget: Int64] = [:]
  /// Automatic bans of hosts in force, by each network around them.
  var crowds: [AddressPrefix: Int] = [:]
  /// Bans that have ended, from which the next one of their target counts.
  var past: [BanTarget: Past] = [:]
  /// The moment at which `expire` has something to do.
  var nextEnd = Int64.max
  var automaticCount = 0
  var operatorCount = 0
  /// Of the last word on any ban.
  package internal(set) var version: UInt64 = 0
  var events: [Event] = []
  var changes: [Change] = []
  var dirty: Set<ScoreKey> = []
  /// When a player was last let in; nil where none was.
  var lastEntered: Int64?
  private var signalNumbers: [String: UInt16] = [:]
  private var signalNames: [String] = []
  private var random: UInt64

  /// - Parameters:
  ///   - seed: makes the spread of bans and the places of scores unpredictable.
  ///   - scores: the most keys with a score.
  package init(
    settings: ReputationSettings, protected: [AddressPrefix], seed: UInt64,
    scores: Int = Bound.scores
  ) {
    self.settings = settings
    self.protected = protected
    random = ScoreTable.mixed(seed)
    self.scores = ScoreTable(maximum: scores, seed: seed)
  }

  /// Bytes that the table of scores takes.
  package var scoreBytes: Int { scores.byteCount }
  package var scoreCount: Int { scores.count }

  // MARK: What workers tell

  /// Takes in what happened, and decides.
  package mutating func take(_ report: Report, now: Int64) {
    switch report {
    case .incident(let incident): take(incident, now: now)
    case .entered(let session, let client, let account):
      lastEntered = now
      presence.enter(
        session, host: AddressKey.host(of: client), account: account, now: now)
    case .left(let session):
      guard let stay = presence.leave(session) else { return }
      credit(stay, now: now)
    }
  }

  private mutating func take(_ incident: Incident, now: Int64) {
    counts.incidents &+= 1
    guard settings.mode != .off, incident.isEnforced, incident.weight > 0,
      !incident.isDeciphered || lastEntered != nil
    else {
      counts.ignored &+= 1
      return
    }
    if incident.isPreLogin {
      chargeHost(incident, now: now)
    } else if let account = incident.account {
      presence.offended(account, now: now)
      chargeAccount(incident, account, now: now)
      chargeHostInGame(incident, account, now: now)
    }
  }

  // MARK: What is handed on

  /// What happened since this was last called; the rest of a storm is only counted.
  package mutating func takeEvents() -> [Event] {
    defer { events = [] }
    return events
  }

  /// Whether the last of what happened is a ban that rests on this evidence, or would be one.
  package func hasJustBanned(on evidence: String) -> Bool {
    switch events.last {
    case .banned(let ban), .wouldBan(let ban): ban.evidence == evidence
    default: false
    }
  }

  /// What has to be written down since this was last called.
  package mutating func takeChanges() -> [Change] {
    defer { changes = [] }
    return changes
  }

  /// What the acceptor and the workers are to look into from now on; nil where nothing has changed.
  package mutating func takeList(now: Int64) -> BanList? {
    guard bansChanged else { return nil }
    bansChanged = false
    return list(now: now)
  }

  /// What is in force.
  package func list(now: Int64) -> BanList {
    let configured = settings.deny.map {
      Ban(
        target: .network($0), source: .list, reason: "reputation.deny", origin: "configuration",
        created: now, expires: nil)
    }
    return BanList(
      bans: bans.values.filter { $0.isActive(at: now) } + configured,
      allowed: settings.allow + allowed.keys, protected: protected)
  }

  /// Ends bans whose time is over, and forgets past ones that no longer count. Once a second.
  package mutating func expire(now: Int64) {
    guard now >= nextEnd else { return }
    nextEnd = .max
    for (target, ban) in bans {
      if ban.isActive(at: now) {
        nextEnd = min(nextEnd, ban.expires ?? .max)
      } else {
        drop(ban)
        past[target] = Past(ban, end: ban.expires ?? now)
        note(.expired(ban))
      }
    }
    let memory = settings.recidivism.components.seconds
    for (target, last) in past {
      if last.end &+ memory > now {
        nextEnd = min(nextEnd, last.end &+ memory)
      } else {
        past[target] = nil
        forget(target, last)
      }
    }
    if past.count > Bound.automaticBans {
      for (target, last) in past.sorted(by: { $0.value.end < $1.value.end })
        .prefix(Bound.automaticBans / 10)
      {
        forget(target, last)
      }
    }
    for (target, end) in shadows {
      if end > now { nextEnd = min(nextEnd, end) } else { shadows[target] = nil }
    }
  }

  // MARK: Parts

  private mutating func forget(_ target: BanTarget, _ last: Past) {
    past[target] = nil
    changes.append(.forget(target, version: last.ban.version))
  }

  /// Takes a ban out of what is in force.
  mutating func drop(_ ban: Ban) {
    bans[ban.target] = nil
    bansChanged = true
    _ = scores.updateIfPresent(ScoreKey(ban.target)) { $0.isBanned = false }
    guard ban.source == .automatic else { return operatorCount -= 1 }
    automaticCount -= 1
    guard case .network(let prefix) = ban.target else { return }
    let weight = Self.crowdWeight(of: prefix)
    for crowd in AddressKey.wider(than: prefix) where crowd.length < prefix.length {
      crowds[crowd] = crowds[crowd].flatMap { $0 > weight ? $0 - weight : nil }
    }
  }

  /// Puts a ban into force, in the place of what was.
  mutating func put(_ ban: Ban) {
    if let old = bans[ban.target] { drop(old) }
    past[ban.target] = nil
    bans[ban.target] = ban
    bansChanged = true
    nextEnd = min(nextEnd, ban.expires ?? .max)
    _ = scores.updateIfPresent(ScoreKey(ban.target)) { $0.isBanned = true }
    guard ban.source == .automatic else { return operatorCount += 1 }
    automaticCount += 1
    guard case .network(let prefix) = ban.target else { return }
    for crowd in AddressKey.wider(than: prefix) where crowd.length < prefix.length {
      crowds[crowd, default: 0] += Self.crowdWeight(of: prefix)
    }
  }

  mutating func nextVersion() -> UInt64 {
    version &+= 1
    return version
  }

  mutating func note(_ event: Event) {
    if events.count < Bound.events { events.append(event) }
  }

  /// The number of a rule's id or a reason's label; 0 where there are too many.
  mutating func number(of signal: String) -> UInt16 {
    if let number = signalNumbers[signal] { return number }
    guard signalNames.count < Bound.signals else { return 0 }
    signalNames.append(signal)
    signalNumbers[signal] = UInt16(signalNames.count)
    return UInt16(signalNames.count)
  }

  func name(ofSignal number: UInt16) -> String? {
    number > 0 && Int(number) <= signalNames.count ? signalNames[Int(number) - 1] : nil
  }

  /// The next of the seeded random numbers.
  mutating func draw(below bound: Int64) -> Int64 {
    random = random &+ 0x9e37_79b9_7f4a_7c15
    guard bound > 0 else { return 0 }
    return Int64(ScoreTable.mixed(random) % UInt64(bound))
  }
}
