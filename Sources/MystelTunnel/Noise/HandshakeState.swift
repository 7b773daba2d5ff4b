import Crypto

/// One side of a Noise handshake of two messages. Randomness is handed in.
///
/// Source: The Noise Protocol Framework, revision 34, section 5.3, without payloads that are read
/// before the end: nothing is done for anybody on the strength of a first message, which can be
/// replayed.
package struct HandshakeState: ~Copyable {
  package enum Role: Sendable {
    case initiator
    case responder
  }

  /// What one side brings.
  package struct Keys: Sendable {
    package var own: TunnelPrivateKey?
    package var remote: TunnelPublicKey?
    package var preshared: SymmetricKey?

    package init(
      own: TunnelPrivateKey? = nil, remote: TunnelPublicKey? = nil,
      preshared: SymmetricKey? = nil
    ) {
      self.own = own
      self.remote = remote
      self.preshared = preshared
    }
  }

  private var symmetric: SymmetricState
  private let pattern: NoisePattern
  private let role: Role
  private let own: TunnelPrivateKey?
  private let preshared: SymmetricKey?
  private var ephemeral: TunnelPrivateKey?
  /// The other side's key, pinned or proved in the handshake.
  package private(set) var remote: TunnelPublicKey?
  private var remoteEphemeral: TunnelPublicKey?
  private var messagesDone = 0

  package var isComplete: Bool { messagesDone == pattern.messages.count }

  package init(_ pattern: NoisePattern, _ role: Role, keys: Keys, prologue: [UInt8]) {
    self.pattern = pattern
    self.role = role
    own = keys.own
    remote = keys.remote
    preshared = keys.preshared
    symmetric = SymmetricState(protocolName: pattern.protocolName)
    symmetric.mixHash(prologue)
    guard pattern.pinsResponder else { return }
    let responder = role == .initiator ? remote : own?.publicKey
    // Without the key the handshake cannot succeed: `key(_:)` refuses.
    symmetric.mixHash(responder?.bytes ?? [])
  }

  /// Makes this side's message.
  ///
  /// - Parameter random: 32 random bytes, used for this handshake alone.
  /// - Throws: `weakKey`, or `handshakeNotAuthentic` where a key that is needed was not given.
  package mutating func write(
    payload: [UInt8] = [], random: SymmetricKey
  ) throws(TunnelFault) -> [UInt8] {
    guard !isComplete else { throw .malformed }
    var message: [UInt8] = []
    for token in pattern.messages[messagesDone] {
      switch token {
      case .e:
        guard let made = TunnelPrivateKey(random) else { throw .malformed }
        ephemeral = made
        message += made.publicKey.bytes
        mixEphemeral(made.publicKey)
      case .s:
        message += try symmetric.encryptAndHash(try given(own).publicKey.bytes)
      default: try mix(token)
      }
    }
    message += try symmetric.encryptAndHash(payload)
    messagesDone += 1
    return message
  }

  /// Takes the other side's message. - Returns: its payload.
  ///
  /// - Throws: `malformed`, `weakKey`, `handshakeNotAuthentic`. There is no going on after that.
  package mutating func read(_ message: [UInt8]) throws(TunnelFault) -> [UInt8] {
    guard !isComplete else { throw .malformed }
    var rest = message[...]
    for token in pattern.messages[messagesDone] {
      switch token {
      case .e:
        guard let key = TunnelPublicKey(take(32, of: &rest)) else { throw .malformed }
        remoteEphemeral = key
        mixEphemeral(key)
      case .s:
        let sealed = take(32 + CipherState.tagBytes, of: &rest)
        guard let key = TunnelPublicKey(try symmetric.decryptAndHash(sealed)) else {
          throw .malformed
        }
        remote = key
      default: try mix(token)
      }
    }
    let payload = try symmetric.decryptAndHash(Array(rest))
    messagesDone += 1
    return payload
  }

  /// The keys of a complete handshake. - Throws: `malformed` before that.
  package consuming func split() throws(TunnelFault) -> NoiseKeys {
    guard messagesDone == pattern.messages.count else { throw .malformed }
    return symmetric.split()
  }

  // MARK: Tokens

  private mutating func mixEphemeral(_ key: TunnelPublicKey) {
    symmetric.mixHash(key.bytes)
    if pattern.usesPresharedKey { symmetric.mixKey(SymmetricKey(data: key.bytes)) }
  }

  /// The tokens that send nothing.
  private mutating func mix(_ token: NoisePattern.Token) throws(TunnelFault) {
    let isInitiator = role == .initiator
    switch token {
    case .e, .s: throw .malformed
    case .psk: symmetric.mixKeyAndHash(try given(preshared))
    case .ee: symmetric.mixKey(try agree(ephemeral, remoteEphemeral))
    case .es:
      symmetric.mixKey(
        try isInitiator ? agree(ephemeral, remote) : agree(own, remoteEphemeral))
    case .se:
      symmetric.mixKey(
        try isInitiator ? agree(own, remoteEphemeral) : agree(ephemeral, remote))
    case .ss: symmetric.mixKey(try agree(own, remote))
    }
  }

  private func agree(
    _ secret: TunnelPrivateKey?, _ other: TunnelPublicKey?
  ) throws(TunnelFault) -> SymmetricKey {
    try given(secret).agree(with: try given(other))
  }

  private func given<Key>(_ key: Key?) throws(TunnelFault) -> Key {
    guard let key else { throw .handshakeNotAuthentic }
    return key
  }

  /// The first bytes of what is left, or fewer where there are fewer.
  private func take(_ count: Int, of rest: inout ArraySlice<UInt8>) -> [UInt8] {
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }
}
