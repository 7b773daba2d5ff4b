import MystelWire
import Testing

@Suite("PROXY protocol emitter")
struct ProxyProtocolEncodeTests {
  @Test("Version 1 writes no LOCAL command and no TLV")
  func refusesV2FeaturesInV1() {
    var header = ProxyHeader(.v1, endpoints: ProxyHeader.sampleTCP4)
    header.tlvs = [.noop([])]
    #expect(throws: ProxyHeaderEncodingError.needsVersion2) { try header.encoded() }
  }

  @Test("Version 1 refuses ends of different families; version 2 maps the IPv4 one")
  func mixedFamilies() throws {
    let mixed = ProxyHeader.Endpoints(
      source: ProxyHeader.sampleTCP4.source, destination: ProxyHeader.sampleTCP6.destination)
    #expect(throws: ProxyHeaderEncodingError.mixedFamilies) {
      try ProxyHeader(.v1, endpoints: mixed).encoded()
    }
    let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xff, 0xff, 203, 0, 113, 7]
    let expected = ProxyBytes.v2(family: 0x21, mapped + ProxyBytes.tcp6Block.dropFirst(16))
    let encoded = try ProxyHeader(.v2, endpoints: mixed).encoded()
    #expect(encoded == expected)
    let source = try #require(ProxyHeader.parse(encoded).header?.endpoints?.source)
    #expect(source.address.canonical == mixed.source.address)
  }

  @Test("A length over 16 bits is an error, in one TLV, in SSL and in the sum; never wrapped")
  func refusesOverflow() throws {
    func encode(_ tlvs: ProxyTLV...) throws -> Int {
      try ProxyHeader(.v2, endpoints: ProxyHeader.sampleTCP4, tlvs: tlvs).encoded().count
    }
    let large: [UInt8] = Array(repeating: 0, count: 65536)
    #expect(throws: ProxyHeaderEncodingError.tooLong) { try encode(.noop(large)) }
    #expect(throws: ProxyHeaderEncodingError.tooLong) {
      try encode(
        .ssl(ProxySSL(client: 0, verify: 0, subTLVs: [.init(type: 0x28, value: large)])))
    }
    #expect(throws: ProxyHeaderEncodingError.tooLong) {
      try encode(
        .ssl(
          ProxySSL(
            client: 0, verify: 0, subTLVs: [.init(type: 0x28, value: Array(large.dropLast()))])))
    }
    let rest = 65535 - 12 - 3
    #expect(try encode(.noop(Array(large.prefix(rest)))) == 16 + 65535)
    #expect(throws: ProxyHeaderEncodingError.tooLong) {
      try encode(.noop(Array(large.prefix(rest + 1))))
    }
  }

  @Test("What would be read back differently is an error")
  func refusesAmbiguity() {
    func encode(_ tlvs: ProxyTLV...) throws -> [UInt8] {
      try ProxyHeader.local(tlvs: tlvs).encoded()
    }
    for type: UInt8 in [1, 2, 3, 4, 5, 0x20, 0x30] {
      #expect(throws: ProxyHeaderEncodingError.reservedType(type)) {
        try encode(.custom(type: type, []))
      }
    }
    #expect(throws: ProxyHeaderEncodingError.reservedType(0x20)) {
      try encode(.ssl(ProxySSL(client: 0, verify: 0, subTLVs: [.init(type: 0x20, value: [])])))
    }
    #expect(throws: ProxyHeaderEncodingError.duplicateChecksum) { try encode(.crc32c, .crc32c) }
    #expect(throws: ProxyHeaderEncodingError.uniqueIDTooLong) {
      try encode(.uniqueID(Array(repeating: 0, count: 129)))
    }
  }

  @Test("Version 1 writes the specification's line, mapped addresses in hexadecimal groups")
  func encodesV1() throws {
    func encode(_ endpoints: ProxyHeader.Endpoints) throws -> String {
      String(decoding: try ProxyHeader(.v1, endpoints: endpoints).encoded(), as: UTF8.self)
    }
    #expect(try encode(ProxyHeader.sampleTCP4) == ProxyBytes.line)
    #expect(
      try encode(ProxyHeader.sampleTCP6)
        == "PROXY TCP6 2001:db8:1:2::7 2001:db8:ffff::10 51234 10001\r\n")
    let mapped = Endpoint(IPAddress(ipv6High: 0, low: 0xffff_c000_0201), port: 0)
    #expect(
      try encode(ProxyHeader.Endpoints(source: mapped, destination: mapped))
        == "PROXY TCP6 ::ffff:c000:201 ::ffff:c000:201 0 0\r\n")
    #expect(
      try ProxyHeader.unknown(.v1).encoded() == Array("PROXY UNKNOWN\r\n".utf8))
  }

  @Test("Version 2 writes LOCAL, UNSPEC, TCP4 and TCP6 byte for byte")
  func encodesV2() throws {
    #expect(
      try ProxyHeader.local().encoded() == ProxyBytes.v2(command: 0x20, family: 0, []))
    #expect(
      try ProxyHeader.unknown(.v2).encoded() == ProxyBytes.v2(command: 0x21, family: 0, []))
    #expect(
      try ProxyHeader(.v2, endpoints: ProxyHeader.sampleTCP4).encoded()
        == ProxyBytes.v2(ProxyBytes.tcp4Block))
    #expect(
      try ProxyHeader(.v2, endpoints: ProxyHeader.sampleTCP6).encoded()
        == ProxyBytes.v2(family: 0x21, ProxyBytes.tcp6Block))
  }

  @Test("The checksum covers the whole header, wherever its TLV stands")
  func encodesChecksum() throws {
    let header = ProxyHeader(.v2, endpoints: ProxyHeader.sampleTCP4, tlvs: [.crc32c])
    #expect(
      try header.encoded() == ProxyBytes.tcp4(ProxyBytes.tlv(3, [0x66, 0xf2, 0xea, 0xac])))
    let id = ProxyTLV.uniqueID([0, 1, 2, 3])
    for tlvs in [[.crc32c, id], [id, .crc32c], [id, .crc32c, .noop([0])]] as [[ProxyTLV]] {
      let header = ProxyHeader(.v2, endpoints: ProxyHeader.sampleTCP6, tlvs: tlvs)
      let bytes = try header.encoded()
      #expect(ProxyHeader.parse(bytes) == .header(header, byteCount: bytes.count))
    }
  }

  @Test("A health check says LOCAL in version 2 and its own socket's ends in version 1")
  func encodesHealthCheck() throws {
    let socket = ProxyHeader.sampleTCP4
    #expect(ProxyHeader.healthCheck(.v2, over: socket) == .local())
    #expect(
      try ProxyHeader.healthCheck(.v1, over: socket).encoded() == Array(ProxyBytes.line.utf8))
  }

  @Test("Every TLV survives the round trip")
  func roundTrip() {
    let header = ProxyHeader(
      .v2, endpoints: ProxyHeader.sampleTCP6,
      tlvs: [
        .alpn([0x68, 0x32]), .authority([0xff]), .noop([]), .uniqueID([1]), .netns([0x61]),
        .ssl(ProxySSL(client: 5, verify: 1, subTLVs: [.init(type: 0x21, value: [1, 2])])),
        .custom(type: 0xea, [1]), .custom(type: 0, []), .crc32c,
      ])
    let bytes = try? header.encoded()
    #expect(bytes.map { ProxyHeader.parse($0).header } == header)
  }
}
