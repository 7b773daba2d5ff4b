/// A PROXY protocol header: what the proxy in front of us says about the connection it relays.
///
/// A value describes only what both versions can mean. `parse` makes one from received bytes and
/// `encoded` writes one; a value that was parsed can always be encoded.
/// Source: docs/protocol/proxy-protocol.md
public struct ProxyHeader: Equatable, Sendable {
  /// The wire format: 1 is a line of text, 2 is binary.
  public enum Version: Equatable, Sendable {
    case v1
    case v2
  }

  /// On whose behalf the connection was opened.
  public enum Command: Equatable, Sendable {
    /// The proxy's own connection, such as a health check.
    case local
    /// A connection relayed for somebody else.
    case proxy
  }

  /// The two ends of the relayed connection, as the proxy saw them.
  public struct Endpoints: Equatable, Sendable {
    /// The player's end.
    public var source: Endpoint
    /// The end that the player connected to.
    public var destination: Endpoint

    /// Both ends of a relayed connection.
    public init(source: Endpoint, destination: Endpoint) {
      self.source = source
      self.destination = destination
    }
  }

  /// The wire format the header came in, or will be written in.
  public let version: Version
  /// On whose behalf the connection was opened.
  public let command: Command
  /// The relayed connection's ends. Nil means that the socket's own ends stand: the command is
  /// `local`, or the proxy names no TCP address (UNKNOWN, UNSPEC, UDP or UNIX).
  public let endpoints: Endpoints?
  /// The type-length-value records of version 2 in wire order, at most `maximumTLVs` if parsed.
  public var tlvs: [ProxyTLV]

  /// A header for a relayed connection.
  public init(_ version: Version, endpoints: Endpoints, tlvs: [ProxyTLV] = []) {
    self.init(version: version, command: .proxy, endpoints: endpoints, tlvs: tlvs)
  }

  /// The header of a connection that the proxy opens for itself; only version 2 has it.
  public static func local(tlvs: [ProxyTLV] = []) -> ProxyHeader {
    ProxyHeader(version: .v2, command: .local, endpoints: nil, tlvs: tlvs)
  }

  /// The header of a relayed connection whose ends are not told.
  public static func unknown(_ version: Version, tlvs: [ProxyTLV] = []) -> ProxyHeader {
    ProxyHeader(version: version, command: .proxy, endpoints: nil, tlvs: tlvs)
  }

  /// The header of a health check: LOCAL in version 2. Version 1 has no such command, and the
  /// specification wants the checking socket's own ends rather than UNKNOWN, which some refuse.
  public static func healthCheck(_ version: Version, over socket: Endpoints) -> ProxyHeader {
    switch version {
    case .v1: ProxyHeader(.v1, endpoints: socket)
    case .v2: .local()
    }
  }

  init(version: Version, command: Command, endpoints: Endpoints?, tlvs: [ProxyTLV]) {
    self.version = version
    self.command = command
    self.endpoints = endpoints
    self.tlvs = tlvs
  }
}

extension ProxyHeader {
  /// The upper-layer protocol the player negotiated, if told. Of duplicates the first counts.
  public var alpn: [UInt8]? {
    for case .alpn(let name) in tlvs { return name }
    return nil
  }

  /// The host name the player asked for. Up to 255 bytes of anything: escape before printing.
  public var authority: [UInt8]? {
    for case .authority(let name) in tlvs { return name }
    return nil
  }

  /// The proxy's name for the connection: up to 128 opaque bytes, to be printed as hexadecimal.
  public var uniqueID: [UInt8]? {
    for case .uniqueID(let id) in tlvs { return id }
    return nil
  }

  /// What the proxy says about the player's TLS connection.
  public var ssl: ProxySSL? {
    for case .ssl(let ssl) in tlvs { return ssl }
    return nil
  }

  /// The network namespace the player's connection arrived in.
  public var netns: [UInt8]? {
    for case .netns(let name) in tlvs { return name }
    return nil
  }

  /// Whether the header carries a checksum; a parsed one was found to be right.
  public var hasChecksum: Bool { tlvs.contains(.crc32c) }
}

extension ProxyHeader {
  /// The fixed part of a version 2 header, in bytes: signature, command, family and length.
  static let fixedByteCount = 16

  /// The longest version 2 block after the fixed part, in bytes. Address, SSL and cloud TLVs of
  /// known senders stay below 2 KiB.
  public static let maximumBlockBytes = 4096

  /// The longest version 1 line, in bytes with its CR LF. Set by the specification.
  public static let maximumLineBytes = 107

  /// The longest header that can be accepted, in bytes: a caller never needs to hold more.
  public static let maximumByteCount = fixedByteCount + maximumBlockBytes

  /// The most TLVs in a header, and the most inside its SSL TLV: 3-byte TLVs must not become
  /// thousands of objects.
  public static let maximumTLVs = 64

  /// The longest unique ID, in bytes. Set by the specification.
  public static let maximumUniqueIDBytes = 128

  /// The longest authority, in bytes: the longest host name.
  public static let maximumAuthorityBytes = 255
}
