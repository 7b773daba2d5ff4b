import MystelWire
import Testing

@Suite("PROXY protocol version 1")
struct ProxyProtocolV1Tests {
  @Test(
    "A line end that is not CR LF is refused where it shows",
    arguments: [
      ("PROXY TCP4 203.0.113.7 198.51.100.10 51234 10001\n", 49),
      ("PROXY TCP4 203.0.113.7 198.51.100.10 51234 10001\rX", 50),
      ("PROXY TCP4 203.0.113.7\r198.51.100.10 51234 10001\r\n", 24),
      ("PROXY TCP4 203.0.113.7\n198.51.100.10 51234 10001\r\n", 23),
      ("PROXY \n", 7), ("PROXY UNKNOWN \r\r\n", 16),
    ])
  func refusesLineEnd(_ line: String, _ at: Int) throws {
    let rejection = try #require(firstProxyRejection(of: Array(line.utf8)))
    #expect(rejection == (at, .badLineEnd))
  }

  @Test("A byte that is no printable ASCII is refused where it shows, in UNKNOWN lines too")
  func refusesBytes() throws {
    for byte in UInt8.min...UInt8.max
    where !(0x20...0x7e).contains(byte) && byte != 13 && byte != 10 {
      for start in ["PROXY TCP4 203.0.113.7", "PROXY UNKNOWN "] {
        let bytes = Array(start.utf8) + [byte] + Array(" 1\r\n".utf8)
        let rejection = try #require(firstProxyRejection(of: bytes))
        #expect(rejection == (start.utf8.count + 1, .badByte))
      }
    }
  }

  @Test("Without CR LF in 107 bytes the line is refused, never buffered further")
  func refusesLongLine() throws {
    let endless = Array("PROXY UNKNOWN ".utf8) + Array(repeating: 0x78, count: 5000)
    let rejection = try #require(firstProxyRejection(of: endless))
    #expect(rejection == (107, .lineTooLong))
    // CR as byte 107 would make the line 108 bytes long.
    let late = Array(endless.prefix(106)) + [13, 10]
    #expect(try #require(firstProxyRejection(of: late)) == (107, .lineTooLong))
    let longest = Array(endless.prefix(105)) + [13, 10]
    #expect(ProxyHeader.parse(longest) == .header(.unknown(.v1), byteCount: 107))
  }

  @Test(
    "The protocol is TCP4, TCP6 or UNKNOWN, in capitals",
    arguments: ["TCP5", "UDP4", "UDP6", "tcp4", "TCP44", "UNKNOWNX", "unknown", "TCP", ""])
  func refusesProtocol(_ name: String) {
    let bytes = ProxyBytes.v1("\(name) 203.0.113.7 198.51.100.10 51234 10001")
    #expect(ProxyHeader.parse(bytes).fault == .badProtocol)
  }

  @Test(
    "There are four fields after the protocol, each after one space",
    arguments: [
      "TCP4", "TCP4 1.2.3.4 5.6.7.8 1", "TCP4 1.2.3.4 5.6.7.8 1 2 ", "TCP4 1.2.3.4 5.6.7.8 1 2 x",
      "TCP4  1.2.3.4 5.6.7.8 1 2", "TCP4 1.2.3.4 5.6.7.8  1 2",
    ])
  func refusesFields(_ fields: String) {
    #expect(ProxyHeader.parse(ProxyBytes.v1(fields)).fault == .badFields)
  }

  @Test(
    "An IPv4 address is four plain decimal octets, as source and as destination",
    arguments: [
      "203.0.113.07", "0203.0.113.7", "1.2.3.256", "1.2.3", "1.2.3.4.5", "1..3.4", "0x7f000001",
      "2130706433", "invalid", "::1", "[1:2:3::4]", "1.2.3.4/32", "+1.2.3.4", "1.2.3.-4", "",
    ])
  func refusesIPv4(_ address: String) {
    let expected: ProxyHeaderFault = .badAddress
    #expect(ProxyHeader.parse(ProxyBytes.v1("TCP4 \(address) 5.6.7.8 1 2")).fault == expected)
    #expect(ProxyHeader.parse(ProxyBytes.v1("TCP4 5.6.7.8 \(address) 1 2")).fault == expected)
  }

