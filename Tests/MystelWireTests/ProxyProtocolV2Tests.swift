import MystelWire
import Testing

@Suite("PROXY protocol version 2")
struct ProxyProtocolV2Tests {
  @Test("The version nibble must be 2, known at byte 13", arguments: [0x01, 0x11, 0x31, 0xf1])
  func refusesVersion(_ byte: UInt8) throws {
    let rejection = try #require(
      firstProxyRejection(of: ProxyBytes.v2(command: byte, ProxyBytes.tcp4Block)))
    #expect(rejection == (13, .badVersion))
  }

  @Test(
    "The command must be LOCAL or PROXY, known at byte 13",
    arguments: 0x22...0x2f as ClosedRange<UInt8>)
  func refusesCommand(_ byte: UInt8) throws {
    let rejection = try #require(
      firstProxyRejection(of: ProxyBytes.v2(command: byte, ProxyBytes.tcp4Block)))
    #expect(rejection == (13, .badCommand))
  }

  @Test("Of 256 family bytes PROXY knows seven; the others are refused at byte 14")
  func refusesFamily() {
    let valid: Set<UInt8> = [0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32]
    for byte in UInt8.min...UInt8.max {
      let bytes = ProxyBytes.v2(family: byte, Array(repeating: 0, count: 216))
      let rejection = firstProxyRejection(of: Array(bytes.prefix(16)))
      if valid.contains(byte) {
        #expect(rejection == nil, "family \(byte)")
      } else {
        #expect(rejection?.at == 14 && rejection?.fault == .badFamilyTransport, "family \(byte)")
      }
    }
  }

  @Test(
    "A length below the family's address block is refused at byte 16",
    arguments: [(0x11, 12), (0x12, 12), (0x21, 36), (0x22, 36), (0x31, 216), (0x32, 216)])
  func refusesShortBlock(_ family: UInt8, _ blockBytes: Int) throws {
    for length in [0, 1, blockBytes - 1] {
      let bytes = ProxyBytes.v2(family: family, Array(repeating: 0, count: length))
      let rejection = try #require(firstProxyRejection(of: bytes))
      #expect(rejection == (16, .addressBlockTooShort))
    }
  }

  @Test(
    "A length over 4096 is refused at byte 16, LOCAL included", arguments: [0x20, 0x21],
    [4097, 65535])
  func refusesLongBlock(_ command: UInt8, _ length: Int) throws {
    let bytes = ProxyBytes.v2(command: command, family: 0, [], claiming: length)
    let rejection = try #require(firstProxyRejection(of: bytes))
    #expect(rejection == (16, .headerTooLarge))
  }

  @Test("A length of exactly 4096 is accepted, and is the longest header")
  func acceptsLongestBlock() throws {
    let padding = 4096 - 12 - 3
    let bytes = ProxyBytes.tcp4(ProxyBytes.tlv(4, Array(repeating: 0, count: padding)))
    #expect(bytes.count == ProxyHeader.maximumByteCount)
    let header = try #require(ProxyHeader.parse(bytes).header)
    #expect(header.tlvs == [.noop(Array(repeating: 0, count: padding))])
  }

  @Test(
    "A source that no single host can have is refused",
    arguments: [0x0000_0000, 0xe000_0001, 0xefff_ffff, 0xffff_ffff] as [UInt32])
  func refusesSourceIPv4(_ bits: UInt32) {
    let source = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> $0) }
    let bytes = ProxyBytes.v2(source + ProxyBytes.tcp4Block.dropFirst(4))
    #expect(ProxyHeader.parse(bytes).fault == .sourceNotUnicast)
  }

  @Test("An unspecified, multicast or mapped-broadcast IPv6 source is refused")
  func refusesSourceIPv6() {
    let zero: [UInt8] = Array(repeating: 0, count: 16)
    let multicast: [UInt8] = [0xff, 2] + Array(repeating: 0, count: 13) + [1]
    let mappedBroadcast: [UInt8] =
      Array(repeating: 0, count: 10) + Array(repeating: 0xff, count: 6)
    for source in [zero, multicast, mappedBroadcast] {
      let bytes = ProxyBytes.v2(family: 0x21, source + ProxyBytes.tcp6Block.dropFirst(16))
      #expect(ProxyHeader.parse(bytes).fault == .sourceNotUnicast)
    }
  }

  @Test("TCP over IPv4 and IPv6 give both ends, and the payload stays")
  func acceptsTCP() {
    let payload: [UInt8] = [1, 0, 0, 0]
    let tcp4 = ProxyBytes.v2(ProxyBytes.tcp4Block)
    let tcp6 = ProxyBytes.v2(family: 0x21, ProxyBytes.tcp6Block)
    #expect(
      ProxyHeader.parse(tcp4 + payload)
        == .header(ProxyHeader(.v2, endpoints: ProxyHeader.sampleTCP4), byteCount: 28))
    #expect(
      ProxyHeader.parse(tcp6 + payload)
        == .header(ProxyHeader(.v2, endpoints: ProxyHeader.sampleTCP6), byteCount: 52))
  }

  @Test("Port 0 and local sources are claims like others")
  func acceptsOddClaims() throws {
    let bytes = ProxyBytes.v2([127, 0, 0, 2, 127, 0, 0, 1, 0, 0, 0, 25])
    let endpoints = try #require(ProxyHeader.parse(bytes).header?.endpoints)
    #expect(endpoints.source.description == "127.0.0.2:0")
    #expect(endpoints.source.address.isLocallyScoped)
  }

  @Test("LOCAL skips exactly its length whatever the family, and keeps the socket's ends")
  func acceptsLocal() {
    let cases: [(family: UInt8, block: [UInt8])] = [
      (0x00, []), (0x11, []), (0x11, [0xaa, 0xbb, 0xcc, 0xdd, 0xee]), (0x41, []),
      (0x11, ProxyBytes.tcp4Block), (0xff, [1, 2, 3]), (0x31, ProxyBytes.tcp4Block),
    ]
    for (family, block) in cases {
      let bytes = ProxyBytes.v2(command: 0x20, family: family, block)
      #expect(
        ProxyHeader.parse(bytes + [1, 0, 0, 0])
          == .header(.local(), byteCount: 16 + block.count), "family \(family)")
    }
  }

  @Test("A LOCAL header's TLVs are read where their start is known, and its checksum counts")
  func readsLocalTLVs() {
    let noop = ProxyBytes.tlv(4, [0xff])
    let badChecksum = ProxyBytes.tlv(3, [0, 0, 0, 0])
    #expect(
      ProxyHeader.parse(ProxyBytes.v2(command: 0x20, family: 0, noop)).header
        == .local(tlvs: [.noop([0xff])]))
    #expect(
      ProxyHeader.parse(ProxyBytes.v2(command: 0x20, family: 0x11, ProxyBytes.tcp4Block + noop))
        .header == .local(tlvs: [.noop([0xff])]))
    for (family, block) in [(0x00, []), (0x11, ProxyBytes.tcp4Block)] as [(UInt8, [UInt8])] {
      let bytes = ProxyBytes.v2(command: 0x20, family: family, block + badChecksum)
      #expect(ProxyHeader.parse(bytes).fault == .checksumMismatch)
    }
  }

  @Test("UNSPEC, UDP and UNIX name no TCP address: the socket's own ends stand")
  func acceptsOtherFamilies() {
    let cases: [(family: UInt8, block: [UInt8])] = [
      (0x00, []), (0x12, ProxyBytes.tcp4Block), (0x22, ProxyBytes.tcp6Block),
      (0x31, Array(repeating: 0x61, count: 216)), (0x32, Array(repeating: 0, count: 216)),
    ]
    for (family, block) in cases {
      #expect(
        ProxyHeader.parse(ProxyBytes.v2(family: family, block + ProxyBytes.tlv(4, [])))
          == .header(.unknown(.v2, tlvs: [.noop([])]), byteCount: 19 + block.count),
        "family \(family)")
    }
  }

  @Test("Only one header is read: a second one, of either version, is payload")
  func readsOneHeader() {
    let first = ProxyBytes.v2(ProxyBytes.tcp4Block)
    for second in [ProxyBytes.v2(command: 0x20, []), Array(ProxyBytes.line.utf8)] {
      #expect(
        ProxyHeader.parse(first + second)
          == .header(ProxyHeader(.v2, endpoints: ProxyHeader.sampleTCP4), byteCount: 28))
    }
  }
}
