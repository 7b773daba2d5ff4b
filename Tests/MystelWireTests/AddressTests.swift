import MystelTesting
import MystelWire
import Testing

@Suite("Addresses")
struct AddressTests {
  @Test(
    "Text that is no address is nil",
    arguments: [
      "", ".", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "256.0.0.1", "1.2.3.04", "1.2.3.0x4",
      "1.2.3.4 ", " 1.2.3.4", "1.2.3.1000", "١.2.3.4", ":", ":::", "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1::2::3", "1:2:3:4:5:6:7::8", "12345::", "g::", "fe80::1%eth0", "[::1]", "::1/128", ":1::",
      "1::2:", "::1.2.3", "::1.2.3.4:5", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "::ffff:1.2.3.256",
    ])
  func refusesText(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(
    "Text becomes the address, and the address its canonical text",
    arguments: [
      ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("127.0.0.1", "127.0.0.1"),
      ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::00ab", "2001:db8::ab"),
      ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
      ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
      ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
      ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("::ffff:c000:201", "::ffff:192.0.2.1"),
      ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
      ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
    ])
  func readsText(_ text: String, _ canonicalText: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.description == canonicalText)
    #expect(IPAddress(canonicalText) == address)
  }

  @Test("The text of any address reads back as that address")
  func roundTrip() {
    let seed = UInt64.random(in: 0...(.max))
    print("addresses: seed \(seed)")
    var generator = SplitMix64(seed: seed)
    for _ in 0..<5000 {
      // Whole zero groups are what the text form shortens, so they must be frequent.
      func half() -> UInt64 {
        (0..<4).reduce(0) { word, _ in
          word << 16 | (Bool.random(using: &generator) ? 0 : generator.next() >> 48)
        }
      }
      let address = IPAddress(ipv6High: half(), low: half())
      #expect(IPAddress(address.description) == address)
      let ipv4 = IPAddress(ipv4: UInt32(truncatingIfNeeded: generator.next()))
      #expect(IPAddress(ipv4.description) == ipv4)
    }
  }

  @Test(
    "Mapped and NAT64 addresses are the IPv4 host; others, compatible and 6to4 too, stay",
    arguments: [
      ("::ffff:192.0.2.1", "192.0.2.1"), ("64:ff9b::192.0.2.1", "192.0.2.1"),
      ("192.0.2.1", "192.0.2.1"), ("::192.0.2.1", "::c000:201"),
      ("2002:c000:201::", "2002:c000:201::"),
      ("64:ff9b:1::c000:201", "64:ff9b:1::c000:201"), ("::1:ffff:c000:201", "::1:ffff:c000:201"),
    ])
  func canonical(_ text: String, _ expected: String) throws {
    #expect(try #require(IPAddress(text)).canonical.description == expected)
  }

  @Test("An IPv4 address and its mapped form differ until they are canonical")
  func mappedDiffers() throws {
    let ipv4 = try #require(IPAddress("192.0.2.1"))
    let mapped = try #require(IPAddress("::ffff:192.0.2.1"))
    #expect(ipv4 != mapped)
    #expect(ipv4 == mapped.canonical)
    #expect(mapped.ipv4Bits == nil)
  }