  @Test(
    "An IPv6 address has no zone, bracket, prefix length or second gap, and is no IPv4 address",
    arguments: [
      "192.0.2.1", "fe80::1%eth0", "[2001:db8::1]", "1::2:3::4", "1:2:3:4:5:6:7", "12345::1",
      "200g::1", "2001:db8::1/64", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", ":1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:", ":::", "",
    ])
  func refusesIPv6(_ address: String) {
    let expected: ProxyHeaderFault = .badAddress
    #expect(ProxyHeader.parse(ProxyBytes.v1("TCP6 \(address) ::2 1 2")).fault == expected)
    #expect(ProxyHeader.parse(ProxyBytes.v1("TCP6 ::2 \(address) 1 2")).fault == expected)
  }

  @Test(
    "A port is 0...65535 without sign, leading zero or other digits",
    arguments: [
      "65536", "66776", "99999", "100000", "4294967297", "18446744073709551616", "080", "00",
      "+80", "-1", "abc", "0x50", "8.0",
    ])
  func refusesPorts(_ port: String) {
    let expected: ProxyHeaderFault = .badPort
    #expect(ProxyHeader.parse(ProxyBytes.v1("TCP4 1.2.3.4 5.6.7.8 \(port) 2")).fault == expected)
    #expect(ProxyHeader.parse(ProxyBytes.v1("TCP4 1.2.3.4 5.6.7.8 1 \(port)")).fault == expected)
  }

  @Test(
    "A source that no single host can have is refused",
    arguments: [
      "TCP4 0.0.0.0 5.6.7.8 1 2", "TCP4 255.255.255.255 5.6.7.8 1 2", "TCP4 224.0.0.1 5.6.7.8 1 2",
      "TCP6 :: ::2 1 2", "TCP6 ff02::1 ::2 1 2", "TCP6 ::ffff:224.0.0.1 ::2 1 2",
    ])
  func refusesSource(_ fields: String) {
    #expect(ProxyHeader.parse(ProxyBytes.v1(fields)).fault == .sourceNotUnicast)
  }

  @Test("TCP4 and TCP6 give both ends, and the payload stays")
  func acceptsTCP() {
    #expect(
      ProxyHeader.parse(Array(ProxyBytes.line.utf8) + [1, 0, 0, 0])
        == .header(ProxyHeader(.v1, endpoints: ProxyHeader.sampleTCP4), byteCount: 50))
    let spellings = [
      "2001:db8:1:2::7 2001:DB8:FFFF::10", "2001:db8:1:2:0:0:0:7 2001:0db8:ffff:0::0:0010",
    ]
    for spelling in spellings {
      #expect(
        ProxyHeader.parse(ProxyBytes.v1("TCP6 \(spelling) 51234 10001")).header
          == ProxyHeader(.v1, endpoints: ProxyHeader.sampleTCP6))
    }
  }

  @Test("Port 0, port 65535 and mapped addresses are claims like others")
  func acceptsOddClaims() throws {
    let bytes = ProxyBytes.v1("TCP6 ::ffff:203.0.113.7 2001:db8::1 0 65535")
    let endpoints = try #require(ProxyHeader.parse(bytes).header?.endpoints)
    #expect(endpoints.source.port == 0)
    #expect(endpoints.destination.port == 65535)
    #expect(endpoints.source.address.canonical == ProxyHeader.sampleTCP4.source.address)
  }

  @Test(
    "UNKNOWN keeps the socket's ends, whatever follows it on the line",
    arguments: ["UNKNOWN", "UNKNOWN    ", "UNKNOWN ffff:: 1.2.3.4 nonsense 0"])
  func acceptsUnknown(_ fields: String) {
    let bytes = ProxyBytes.v1(fields)
    #expect(
      ProxyHeader.parse(bytes + [1, 0, 0, 0])
        == .header(.unknown(.v1), byteCount: bytes.count))
  }
}
