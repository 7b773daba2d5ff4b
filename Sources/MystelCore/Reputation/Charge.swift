/// What a reason weighs in the reputation of an address, where a session ends by it before the
/// server has let the player in.
///
/// A score of `ReputationSettings.threshold` (100) is a ban. After login no end of a session weighs
/// anything: the cipher has no integrity, so whoever sits on the line could break it at will.
/// What rules find weighs by what they do; see `Rule.charge`.
package struct Charge: Sendable, Equatable {
  package var points: Int
  /// A score that reasons of this kind alone do not get beyond; nil for none.
  package var ceiling: Int?
  /// Whether a wrong `key_schedule` or `builds` would bring every player here. Such reasons weigh
  /// only once a player was let in.
  package var isDeciphered: Bool

  package init(_ points: Int, ceiling: Int? = nil, isDeciphered: Bool = false) {
    self.points = points
    self.ceiling = ceiling
    self.isDeciphered = isDeciphered
  }
}

extension Reason {
  /// Nil for what says nothing about a client: scans, probes, broken lines, and everything that is
  /// the backend's, the proxy's or the gateway's own.
  ///
  /// - Parameter isSilent: whether the client had sent no byte of the game.
  package func charge(isSilent: Bool) -> Charge? {
    switch self {
    // Silence is what monitors and scans do: some of it never adds up to a ban.
    case .keysTimeout: isSilent ? Charge(1, ceiling: 5) : Charge(5)
    case .handshakeEvicted: Charge(1, ceiling: 20)
    case .dataBeforeKeys: Charge(10)
    case .weakKeys: Charge(10)
    case .tunnelWeakKey: Charge(20)
    // An old agent, or one with an old key, tries a few times. What fails later, somebody on the way
    // could have brought about.
    case .tunnelHandshake: Charge(2, ceiling: 10)
    case .tunnelTimeout: Charge(1, ceiling: 5)
    case .firstPacketTimeout: Charge(5, isDeciphered: true)
    case .packetTimeout: Charge(2, ceiling: 10)
    case .packetTooShort: Charge(20, isDeciphered: true)
    case .packetTooLong: Charge(10, isDeciphered: true)
    case .firstPacketUnexpected: Charge(10, isDeciphered: true)
    case .checkVersionMalformed: Charge(10, isDeciphered: true)
    // A player with an old client tries a few times.
    case .buildNotServed: Charge(1, ceiling: 5, isDeciphered: true)
    default: nil
    }
  }
}
