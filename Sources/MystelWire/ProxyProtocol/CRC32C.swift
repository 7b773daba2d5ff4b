/// The CRC-32 with Castagnoli's polynomial, as RFC 3720 B.4 and RFC 4960 B define it.
package struct CRC32C: Sendable {
  /// The size of a checksum on the wire, in bytes.
  static let byteCount = 4

  /// The remainder of every byte by 0x1EDC6F41, bits reflected.
  private static let remainders: [UInt32] = (0..<256).map { byte in
    var remainder = UInt32(byte)
    for _ in 0..<8 {
      remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0x82f6_3b78 : remainder >> 1
    }
    return remainder
  }

  private var remainder: UInt32 = ~0

  /// The checksum of no bytes.
  package init() {}

  /// The checksum of the bytes so far.
  package var value: UInt32 { ~remainder }

  /// Takes one byte in.
  package mutating func update(_ byte: UInt8) {
    let index = Int(UInt8(truncatingIfNeeded: remainder) ^ byte)
    remainder = CRC32C.remainders[index] ^ remainder >> 8
  }
}
