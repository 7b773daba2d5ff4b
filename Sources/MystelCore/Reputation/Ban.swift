import MystelWire

/// Who is banned: a network, which may be a single address, or an account.
package enum BanTarget: Hashable, Sendable, CustomStringConvertible {
  case network(AddressPrefix)
  /// By the number the game server gave it.
  case account(UInt64)

  /// A target from its text: `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/64`, `account:500001`.
  package init?(_ text: some StringProtocol) {
    if text.hasPrefix("account:") {
      let digits = text.dropFirst(8)
      guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
        let account = UInt64(digits)
      else { return nil }
      self = .account(account)
    } else {
      guard let prefix = BanTarget.network(text) else { return nil }
      self = .network(prefix)
    }
  }

  /// In canonical form; a mapped or NAT64 address is its IPv4 address.
  private static func network(_ text: some StringProtocol) -> AddressPrefix? {
    if let address = IPAddress(text)?.canonical {
      return AddressPrefix(containing: address, length: 128)
    }
    return try? AddressPrefix(parsing: text)
  }

  package var description: String {
    switch self {
    case .network(let prefix): prefix.shortText
    case .account(let account): "account:\(account)"
    }
  }
}

/// One ban, as it stands or stood.
///
/// Times are seconds on the book's own clock, which never jumps: see `ReputationBook`.
package struct Ban: Sendable, Equatable {
  package enum Source: String, Sendable, CaseIterable {
    /// By the reputation itself.
    case automatic
    /// By an operator.
    case manual
    /// From an imported list.
    case list
  }

  /// Whom it meets.
  package enum Scope: String, Sendable, CaseIterable {
    /// Connections that have not logged in. An address that misbehaved before any login says
    /// nothing about the players behind it who are in the game.
    case newcomers
    /// Every session, those in the game too.
    case everyone
  }

  package var target: BanTarget
  package var source: Source
  package var scope: Scope
  package var reason: String
  /// Who made it: an operator's name, a list's; empty for automatic ones.
  package var origin: String
  /// Where its packets can be looked up.
  package var evidence: String?
  /// How often in a row the target was banned: 1 for the first time.
  package var count: Int
  package var created: Int64
  /// Nil for good.
  package var expires: Int64?
  /// Of two words on the same target the one with the higher version counts.
  package var version: UInt64
  /// Whether it was taken back.
  package var isLifted: Bool

  package init(
    target: BanTarget, source: Source, scope: Scope = .everyone, reason: String,
    origin: String = "", evidence: String? = nil, count: Int = 1, created: Int64,
    expires: Int64?, version: UInt64 = 0, isLifted: Bool = false
  ) {
    self.target = target
    self.source = source
    self.scope = scope
    self.reason = reason
    self.origin = origin
    self.evidence = evidence
    self.count = count
    self.created = created
    self.expires = expires
    self.version = version
    self.isLifted = isLifted
  }

  /// Whether it is in force.
  package func isActive(at now: Int64) -> Bool {
    guard !isLifted else { return false }
    return expires.map { now < $0 } ?? true
  }
}