  @Test("Unspecified, multicast and broadcast cannot be a source, in any spelling")
  func unusableSources() throws {
    let unusable = [
      "0.0.0.0", "224.0.0.1", "239.255.255.255", "255.255.255.255", "::", "ff02::1",
      "::ffff:0.0.0.0", "::ffff:224.0.0.1", "64:ff9b::ffff:ffff",
    ]
    let usable = ["0.0.0.1", "223.255.255.255", "240.0.0.1", "255.255.255.254", "::1", "fe80::1"]
    for text in unusable { #expect(try #require(IPAddress(text)).isUnusableAsSource, "\(text)") }
    for text in usable { #expect(try !#require(IPAddress(text)).isUnusableAsSource, "\(text)") }
  }

  @Test("Local scope ends exactly where its networks end")
  func localScope() throws {
    let local = [
      "127.0.0.1", "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.1",
      "169.254.1.1", "100.64.0.0", "100.127.255.255", "::1", "fe80::1", "febf::1", "fc00::1",
      "fdff::1", "::ffff:10.1.91.14",
    ]
    let global = [
      "126.255.255.255", "128.0.0.0", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0",
      "192.167.255.255", "192.169.0.0", "100.63.255.255", "100.128.0.0", "203.0.113.7", "::2",
      "fec0::1", "fbff::1", "fe00::1", "2001:db8::1",
    ]
    for text in local { #expect(try #require(IPAddress(text)).isLocallyScoped, "\(text)") }
    for text in global { #expect(try !#require(IPAddress(text)).isLocallyScoped, "\(text)") }
    #expect(try #require(IPAddress("::ffff:127.9.9.9")).isLoopback)
    #expect(try !#require(IPAddress("10.0.0.1")).isLoopback)
  }

  @Test("An endpoint's text brackets IPv6")
  func endpointText() throws {
    #expect(
      Endpoint(try #require(IPAddress("127.0.0.1")), port: 7801).description == "127.0.0.1:7801")
    #expect(Endpoint(try #require(IPAddress("::1")), port: 0).description == "[::1]:0")
  }
}

@Suite("Address prefixes")
struct AddressPrefixTests {
  @Test(
    "Text that is no prefix says why",
    arguments: [
      ("", .malformed), ("oops", .malformed), ("10.0.0.0/", .malformed),
      ("10.0.0.0/8/8", .malformed),
      ("10.0.0.0/+8", .malformed), ("10.0.0.0/08", .malformed), ("10.0.0.0/x", .malformed),
      ("10.0.0.0/33", .lengthOutOfRange), ("10.0.0.0/999", .lengthOutOfRange),
      ("::/129", .lengthOutOfRange), ("::ffff:10.0.0.0/104", .ipv4Mapped),
      ("64:ff9b::/96", .ipv4Mapped),
    ] as [(String, AddressPrefix.ParseError)])
  func refusesText(_ text: String, _ expected: AddressPrefix.ParseError) {
    #expect(throws: expected) { try AddressPrefix(parsing: text) }
  }

  @Test("Host bits are an error that names the network meant")
  func refusesHostBits() throws {
    let meant = try AddressPrefix(parsing: "10.0.0.0/24")
    #expect(throws: AddressPrefix.ParseError.hostBitsSet(meant: meant)) {
      try AddressPrefix(parsing: "10.0.0.7/24")
    }
    let meant6 = try AddressPrefix(parsing: "2001:db8::/65")
    #expect(throws: AddressPrefix.ParseError.hostBitsSet(meant: meant6)) {
      try AddressPrefix(parsing: "2001:db8::1/65")
    }
  }

  @Test(
    "A prefix contains its first and last address and neither neighbour",
    arguments: [
      ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
      ("192.0.2.4/30", "192.0.2.4", "192.0.2.7", "192.0.2.3", "192.0.2.8"),
      ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.0", "192.0.2.2"),
      (
        "2001:db8::/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff",
        "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8:0:1::"
      ),
      ("2001:db8::8/125", "2001:db8::8", "2001:db8::f", "2001:db8::7", "2001:db8::10"),
      ("fe80::/10", "fe80::", "febf:ffff::", "fe7f::", "fec0::"),
    ])
  func contains(
    _ text: String, _ first: String, _ last: String, _ before: String, _ after: String
  ) throws {
    let prefix = try AddressPrefix(parsing: text)
    #expect(prefix.contains(try #require(IPAddress(first))))
    #expect(prefix.contains(try #require(IPAddress(last))))
    #expect(!prefix.contains(try #require(IPAddress(before))))
    #expect(!prefix.contains(try #require(IPAddress(after))))
  }

  @Test("A peer on a dual-stack socket is judged by its canonical address")
  func mappedPeer() throws {
    let trusted = try AddressPrefix(parsing: "10.0.0.0/24")
    #expect(trusted.contains(try #require(IPAddress("::ffff:10.0.0.7"))))
    #expect(!trusted.contains(try #require(IPAddress("::ffff:10.0.1.7"))))
    #expect(!trusted.contains(try #require(IPAddress("::a00:7"))))
  }

  @Test("The zero-length prefix contains its own family only")
  func zeroLength() throws {
    let ipv4 = try AddressPrefix(parsing: "0.0.0.0/0")
    let ipv6 = try AddressPrefix(parsing: "::/0")
    let host4 = try #require(IPAddress("203.0.113.7"))
    let host6 = try #require(IPAddress("2001:db8::1"))
    #expect(ipv4.contains(host4) && !ipv4.contains(host6))
    #expect(ipv6.contains(host6) && !ipv6.contains(host4))
    #expect(ipv4.description == "0.0.0.0/0" && ipv6.description == "::/0")
  }

  @Test("A length beyond the family's maximum means the host alone")
  func clampsLength() throws {
    let host = try #require(IPAddress("192.0.2.1"))
    #expect(AddressPrefix(containing: host, length: 200).description == "192.0.2.1/32")
  }
}
