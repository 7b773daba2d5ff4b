/// One type-length-value record of a version 2 PROXY header.
///
/// Texts are kept as bytes: senders put anything in them, valid UTF-8 or not.
/// Source: docs/protocol/proxy-protocol.md#tlvs
public enum ProxyTLV: Equatable, Sendable {
  /// The negotiated upper-layer protocol, as in TLS.
  case alpn([UInt8])
  /// The host name the player asked for.
  case authority([UInt8])
  /// The header's CRC32C. Parsed: it was right. Encoded: it is computed.
  case crc32c
  /// Padding; the bytes mean nothing.
  case noop([UInt8])
  /// The proxy's opaque name for the connection.
  case uniqueID([UInt8])
  /// The player's TLS connection to the proxy.
  case ssl(ProxySSL)
  /// The name of a network namespace.
  case netns([UInt8])
  /// Any type without a case of its own: application data (0xE0...0xEF) and unknown types.
  case custom(type: UInt8, [UInt8])
}

/// What a proxy says about the player's TLS connection to it.
public struct ProxySSL: Equatable, Sendable {
  /// One record inside the SSL TLV: 0x21 TLS version, 0x22 common name, 0x23 cipher, and more.
  public struct SubTLV: Equatable, Sendable {
    /// The record's type; never 0x20, which would nest.
    public var type: UInt8
    /// The record's value.
    public var value: [UInt8]

    /// A record inside the SSL TLV.
    public init(type: UInt8, value: [UInt8]) {
      self.type = type
      self.value = value
    }
  }

  /// Bits: 1 the player spoke TLS, 2 gave a certificate now, 4 gave one in this TLS session.
  public var client: UInt8
  /// Zero only if the player's certificate was verified.
  public var verify: UInt32
  /// The records in wire order.
  public var subTLVs: [SubTLV]

  /// An SSL TLV from its parts.
  public init(client: UInt8, verify: UInt32, subTLVs: [SubTLV] = []) {
    self.client = client
    self.verify = verify
    self.subTLVs = subTLVs
  }
}

/// The type bytes that have a meaning here.
enum ProxyTLVType {
  static let alpn: UInt8 = 0x01
  static let authority: UInt8 = 0x02
  static let crc32c: UInt8 = 0x03
  static let noop: UInt8 = 0x04
  static let uniqueID: UInt8 = 0x05
  static let ssl: UInt8 = 0x20
  static let netns: UInt8 = 0x30

  /// Whether `ProxyTLV` has a case of its own for this type.
  static func hasCase(_ type: UInt8) -> Bool {
    switch type {
    case alpn, authority, crc32c, noop, uniqueID, ssl, netns: true
    case _: false
    }
  }
}
