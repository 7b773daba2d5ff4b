import Crypto

/// A key and the number of the next message under it.
///
/// The key lives in memory that swift-crypto wipes when the last copy is gone.
/// Source: The Noise Protocol Framework, revision 34, section 5.1.
package struct CipherState: ~Copyable {
  /// More messages than any tunnel sends; far below where numbers would run out.
  package static let mostMessages: UInt64 = 1 << 48
  package static let tagBytes = 16

  private var key: SymmetricKey
  /// How many messages were sealed or opened.
  package private(set) var nonce: UInt64

  package init(key: SymmetricKey, nonce: UInt64 = 0) {
    self.key = key
    self.nonce = nonce
  }

  /// Appends the sealed `plaintext`, 16 bytes longer, to `output`.
  ///
  /// - Throws: `rekeyOverdue` where no number is left.
  package mutating func seal(
    _ plaintext: RawSpan, authenticating: [UInt8] = [], into output: inout [UInt8]
  ) throws(TunnelFault) {
    guard nonce < CipherState.mostMessages else { throw .rekeyOverdue }
    guard
      let box = plaintext.withUnsafeBytes({ bytes in
        try? ChaChaPoly.seal(
          bytes, using: key, nonce: CipherState.nonce(nonce), authenticating: authenticating)
      })
    else { throw .rekeyOverdue }
    nonce += 1
    output.append(contentsOf: box.ciphertext)
    output.append(contentsOf: box.tag)
  }

  /// Appends what `ciphertext` holds, 16 bytes shorter, to `output`; nothing if it is not authentic.
  ///
  /// - Throws: `recordNotAuthentic`; `rekeyOverdue` where no number is left.
  package mutating func open(
    _ ciphertext: RawSpan, authenticating: [UInt8] = [], into output: inout [UInt8]
  ) throws(TunnelFault) {
    guard nonce < CipherState.mostMessages else { throw .rekeyOverdue }
    let length = ciphertext.byteCount - CipherState.tagBytes
    guard length >= 0 else { throw .recordNotAuthentic }
    let opened = ciphertext.withUnsafeBytes { bytes in
      try? ChaChaPoly.open(
        ChaChaPoly.SealedBox(
          nonce: CipherState.nonce(nonce),
          ciphertext: UnsafeRawBufferPointer(rebasing: bytes[..<length]),
          tag: UnsafeRawBufferPointer(rebasing: bytes[length...])),
        using: key, authenticating: authenticating)
    }
    guard let opened else { throw .recordNotAuthentic }
    nonce += 1
    output.append(contentsOf: opened)
  }

  /// Puts the next key in the place of this one, from which there is no way back. Numbers go on.
  ///
  /// Source: The Noise Protocol Framework, revision 34, section 4.2, REKEY.
  package mutating func rekey() throws(TunnelFault) {
    let sealed = try? ChaChaPoly.seal(
      [UInt8](repeating: 0, count: 32), using: key, nonce: CipherState.nonce(.max))
    guard let sealed else { throw .rekeyOverdue }
    key = SymmetricKey(data: sealed.ciphertext)
  }

  /// Four zeros and the number, low byte first.
  private static func nonce(_ number: UInt64) throws -> ChaChaPoly.Nonce {
    try withUnsafeTemporaryAllocation(byteCount: 12, alignment: 8) { bytes in
      bytes.storeBytes(of: 0, toByteOffset: 0, as: UInt32.self)
      bytes.storeBytes(of: number.littleEndian, toByteOffset: 4, as: UInt64.self)
      return try ChaChaPoly.Nonce(data: UnsafeRawBufferPointer(bytes))
    }
  }
}
