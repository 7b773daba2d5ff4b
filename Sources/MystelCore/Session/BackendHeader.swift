import MystelWire

/// The gateways a connection has already passed, carried in a custom TLV of PROXY protocol v2:
/// eight bytes each, ours last. Source: docs/protocol/proxy-protocol.md
struct Hops {
  static let tlvType: UInt8 = 0xe0
  private static let maximumCount = 8
  private var instances: [UInt64] = []

  init(_ header: ProxyHeader?) {
    for case .custom(Hops.tlvType, let value) in header?.tlvs ?? [] where value.count % 8 == 0 {
      instances += stride(from: 0, to: value.count, by: 8).map { at in
        value[at..<at + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      }
    }
  }

  /// Whether the connection has been here before, or has passed more gateways than any set-up has.
  func contains(_ instance: UInt64) -> Bool {
    instances.contains(instance) || instances.count >= Hops.maximumCount
  }

  func tlv(adding instance: UInt64) -> ProxyTLV {
    .custom(type: Hops.tlvType, (instances + [instance]).flatMap(bigEndianBytes))
  }
}

/// The PROXY header that a backend asked for.
enum BackendHeader {
  /// - Returns: nil where the backend wants none.
  static func bytes(
    policy: SessionPolicy, relayed: ProxyHeader?, socket: ProxyHeader.Endpoints, client: Endpoint,
    session: UInt64
  ) -> [UInt8]? {
    guard let version = policy.backend.proxyProtocol.version else { return nil }
    var ends = ProxyHeader.Endpoints(
      source: client, destination: relayed?.endpoints?.destination ?? socket.destination)
    ends.source.address = ends.source.address.canonical
    ends.destination.address = ends.destination.address.canonical
    var header = ProxyHeader(version, endpoints: ends)
    if version == .v2 {
      header.tlvs = [
        .crc32c, Hops(relayed).tlv(adding: policy.instance),
        .uniqueID(relayed?.uniqueID ?? uniqueID(policy.instance, session)),
      ]
    }
    // Ends of two families cannot be told in one header; the address is then withheld, not invented.
    return (try? header.encoded()) ?? (try? ProxyHeader.unknown(version).encoded())
  }

  private static func uniqueID(_ instance: UInt64, _ session: UInt64) -> [UInt8] {
    [instance, session].flatMap(bigEndianBytes)
  }
}

private func bigEndianBytes(_ word: UInt64) -> [UInt8] {
  (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
}

extension Configuration.Backend.ProxyProtocolSend {
  /// The header's version; nil where the backend wants none.
  package var version: ProxyHeader.Version? {
    switch self {
    case .off: nil
    case .v1: .v1
    case .v2: .v2
    }
  }
}
