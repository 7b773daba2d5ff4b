extension ProxyHeader {
  /// `PROXY UNKNOWN` with its CR LF.
  static let shortestLineBytes = 15

  /// Parses a line that starts with the version 1 signature.
  ///
  /// Bytes that no line can hold are refused at once; fields are looked at when CR LF is there.
  static func parseV1(_ bytes: RawSpan) throws(ProxyHeaderFault) -> Progress {
    let received = min(bytes.byteCount, maximumLineBytes)
    for offset in v1Signature.count..<received {
      switch bytes.octet(at: offset) {
      case 0x0d?:
        guard offset + 1 < maximumLineBytes else { throw .lineTooLong }
        guard let next = bytes.octet(at: offset + 1) else { return .needMore(atLeast: 1) }
        guard next == 0x0a else { throw .badLineEnd }
        let endpoints = try parseFields(bytes.octets(in: v1Signature.count..<offset))
        let header = ProxyHeader(version: .v1, command: .proxy, endpoints: endpoints, tlvs: [])
        return .header(header, byteCount: offset + 2)
      case 0x0a?: throw .badLineEnd
      case (0x20...0x7e)?: continue
      case _: throw .badByte
      }
    }
    guard received < maximumLineBytes else { throw .lineTooLong }
    // CR LF is still missing; one byte is all that may follow an unfinished line of 106.
    let missing = received == maximumLineBytes - 1 ? 1 : 2
    return .needMore(atLeast: max(missing, shortestLineBytes - received))
  }

  /// The fields between signature and CR LF; nil means UNKNOWN.
  private static func parseFields(
    _ line: [UInt8]
  ) throws(ProxyHeaderFault) -> Endpoints? {
    let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    let family: IPAddress.Family
    switch fields.first.map({ String(decoding: $0, as: UTF8.self) }) {
    case "TCP4": family = .ipv4
    case "TCP6": family = .ipv6
    // The specification has the rest of an UNKNOWN line ignored.
    case "UNKNOWN": return nil
    case _: throw .badProtocol
    }
    guard fields.count == 5 else { throw .badFields }
    let source = Endpoint(
      try parseAddress(fields[1], family), port: try parsePort(fields[3]))
    let destination = Endpoint(
      try parseAddress(fields[2], family), port: try parsePort(fields[4]))
    return try Endpoints(claimedSource: source, destination: destination)
  }

  private static func parseAddress(
    _ text: ArraySlice<UInt8>, _ family: IPAddress.Family
  ) throws(ProxyHeaderFault) -> IPAddress {
    guard let address = IPAddress(String(decoding: text, as: UTF8.self)), address.family == family
    else { throw .badAddress }
    return address
  }

  /// Decimal, 0...65535, no sign and no leading zero.
  private static func parsePort(_ text: ArraySlice<UInt8>) throws(ProxyHeaderFault) -> UInt16 {
    guard (1...5).contains(text.count), text.count == 1 || text.first != UInt8(ascii: "0") else {
      throw .badPort
    }
    var value: UInt32 = 0
    for digit in text {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { throw .badPort }
      value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
    }
    guard let port = UInt16(exactly: value) else { throw .badPort }
    return port
  }
}

extension ProxyHeader.Endpoints {
  /// Endpoints as a proxy claims them.
  ///
  /// - Throws: `.sourceNotUnicast` where no host can have the source: limits and bans key on it.
  init(claimedSource source: Endpoint, destination: Endpoint) throws(ProxyHeaderFault) {
    guard !source.address.isUnusableAsSource else { throw .sourceNotUnicast }
    self.init(source: source, destination: destination)
  }
}
