import MystelWire

/// Whose launcher has logged in lately: addresses that may connect, each for a while.
///
/// By host (IPv4: the address, IPv6: its /64), since a launcher and a game on one machine may have
/// different addresses of one /64. Several accounts share a host behind one line; any of them lets it
/// in. Bounded: the grants that end first give way. One owner; time is handed in.
package struct LauncherGrants: Sendable {
  /// What is known of one launcher login.
  package struct Login: Sendable, Equatable {
    package var account: UInt64
    /// The account's name; for operators to read.
    package var name: String
    /// When the grant is over.
    package var until: Instant
  }

  /// Where a grant is from.
  package enum Origin: String, Sendable, CaseIterable {
    case push
    /// tera-api said so when it was asked.
    case pull
    /// The player was in the game until lately.
    case session
  }

  package struct Grant: Sendable, Equatable {
    package var host: AddressPrefix
    package var origin: Origin
    package var until: Instant
    /// The latest last; empty where nobody said who it is.
    package var logins: [Login]
  }

  /// What is to be done with a connection.
  package enum Decision: Sendable, Equatable {
    case admit
    /// Nobody knows of a login from there.
    case refuse
    /// tera-api has to be asked.
    case ask
  }

  /// What became of asking.
  package enum Answer: String, Sendable, CaseIterable {
    case authorized
    case unauthorized
    /// No answer, or none that makes sense.
    case unreachable
  }

  package struct Counts: Sendable, Equatable {
    package var pushed: UInt64 = 0
    package var answers: [Answer: UInt64] = [:]
    package var admitted: UInt64 = 0
    package var refused: UInt64 = 0
    /// Let in for want of an answer, or in the grace after a start.
    package var excused: UInt64 = 0
    /// Refused since too many others wait to be asked about.
    package var overflowed: UInt64 = 0
    /// That gave way to others.
    package var evicted: UInt64 = 0
    package init() {}
  }

  /// The most hosts that are remembered.
  package static let capacity = 65_536
  /// The most hosts whose "no" is remembered, so that asking costs an attacker more than us.
  package static let refusals = 4096
  /// How long a "no" is not asked for again: a login that comes later is pushed, or asked for then.
  package static let refusalTime = Duration.seconds(5)
  /// How long tera-api's "yes" is good for before it is asked again.
  package static let pulledTime = Duration.seconds(300)
  /// The longest that a grant may be good for, whatever was pushed.
  package static let longest = Duration.seconds(86_400)
  /// Accounts remembered of one host.
  package static let loginsPerHost = 8

  package private(set) var counts = Counts()
  private var grants: [AddressPrefix: Grant] = [:]
  private var refused: [AddressPrefix: Instant] = [:]
  private let started: Instant
  private let capacity: Int

  package init(started: Instant, capacity: Int = LauncherGrants.capacity) {
    self.started = started
    self.capacity = max(1, capacity)
  }

  package var count: Int { grants.count }

  // MARK: What is told

  /// A launcher has logged in from an address.
  package mutating func push(
    _ client: IPAddress, account: UInt64, name: String, lasts: Duration, now: Instant
  ) -> Grant {
    counts.pushed &+= 1
    let host = AddressKey.host(of: client)
    let until = now + min(max(lasts, .seconds(1)), Self.longest)
    refused[host] = nil
    var grant = grants[host] ?? Grant(host: host, origin: .push, until: until, logins: [])
    grant.origin = .push
    grant.until = max(grant.until, until)
    grant.logins.removeAll { $0.account == account || $0.until <= now }
    grant.logins.append(Login(account: account, name: name, until: until))
    if grant.logins.count > Self.loginsPerHost { grant.logins.removeFirst() }
    keep(grant, now: now)
    return grant
  }

  /// tera-api has answered for a host.
  package mutating func settle(_ host: AddressPrefix, _ answer: Answer, now: Instant) {
    counts.answers[answer, default: 0] &+= 1
    switch answer {
    case .authorized:
      var grant =
        grants[host] ?? Grant(host: host, origin: .pull, until: now + Self.pulledTime, logins: [])
      grant.until = max(grant.until, now + Self.pulledTime)
      keep(grant, now: now)
    case .unauthorized:
      if refused.count >= Self.refusals {
        refused = refused.filter { $0.value > now }
        // Still full: everybody is asked for again, which is bounded elsewhere.
        if refused.count >= Self.refusals { refused = [:] }
      }
      refused[host] = now + Self.refusalTime
    case .unreachable: break
    }
  }

  /// A player who was in the game has left: he may come back for a while.
  package mutating func left(_ client: IPAddress, comeBack: Duration, now: Instant) {
    let host = AddressKey.host(of: client)
    let until = now + comeBack
    var grant = grants[host] ?? Grant(host: host, origin: .session, until: until, logins: [])
    grant.until = max(grant.until, until)
    keep(grant, now: now)
  }

  /// Takes grants back: of an address or a network, or those of an account. - Returns: how many.
  package mutating func revoke(_ target: BanTarget, now: Instant) -> Int {
    var gone = 0
    for (host, grant) in grants {
      switch target {
      case .network(let prefix):
        guard prefix.covers(host) || host.covers(prefix) else { continue }
        grants[host] = nil
        gone += 1
      case .account(let account):
        guard grant.logins.contains(where: { $0.account == account }) else { continue }
        gone += 1
        var left = grant
        left.logins.removeAll { $0.account == account || $0.until <= now }
        left.until = left.logins.map(\.until).max() ?? now
        grants[host] = left.logins.isEmpty ? nil : left
      }
    }
    return gone
  }

  // MARK: What is asked

  /// Whether a connection may go on.
  ///
  /// - Parameter canAsk: whether tera-api can be asked now.
  package mutating func decide(
    _ client: IPAddress, _ settings: Configuration.Launcher, canAsk: Bool, now: Instant
  ) -> Decision {
    if settings.exempt.contains(where: { $0.contains(client) }) { return .admit }
    let host = AddressKey.host(of: client)
    if let grant = grants[host], grant.until > now {
      counts.admitted &+= 1
      return .admit
    }
    grants[host] = nil
    if settings.pulls {
      if let until = refused[host], until > now, now >= started + settings.grace {
        counts.refused &+= 1
        return .refuse
      }
      guard !canAsk else { return .ask }
      return conclude(.unreachable, for: client, settings, now: now)
    }
    if now < started + settings.grace {
      counts.excused &+= 1
      return .admit
    }
    counts.refused &+= 1
    return .refuse
  }

  /// What an answer means for a connection that waited for it.
  package mutating func conclude(
    _ answer: Answer, for client: IPAddress, _ settings: Configuration.Launcher, now: Instant
  ) -> Decision {
    // Its launcher may have come meanwhile.
    if let grant = grants[AddressKey.host(of: client)], grant.until > now {
      counts.admitted &+= 1
      return .admit
    }
    switch answer {
    // Who played when the gateway ended may have logged in long ago.
    case .unauthorized where now < started + settings.grace:
      counts.excused &+= 1
      return .admit
    case .authorized:
      counts.admitted &+= 1
      return .admit
    case .unreachable where settings.unreachable == .admit:
      counts.excused &+= 1
      return .admit
    case .unreachable, .unauthorized:
      counts.refused &+= 1
      return .refuse
    }
  }

  /// What becomes of a connection that cannot wait for its turn to be asked about.
  package mutating func overflow(now: Instant, _ settings: Configuration.Launcher) -> Decision {
    if now < started + settings.grace {
      counts.excused &+= 1
      return .admit
    }
    counts.overflowed &+= 1
    return .refuse
  }

  /// What there is, those that end last first.
  package func all(now: Instant) -> [Grant] {
    grants.values.filter { $0.until > now }
      .sorted { ($0.until, "\($0.host)") > ($1.until, "\($1.host)") }
  }

  // MARK: Room

  private mutating func keep(_ grant: Grant, now: Instant) {
    if grants[grant.host] == nil, grants.count >= capacity { makeRoom(now: now) }
    grants[grant.host] = grant
  }

  /// Drops what is over, or else a sixteenth of all: those that end first.
  private mutating func makeRoom(now: Instant) {
    grants = grants.filter { $0.value.until > now }
    guard grants.count >= capacity else { return }
    let ends = grants.values.map(\.until).sorted()
    let last = ends[(ends.count - 1) / 16]
    let before = grants.count
    grants = grants.filter { $0.value.until > last }
    counts.evicted &+= UInt64(before - grants.count)
  }
}
