extension ProxyHeader {
  /// What the family byte says about the bytes after the fixed part.
  private enum AddressBlock {
    case absent
    case tcp4
    case tcp6
    /// A valid family that is no TCP (UDP, UNIX): its addresses are skipped.
    case skipped(byteCount: Int)

    /// Nil for combinations that the specification wants refused.
    init?(familyByte: UInt8) {
      switch familyByte {
      case 0x00: self = .absent
      case 0x11: self = .tcp4
      case 0x12: self = .skipped(byteCount: 12)
      case 0x21: self = .tcp6
      case 0x22: self = .skipped(byteCount: 36)
      case 0x31, 0x32: self = .skipped(byteCount: 216)
      case _: return nil
      }
    }

    var byteCount: Int {
      switch self {
      case .absent: 0
      case .tcp4: 12
      case .tcp6: 36
      case .skipped(let byteCount): byteCount
      }
    }
  }

  /// Parses a header that starts with the version 2 signature.
  static func parseV2(_ bytes: RawSpan) throws(ProxyHeaderFault) -> Progress {
    let more = Progress.needMore(atLeast: fixedByteCount - bytes.byteCount)

    guard let versionAndCommand = bytes.octet(at: 12) else { return more }
    guard versionAndCommand >> 4 == 2 else { throw .badVersion }
    let command: Command
    switch versionAndCommand & 0xf {
    case 0: command = .local
    case 1: command = .proxy
    case _: throw .badCommand
    }

    guard let familyByte = bytes.octet(at: 13) else { return more }
    let block = AddressBlock(familyByte: familyByte)
    if command == .proxy && block == nil { throw .badFamilyTransport }

    guard let blockLength = bytes.bigEndian16(at: 14) else { return more }
    let length = Int(blockLength)
    guard length <= maximumBlockBytes else { throw .headerTooLarge }
    if command == .proxy, let block, length < block.byteCount { throw .addressBlockTooShort }

    let byteCount = fixedByteCount + length
    guard bytes.byteCount >= byteCount else {
      return .needMore(atLeast: byteCount - bytes.byteCount)
    }
    let header = bytes.extracting(first: byteCount)
    let parsed =
      switch command {
      case .local: try parseLocal(header, block)
      case .proxy: try parseProxy(header, block)
      }
    return .header(parsed, byteCount: byteCount)
  }

  /// The family means nothing in a LOCAL header. Where it nevertheless fits the length, TLVs
  /// follow the block it describes and a checksum counts; otherwise nobody can tell where TLVs
  /// would start, and all is skipped.
  private static func parseLocal(
    _ header: RawSpan, _ block: AddressBlock?
  ) throws(ProxyHeaderFault) -> ProxyHeader {
    guard let block, header.byteCount >= fixedByteCount + block.byteCount else { return .local() }
    return .local(tlvs: try ProxyTLV.parse(in: header, from: fixedByteCount + block.byteCount))
  }

  private static func parseProxy(
    _ header: RawSpan, _ block: AddressBlock?
  ) throws(ProxyHeaderFault) -> ProxyHeader {
    guard let block else { throw .badFamilyTransport }
    let tlvs = try ProxyTLV.parse(in: header, from: fixedByteCount + block.byteCount)
    var endpoints: Endpoints?
    switch block {
    case .absent, .skipped: break
    case .tcp4: endpoints = try parseIPv4Endpoints(header)
    case .tcp6: endpoints = try parseIPv6Endpoints(header)
    }
    return ProxyHeader(version: .v2, command: .proxy, endpoints: endpoints, tlvs: tlvs)
  }

  private static func parseIPv4Endpoints(
    _ header: RawSpan
  ) throws(ProxyHeaderFault) -> Endpoints {
    guard let source = header.bigEndian32(at: 16), let destination = header.bigEndian32(at: 20),
      let sourcePort = header.bigEndian16(at: 24), let destinationPort = header.bigEndian16(at: 26)
    else { throw .addressBlockTooShort }
    return try Endpoints(
      claimedSource: Endpoint(IPAddress(ipv4: source), port: sourcePort),
      destination: Endpoint(IPAddress(ipv4: destination), port: destinationPort))
  }

  private static func parseIPv6Endpoints(
    _ header: RawSpan
  ) throws(ProxyHeaderFault) -> Endpoints {
    guard let sourceHigh = header.bigEndian64(at: 16), let sourceLow = header.bigEndian64(at: 24),
      let high = header.bigEndian64(at: 32), let low = header.bigEndian64(at: 40),
      let sourcePort = header.bigEndian16(at: 48), let port = header.bigEndian16(at: 50)
    else { throw .addressBlockTooShort }
    return try Endpoints(
      claimedSource: Endpoint(
        IPAddress(ipv6High: sourceHigh, low: sourceLow), port: sourcePort),
      destination: Endpoint(IPAddress(ipv6High: high, low: low), port: port))
  }
}
