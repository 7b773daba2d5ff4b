import MystelTesting
import MystelWire
import Testing

@Suite("PROXY protocol on a stream")
struct ProxyProtocolStreamTests {
  @Test(
    "What is no signature is refused at its first wrong byte",
    arguments: [
      ("GET / HTTP/1.1\r\n", 1), ("\u{16}\u{3}\u{1}", 1), ("SSH-2.0-x", 1), (" PROXY TCP4", 1),
      ("PR\r\n", 3), ("\r\nOX", 3), ("PROXY\r\n", 6), ("PROXYjunk", 6), ("PROXY\tTCP4", 6),
      ("proxy ", 1), ("\r\n\r\n \r\nQUIT\n", 5),
    ])
  func refusesOtherProtocols(_ text: String, _ at: Int) throws {
    for acceptance: ProxyHeader.Acceptance in [.v1, .v2, .any] {
      let rejection = try #require(
        firstProxyRejection(of: Array(text.utf8), accepting: acceptance))
      #expect(rejection == (at, .noSignature))
    }
  }

  @Test("Every byte of the version 2 signature counts", arguments: 0..<12)
  func refusesBrokenSignature(_ offset: Int) throws {
    var bytes = ProxyBytes.v2(ProxyBytes.tcp4Block)
    bytes[offset] ^= 0x20
    #expect(try #require(firstProxyRejection(of: bytes)) == (offset + 1, .noSignature))
  }

  @Test("A listener of one version refuses the other at its signature's end")
  func refusesOtherVersion() throws {
    let v1 = Array(ProxyBytes.line.utf8)
    let v2 = ProxyBytes.v2(ProxyBytes.tcp4Block)
    #expect(
      try #require(firstProxyRejection(of: v2, accepting: .v1)) == (12, .versionNotAccepted))
    #expect(
      try #require(firstProxyRejection(of: v1, accepting: .v2)) == (6, .versionNotAccepted))
    #expect(ProxyHeader.parse(v1, accepting: .v1).header?.version == .v1)
    #expect(ProxyHeader.parse(v2, accepting: .v2).header?.version == .v2)
  }

  @Test("Every strict prefix of a header needs more, and never more than is missing")
  func prefixesNeedMore() throws {
    for bytes in Self.samples {
      let header = try #require(ProxyHeader.parse(bytes).header)
      for count in 0..<bytes.count {
        guard case .needMore(let missing) = ProxyHeader.parse(Array(bytes.prefix(count))) else {
          Issue.record("prefix \(count) of \(header)")
          return
        }
        #expect((1...bytes.count - count).contains(missing))
      }
    }
  }

  @Test("However a stream is cut, a reader that asks at every arrival finds the same header")
  func chunksGiveTheSame() {
    var generator = SplitMix64(seed: 1)
    for bytes in Self.samples {
      let stream = bytes + [1, 0, 0, 0]
      let whole = ProxyHeader.parse(stream)
      let oneByOne = Array(1...stream.count)
      let random = oneByOne.filter { _ in Bool.random(using: &generator) } + [stream.count]
      for arrivals in [oneByOne, random] {
        let first = arrivals.lazy.map { ProxyHeader.parse(Array(stream.prefix($0))) }
          .first { if case .needMore = $0 { false } else { true } }
        #expect(first == whole)
      }
    }
  }

  @Test("The missing bytes are exact once the version 2 length is known")
  func missingBytes() {
    let bytes = ProxyBytes.v2(ProxyBytes.tcp4Block)
    #expect(ProxyHeader.parse([], accepting: .any) == .needMore(atLeast: 15))
    #expect(ProxyHeader.parse([], accepting: .v2) == .needMore(atLeast: 16))
    #expect(ProxyHeader.parse(Array(bytes.prefix(12))) == .needMore(atLeast: 4))
    #expect(ProxyHeader.parse(Array(bytes.prefix(16))) == .needMore(atLeast: 12))
    #expect(ProxyHeader.parse(Array(bytes.prefix(27))) == .needMore(atLeast: 1))
  }

  @Test("A listener that takes no header can tell that one was sent, and what is none")
  func detectsSuperfluousHeader() {
    func signature(_ bytes: [UInt8]) -> ProxyHeader.SignatureMatch {
      ProxyHeader.signature(of: bytes.span.bytes)
    }
    #expect(signature(Array(ProxyBytes.line.utf8)) == .complete(.v1))
    #expect(signature(ProxyBytes.signature) == .complete(.v2))
    #expect(signature([]) == .partial)
    #expect(signature(Array("PROXY".utf8)) == .partial)
    #expect(signature(Array(ProxyBytes.signature.dropLast())) == .partial)
    #expect(signature(Array("PROXYX".utf8)) == .absent)
    #expect(signature([0x0b, 0x30, 0x55]) == .absent)
  }

  @Test("Fault labels are distinct, so that each has its own metric")
  func labels() {
    let labels = ProxyHeaderFault.allCases.map(\.label)
    #expect(Set(labels).count == labels.count)
  }

  @Test("Random bytes never trap and keep the parser's invariants")
  func randomBytes() {
    let seed = UInt64.random(in: 0...(.max))
    print("PROXY header random bytes: seed \(seed)")
    var generator = SplitMix64(seed: seed)
    for _ in 0..<3000 {
      let count = Int.random(in: 0...64, using: &generator)
      let tail = generator.bytes(count)
      fuzzProxyHeader(tail)
      fuzzProxyHeader(Array("PROXY ".utf8) + tail)
      fuzzProxyHeader(ProxyBytes.signature + tail)
      fuzzProxyHeader(ProxyBytes.tcp4(tail))
    }
  }

  @Test("Damaged headers never trap and keep the parser's invariants")
  func damagedHeaders() {
    let seed = UInt64.random(in: 0...(.max))
    print("PROXY header damaged headers: seed \(seed)")
    var generator = SplitMix64(seed: seed)
    for _ in 0..<400 {
      for sample in Self.samples {
        var bytes = sample + [1, 0, 0, 0]
        for _ in 0...Int.random(in: 0...3, using: &generator) {
          let offset = Int.random(in: bytes.indices, using: &generator)
          switch Int.random(in: 0...2, using: &generator) {
          case 0: bytes[offset] = UInt8.random(in: 0...255, using: &generator)
          case 1: bytes.remove(at: offset)
          case _: bytes.insert(bytes[offset], at: offset)
          }
        }
        fuzzProxyHeader(bytes)
      }
    }
  }

  /// Valid headers of every kind, without payload.
  static let samples: [[UInt8]] = [
    ProxyBytes.v2(ProxyBytes.tcp4Block),
    ProxyBytes.v2(family: 0x21, ProxyBytes.tcp6Block),
    ProxyBytes.v2(command: 0x20, family: 0, []),
    ProxyBytes.v2(command: 0x20, family: 0x11, [1, 2, 3, 4, 5]),
    ProxyBytes.v2(family: 0x31, Array(repeating: 0x61, count: 216)),
    ProxyBytes.tcp4(
      ProxyBytes.tlv(1, [0x68, 0x32]), ProxyBytes.tlv(2, Array("play.example".utf8)),
      ProxyBytes.tlv(5, Array(0..<16)), ProxyBytes.tlv(0xea, [1, 2])),
    ProxyBytes.tcp4(ProxyBytes.tlv(3, [0x66, 0xf2, 0xea, 0xac])),
    ProxyBytes.tcp4(
      ProxyBytes.tlv(0x20, [7, 0, 0, 0, 0] + ProxyBytes.tlv(0x21, Array("TLSv1.3".utf8)))),
    Array(ProxyBytes.line.utf8),
    ProxyBytes.v1("TCP6 2001:db8::1 ::ffff:198.51.100.10 1 2"),
    ProxyBytes.v1("UNKNOWN"),
    ProxyBytes.v1("UNKNOWN " + String(repeating: "x", count: 91)),
  ]
}
