import Crypto

/// What one end of tunnels brings to each of them.
package struct TunnelSettings: Sendable {
  package var mode: NoisePattern
  /// What both ends call that which is reached; a handshake for another name fails.
  package var name: String
  package var keys: HandshakeState.Keys
  /// Keys that initiators may have, in the mode in which they have one.
  package var peers: Set<TunnelPublicKey> = []
  package var padding = TunnelPadding.none
  package var limits = RekeyLimits()
  /// For everything up to the initiator's first record: 10 s.
  package var handshakeNanoseconds: UInt64 = 10_000_000_000
  /// From a record's first byte to its last: 10 s.
  package var recordNanoseconds: UInt64 = 10_000_000_000
  /// Gives 32 random bytes, others each time.
  package var random: @Sendable () -> SymmetricKey

  package init(
    mode: NoisePattern, name: String, keys: HandshakeState.Keys,
    random: @escaping @Sendable () -> SymmetricKey
  ) {
    self.mode = mode
    self.name = name
    self.keys = keys
    self.random = random
  }
}
