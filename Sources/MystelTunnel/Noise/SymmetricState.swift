import Crypto

/// What a handshake has come to: a hash of all that was said, and the keys that follow from it.
///
/// The chaining key lives in wiped memory. Intermediate results of HMAC are values on the stack,
/// which Swift gives no way to wipe. Source: The Noise Protocol Framework, revision 34, section 5.2.
struct SymmetricState: ~Copyable {
  private(set) var hash: [UInt8]
  private var chainingKey: SymmetricKey
  private var cipher: CipherState?

  init(protocolName: String) {
    let name = Array(protocolName.utf8)
    hash =
      name.count <= 32
      ? name + [UInt8](repeating: 0, count: 32 - name.count) : Array(SHA256.hash(data: name))
    chainingKey = SymmetricKey(data: hash)
    cipher = nil
  }

  mutating func mixHash(_ data: [UInt8]) { hash = Array(SHA256.hash(data: hash + data)) }

  mutating func mixKey(_ secret: SymmetricKey) {
    let first = firstKey(secret)
    let key = nextKey(first, 2, after: secret)
    chainingKey = first
    cipher = CipherState(key: key)
  }

  mutating func mixKeyAndHash(_ secret: SymmetricKey) {
    let first = firstKey(secret)
    let second = nextKey(first, 2, after: secret)
    let third = nextKey(second, 3, after: secret)
    chainingKey = first
    second.withUnsafeBytes { mixHash(Array($0)) }
    cipher = CipherState(key: third)
  }

  /// Seals where a key is known, and takes the result into the hash.
  mutating func encryptAndHash(_ plaintext: [UInt8]) throws(TunnelFault) -> [UInt8] {
    var sealed: [UInt8] = []
    if cipher != nil {
      try cipher?.seal(plaintext.span.bytes, authenticating: hash, into: &sealed)
    } else {
      sealed = plaintext
    }
    mixHash(sealed)
    return sealed
  }

  mutating func decryptAndHash(_ sealed: [UInt8]) throws(TunnelFault) -> [UInt8] {
    var plaintext: [UInt8] = []
    if cipher != nil {
      do {
        try cipher?.open(sealed.span.bytes, authenticating: hash, into: &plaintext)
      } catch {
        throw .handshakeNotAuthentic
      }
    } else {
      plaintext = sealed
    }
    mixHash(sealed)
    return plaintext
  }

  /// The keys of the two directions, the initiator's sending one first.
  consuming func split() -> NoiseKeys {
    let nothing = SymmetricKey(data: [UInt8]())
    let first = firstKey(nothing)
    let second = nextKey(first, 2, after: nothing)
    return NoiseKeys(fromInitiator: first, fromResponder: second, handshakeHash: hash)
  }

  // MARK: HKDF, section 4.3

  private func firstKey(_ secret: SymmetricKey) -> SymmetricKey {
    let temporary = hmac(secret, key: chainingKey)
    return hmac(SymmetricKey(data: [1 as UInt8]), key: temporary)
  }

  /// The `number`th output, after `previous`.
  private func nextKey(
    _ previous: SymmetricKey, _ number: UInt8, after secret: SymmetricKey
  ) -> SymmetricKey {
    var code = HMAC<SHA256>(key: hmac(secret, key: chainingKey))
    previous.withUnsafeBytes { code.update(data: $0) }
    code.update(data: [number])
    return SymmetricKey(data: code.finalize())
  }

  private func hmac(_ data: SymmetricKey, key: SymmetricKey) -> SymmetricKey {
    var code = HMAC<SHA256>(key: key)
    data.withUnsafeBytes { code.update(data: $0) }
    return SymmetricKey(data: code.finalize())
  }
}

/// What a handshake gives: a key for each direction, and the hash that names the session.
package struct NoiseKeys: ~Copyable {
  package let fromInitiator: SymmetricKey
  package let fromResponder: SymmetricKey
  package let handshakeHash: [UInt8]
}
