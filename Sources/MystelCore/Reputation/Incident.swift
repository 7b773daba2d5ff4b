import MystelWire

/// One thing that speaks against a player: what workers tell the reputation, once a second.
package struct Incident: Sendable, Equatable {
  package var session: UInt64
  /// Canonical; the socket's, or what a trusted proxy said.
  package var client: IPAddress
  /// The account that the server accepted the login of; never what a client claims.
  package var account: UInt64?
  /// The id of a rule, or the label of a reason.
  package var signal: String
  /// What it rests on: two incidents are independent only where this differs. The signal, unless
  /// several signals tell of one and the same thing.
  package var basis: String
  /// Points; a score of `ReputationSettings.threshold` is a ban.
  package var weight: Int
  /// A score that incidents like this one do not raise any further; nil for none.
  package var ceiling: Int?
  /// Whether a wrong configuration would make every player do this; see `Charge`.
  package var isDeciphered = false
  /// Whether the session had not been let in by the server yet: then the address is charged.
  package var isPreLogin: Bool
  /// Where its packets can be looked up (`mystel explain ID`).
  package var evidence: String?
  /// The end of a session, or the flood, that `evidence` names, where no packet does; kept for as long
  /// as a ban that rests on it.
  package var ending: Evidence?
  /// Whether it counts towards bans, or only towards what shadow mode would have done.
  package var isEnforced: Bool
  /// When it happened by the wall clock, in seconds since 1970: for the record, never for expiry.
  package var seconds: Int64

  package init(
    session: UInt64, client: IPAddress, account: UInt64? = nil, signal: String, weight: Int,
    isPreLogin: Bool, evidence: String? = nil, isEnforced: Bool = true, seconds: Int64 = 0
  ) {
    self.session = session
    self.client = client.canonical
    self.account = account
    self.signal = signal
    basis = signal
    self.weight = weight
    self.isPreLogin = isPreLogin
    self.evidence = evidence
    self.isEnforced = isEnforced
    self.seconds = seconds
  }

  /// The end of a session before its login; nil where its reason says nothing about the client.
  package init?(
    session: UInt64, client: IPAddress, endedBy reason: Reason, isSilent: Bool, seconds: Int64
  ) {
    guard let charge = reason.charge(isSilent: isSilent) else { return nil }
    self.init(
      session: session, client: client, signal: reason.label, weight: charge.points,
      isPreLogin: true, seconds: seconds)
    ceiling = charge.ceiling
    isDeciphered = charge.isDeciphered
  }
}

/// What the workers tell the reputation, in the order in which it happened.
package enum Report: Sendable, Equatable {
  case incident(Incident)
  /// The server let a player in.
  case entered(session: UInt64, client: IPAddress, account: UInt64)
  /// A session that had `entered` is over.
  case left(session: UInt64)
}
