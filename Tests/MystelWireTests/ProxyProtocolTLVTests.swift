import MystelWire
import Testing

@Suite("PROXY protocol TLVs")
struct ProxyProtocolTLVTests {
  @Test("A TLV longer than the header's rest is refused, though payload would fill it")
  func refusesOverflow() {
    let bytes = ProxyBytes.tcp4(ProxyBytes.tlv(2, Array("12345".utf8), claiming: 10))
    #expect(ProxyHeader.parse(bytes + Array("12345".utf8)).fault == .tlvOverflow)
  }

  @Test("One or two stray bytes after the TLVs are refused", arguments: [1, 2])
  func refusesTrailingBytes(_ count: Int) {
    let bytes = ProxyBytes.tcp4(ProxyBytes.tlv(4, [0]), Array(repeating: 0x31, count: count))
    #expect(ProxyHeader.parse(bytes + [0, 0, 0]).fault == .tlvTrailingBytes)
  }

  @Test("A 65th TLV is refused, and a 65th record inside SSL too")
  func refusesMany() throws {
    let small = ProxyBytes.tlv(0xe0, [])
    let many = Array(repeating: small, count: 64).flatMap { $0 }
    #expect(try #require(ProxyHeader.parse(ProxyBytes.tcp4(many)).header).tlvs.count == 64)
    #expect(ProxyHeader.parse(ProxyBytes.tcp4(many, small)).fault == .tooManyTLVs)

    let fixed: [UInt8] = [1, 0, 0, 0, 0]
    let ssl = ProxyBytes.tcp4(ProxyBytes.tlv(0x20, fixed + many))
    #expect(try #require(ProxyHeader.parse(ssl).header?.ssl).subTLVs.count == 64)
    #expect(
      ProxyHeader.parse(ProxyBytes.tcp4(ProxyBytes.tlv(0x20, fixed + many + small))).fault
        == .tooManyTLVs)
  }

  @Test("A unique ID holds at most 128 bytes, an authority 255")
  func refusesLongValues() {
    func parse(_ type: UInt8, _ count: Int) -> ProxyHeader.Progress {
      ProxyHeader.parse(
        ProxyBytes.tcp4(ProxyBytes.tlv(type, Array(repeating: 0x41, count: count))))
    }
    #expect(parse(5, 129).fault == .uniqueIDTooLong)
    #expect(parse(2, 256).fault == .authorityTooLong)
    #expect(parse(5, 128).header?.uniqueID?.count == 128)
    #expect(parse(2, 255).header?.authority?.count == 255)
  }

  @Test("Every single-bit error in a checksummed header's addresses or checksum is refused")
  func refusesFlippedBits() {
    // The checksum was computed apart from this code, with a reference CRC32C.
    let good = ProxyBytes.tcp4(ProxyBytes.tlv(3, [0x66, 0xf2, 0xea, 0xac]))
    #expect(
      ProxyHeader.parse(good + [1, 0, 0, 0])
        == .header(
          ProxyHeader(.v2, endpoints: ProxyHeader.sampleTCP4, tlvs: [.crc32c]), byteCount: 35))
    for offset in Array(16..<28) + Array(31..<35) {
      for bit in 0..<8 {
        var bytes = good
        bytes[offset] ^= 1 << UInt8(bit)
        #expect(ProxyHeader.parse(bytes).fault == .checksumMismatch, "byte \(offset) bit \(bit)")
      }
    }
  }

  @Test("A checksum of zeros, or of another polynomial, is no checksum")
  func refusesOtherChecksums() {
    for value in [[0, 0, 0, 0], [0x88, 0, 0x65, 0x26]] as [[UInt8]] {
      #expect(
        ProxyHeader.parse(ProxyBytes.tcp4(ProxyBytes.tlv(3, value))).fault == .checksumMismatch)
    }
  }

  @Test("A checksum has exactly four bytes", arguments: [0, 1, 3, 5, 8])
  func refusesChecksumLength(_ count: Int) {
    let bytes = ProxyBytes.tcp4(ProxyBytes.tlv(3, Array(repeating: 0x11, count: count)))
    #expect(ProxyHeader.parse(bytes).fault == .checksumBadLength)
  }

  @Test("Two checksums are ambiguous and refused")
  func refusesTwoChecksums() {
    let checksum = ProxyBytes.tlv(3, [0x4d, 0x7b, 0x51, 0x50])
    #expect(ProxyHeader.parse(ProxyBytes.tcp4(checksum, checksum)).fault == .checksumDuplicate)
  }

  @Test("An SSL TLV holds at least five bytes", arguments: 0...4)
  func refusesShortSSL(_ count: Int) {
    let bytes = ProxyBytes.tcp4(ProxyBytes.tlv(0x20, Array(repeating: 0, count: count)))
    #expect(ProxyHeader.parse(bytes).fault == .sslTooShort)
  }

  @Test("A record inside SSL is bound by the SSL TLV, not by the header")
  func refusesSSLOverflow() {
    let fixed: [UInt8] = [1, 0, 0, 0, 0]
    let tooLong = ProxyBytes.tlv(0x21, Array("TLS".utf8), claiming: 16)
    let padding = ProxyBytes.tlv(4, Array(repeating: 0, count: 32))
    for rest in [tooLong, [0x21], [0x21, 0]] {
      let bytes = ProxyBytes.tcp4(ProxyBytes.tlv(0x20, fixed + rest), padding)
      #expect(ProxyHeader.parse(bytes).fault == .sslSubTLVOverflow)
    }
  }

  @Test(
    "SSL inside SSL is refused at the second level, however deep it goes", arguments: [1, 2, 100])
  func refusesNestedSSL(_ depth: Int) {
    var nested = ProxyBytes.tlv(0x20, [1, 0, 0, 0, 0])
    for _ in 0..<depth { nested = ProxyBytes.tlv(0x20, [1, 0, 0, 0, 0] + nested) }
    #expect(ProxyHeader.parse(ProxyBytes.tcp4(nested)).fault == .sslNesting)
  }

  @Test("Each registered type has its case; others keep type and bytes, known range or not")
  func readsTypes() throws {
    let value: [UInt8] = [0x68, 0x32]
    func parse(_ type: UInt8) -> [ProxyTLV]? {
      ProxyHeader.parse(ProxyBytes.tcp4(ProxyBytes.tlv(type, value))).header?.tlvs
    }
    #expect(parse(0x01) == [.alpn(value)])
    #expect(parse(0x02) == [.authority(value)])
    #expect(parse(0x04) == [.noop(value)])
    #expect(parse(0x05) == [.uniqueID(value)])
    #expect(parse(0x30) == [.netns(value)])
    for type: UInt8 in [0x00, 0x06, 0x1f, 0x21, 0x31, 0xe0, 0xef, 0xf0, 0xf7, 0xff] {
      #expect(parse(type) == [.custom(type: type, value)])
    }
  }

  @Test("Values may be empty, binary or invalid UTF-8, and keep their order")
  func keepsValues() throws {
    let invalid: [UInt8] = [0xff, 0xfe, 0xc3, 0x28, 0x0d, 0x0a]
    let bytes = ProxyBytes.tcp4(
      ProxyBytes.tlv(0xe2, []), ProxyBytes.tlv(2, invalid), ProxyBytes.tlv(5, [13, 10, 0]))
    let header = try #require(ProxyHeader.parse(bytes).header)
    #expect(
      header.tlvs == [.custom(type: 0xe2, []), .authority(invalid), .uniqueID([13, 10, 0])])
  }

  @Test("Of two authorities the first counts")
  func firstAuthorityCounts() {
    let bytes = ProxyBytes.tcp4(
      ProxyBytes.tlv(2, Array("foo.com".utf8)), ProxyBytes.tlv(2, Array("bar.net".utf8)))
    #expect(ProxyHeader.parse(bytes).header?.authority == Array("foo.com".utf8))
  }

  @Test("SSL gives client bits, verification result and records")
  func readsSSL() {
    let version = ProxyBytes.tlv(0x21, Array("TLSv1.3".utf8))
    let name = ProxyBytes.tlv(0x22, [])
    let bytes = ProxyBytes.tcp4(ProxyBytes.tlv(0x20, [7, 0x01, 0x02, 0x03, 0x04] + version + name))
    #expect(
      ProxyHeader.parse(bytes).header?.ssl
        == ProxySSL(
          client: 7, verify: 0x0102_0304,
          subTLVs: [
            ProxySSL.SubTLV(type: 0x21, value: Array("TLSv1.3".utf8)),
            ProxySSL.SubTLV(type: 0x22, value: []),
          ]))
  }

  @Test("CRC32C gives the known answers of RFC 3720 B.4")
  func knownChecksums() {
    let answers: [([UInt8], UInt32)] = [
      ([], 0), (Array("123456789".utf8), 0xe306_9283),
      (Array(repeating: 0, count: 32), 0x8a91_36aa),
      (Array(repeating: 0xff, count: 32), 0x62a8_ab43),
      (Array(0..<32), 0x46dd_794e), (Array((0..<32).reversed()), 0x113f_db5c),
    ]
    for (bytes, expected) in answers {
      var crc = CRC32C()
      for byte in bytes { crc.update(byte) }
      #expect(crc.value == expected)
    }
  }
}
