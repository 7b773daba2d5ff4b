import Crypto
import MystelWire

/// A private X25519 key. Its bytes live in memory that swift-crypto wipes.
package struct TunnelPrivateKey: Sendable {
  let key: Curve25519.KeyAgreement.PrivateKey

  /// - Parameter secret: 32 random bytes; nil for another count.
  package init?(_ secret: SymmetricKey) {
    let made = secret.withUnsafeBytes {
      try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: $0)
    }
    guard let made else { return nil }
    key = made
  }

  package var publicKey: TunnelPublicKey { TunnelPublicKey(key.publicKey) }

  /// What both sides can compute and nobody else.
  ///
  /// - Throws: `weakKey` where the other key is of low order, so that everybody can.
  func agree(with other: TunnelPublicKey) throws(TunnelFault) -> SymmetricKey {
    guard let shared = try? key.sharedSecretFromKeyAgreement(with: other.key) else {
      throw .weakKey
    }
    let (secret, isZero) = shared.withUnsafeBytes { bytes in
      (SymmetricKey(data: bytes), bytes.reduce(0, |) == 0)
    }
    guard !isZero else { throw .weakKey }
    return secret
  }
}

/// A public X25519 key: 32 bytes of any value.
package struct TunnelPublicKey: Sendable, Hashable {
  let key: Curve25519.KeyAgreement.PublicKey
  package let bytes: [UInt8]

  init(_ key: Curve25519.KeyAgreement.PublicKey) {
    self.key = key
    bytes = Array(key.rawRepresentation)
  }

  /// - Parameter bytes: 32 bytes; nil for another count.
  package init?(_ bytes: [UInt8]) {
    guard let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes) else {
      return nil
    }
    self.key = key
    self.bytes = bytes
  }

  package static func == (left: TunnelPublicKey, right: TunnelPublicKey) -> Bool {
    left.bytes == right.bytes
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

  /// The first 16 bytes of the key's SHA-256, for people to compare: eight groups of four digits.
  package var fingerprint: String {
    let digest = String(hex: SHA256.hash(data: bytes).prefix(16))
    return stride(from: 0, to: 32, by: 4).map { start in
      String(digest.dropFirst(start).prefix(4))
    }.joined(separator: ":")
  }
}
