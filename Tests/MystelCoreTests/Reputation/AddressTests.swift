import CAllocations
import MystelCore
import MystelTesting
import MystelWire
import Testing

@Suite("Addresses under which players are known")
struct AddressKeyTests {
  @Test(
    "G2: one host has one identity, however it is spelled",
    arguments: [
      ("203.0.113.7", "203.0.113.7/32"),
      ("::ffff:203.0.113.7", "203.0.113.7/32"),
      ("64:ff9b::203.0.113.7", "203.0.113.7/32"),
      // 6to4 and Teredo are shared by whoever is behind the embedded address.
      ("2002:cb00:7107::1", "2002:cb00:7107::/64"),
      ("2001:0:1234:5678:9abc:def0:1234:5678", "2001:0:1234:5678::/64"),
      ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ])
  func spellings(text: String, key: String) throws {
    let address = try #require(IPAddress(text))
    #expect("\(AddressKey.host(of: address))" == key)
  }

  @Test("a ban's target is read back from its text, in canonical form")
  func targets() {
    let texts = [
      "203.0.113.7", "203.0.113.0/24", "2001:db8::/56", "2001:db8::1", "account:500001",
    ]
    for text in texts { #expect(BanTarget(text)?.description == text) }
    #expect(BanTarget("::ffff:10.0.0.1")?.description == "10.0.0.1")
    for wrong in [
      "", "account:", "account:-1", "account:0x1", "account:99999999999999999999", "10.0.0.1/24",
      "10.0.0.0/33", "example.org", "10.0.0.0/", "account:1 ",
    ] {
      #expect(BanTarget(wrong) == nil, "\(wrong)")
    }
  }
}

@Suite("A prefix table")
struct PrefixTableTests {
  private static func prefix(_ text: String) throws -> AddressPrefix {
    try AddressPrefix(parsing: text)
  }

  @Test("finds the longest network, whatever the order they were given in")
  func longest() throws {
    let texts = ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "::/0"]
    let entries = try texts.enumerated().map {
      (prefix: try Self.prefix($1), value: UInt32($0))
    }
    var generator = SplitMix64(seed: 4)
    for _ in 0..<20 {
      let table = PrefixTable(entries.shuffled(using: &generator))
      let found = ["9.9.9.9", "10.9.9.9", "10.1.9.9", "10.1.2.9", "10.1.2.3", "2001:db8::"].map {
        IPAddress($0).flatMap { table.longestMatch($0) }?.value
      }
      #expect(found == [0, 1, 2, 3, 4, 5])
    }
  }

  @Test("agrees with a search through all networks, in both families and at their edges")
  func agrees() {
    var generator = SplitMix64(seed: 99)
    for round in 0..<200 {
      // Few distinct bits, so that networks nest and touch.
      let entries = (0..<(round % 40)).map { index in
        let address = Self.address(&generator)
        let longest: UInt8 = address.family == .ipv4 ? 32 : 128
        return (
          prefix: AddressPrefix(
            containing: address, length: .random(in: 0...longest, using: &generator)),
          value: UInt32(index)
        )
      }
      let table = PrefixTable(entries)
      for _ in 0..<100 {
        let address = Self.address(&generator)
        let expected = entries.filter { $0.prefix.contains(address) }
          .max { $0.prefix.length < $1.prefix.length }
        let match = table.longestMatch(address)
        #expect(match?.length == expected?.prefix.length)
      }
    }
  }

  private static func address(_ generator: inout SplitMix64) -> IPAddress {
    let bits = generator.next() & generator.next() | (generator.next() & 1) * .max
    if generator.next() & 1 == 0 { return IPAddress(ipv4: UInt32(truncatingIfNeeded: bits)) }
    return IPAddress(ipv6High: bits, low: generator.next() & generator.next())
  }

  @Test("looks up without allocating", .enabled(if: isOptimised))
  func allocations() {
    let entries = (0..<10_000).map {
      (
        prefix: AddressPrefix(containing: IPAddress(ipv4: UInt32($0) << 12), length: 20),
        value: UInt32($0)
      )
    }
    let table = PrefixTable(entries)
    var allocations: UInt64 = 0
    // The first round pays for what the runtime sets up once.
    for _ in 0..<2 {
      let before = callocations_count()
      var sum: UInt64 = 0
      for index in 0..<10_000 as Range<UInt32> {
        sum += UInt64(table.longestMatch(IPAddress(ipv4: index << 12 | 77))?.value ?? 0)
      }
      allocations = callocations_count() - before
      #expect(sum == 49_995_000)
    }
    #expect(allocations == 0)
  }
}

@Suite("A list of bans")
struct BanListTests {
  private static func ban(_ text: String, scope: Ban.Scope = .everyone) throws -> Ban {
    Ban(
      target: try #require(BanTarget(text)), source: .manual, scope: scope, reason: text,
      created: 0, expires: nil)
  }

  private static func list(_ bans: [String], allowed: [String] = [], protected: [String] = [])
    throws -> BanList
  {
    BanList(
      bans: try bans.map { try ban($0) },
      allowed: try allowed.map { try AddressPrefix(parsing: $0) },
      protected: try protected.map { try AddressPrefix(parsing: $0) })
  }

  private static func hit(_ list: BanList, _ text: String) -> String? {
    IPAddress(text).flatMap { list.hit($0) }.map { list.bans[$0.place].reason }
  }

  @Test("G10: of ban and permission the longer prefix counts, and the ban where they are equal")
  func overlaps() throws {
    let list = try Self.list(
      ["10.0.0.0/8", "10.1.1.0/24", "10.1.1.7"], allowed: ["10.1.0.0/16", "10.1.1.7", "10.2.2.2"])
    #expect(Self.hit(list, "10.9.9.9") == "10.0.0.0/8")
    #expect(Self.hit(list, "10.1.9.9") == nil)
    #expect(Self.hit(list, "10.1.1.9") == "10.1.1.0/24")
    #expect(Self.hit(list, "10.1.1.7") == "10.1.1.7")
    #expect(Self.hit(list, "10.2.2.2") == nil)
    #expect(Self.hit(list, "11.0.0.0") == nil)
  }

  @Test("G9: a protected address is met by no ban, its neighbours are")
  func protected() throws {
    let list = try Self.list(["127.0.0.0/8"], protected: ["127.0.0.1"])
    #expect(Self.hit(list, "127.0.0.1") == nil)
    #expect(Self.hit(list, "::ffff:127.0.0.1") == nil)
    #expect(Self.hit(list, "127.0.0.2") == "127.0.0.0/8")
  }

  @Test("a session in the game is met only by bans for everyone, and by its account's")
  func scopes() throws {
    let address = try #require(IPAddress("203.0.113.7"))
    let list = BanList(
      bans: [try Self.ban("203.0.113.7", scope: .newcomers), try Self.ban("account:9")],
      allowed: [], protected: [])
    #expect(list.hit(client: address, account: nil, isLetIn: false) != nil)
    #expect(list.hit(client: address, account: 8, isLetIn: true) == nil)
    #expect(list.hit(client: address, account: 9, isLetIn: true)?.place == 1)
    #expect(list.hit(account: 10) == nil)
  }

  @Test("a ban for newcomers hides none for everyone around it from players in the game")
  func nestedScopes() throws {
    let address = try #require(IPAddress("203.0.113.7"))
    let bans = [
      try Self.ban("203.0.113.7", scope: .newcomers), try Self.ban("203.0.113.0/24"),
    ]
    let list = BanList(bans: bans, allowed: [], protected: [])
    #expect(list.hit(client: address, account: 8, isLetIn: true)?.place == 1)
    #expect(list.hit(client: address, account: nil, isLetIn: false)?.place == 0)
    // An exemption between the two lets the player stay, and keeps the newcomer out.
    let exemption = try AddressPrefix(parsing: "203.0.113.0/28")
    let exempting = BanList(bans: bans, allowed: [exemption], protected: [])
    #expect(exempting.hit(client: address, account: 8, isLetIn: true) == nil)
    #expect(exempting.hit(client: address, account: nil, isLetIn: false)?.place == 0)
  }

  @Test("looks up without allocating", .enabled(if: isOptimised))
  func allocations() throws {
    let list = try Self.list(["10.0.0.0/8", "account:5"], allowed: ["10.1.0.0/16"])
    let addresses = [IPAddress(ipv4: 0x0a01_0101), IPAddress(ipv4: 0x0a02_0101)]
    var allocations: UInt64 = 0
    // The first round pays for what the runtime sets up once.
    for _ in 0..<2 {
      let before = callocations_count()
      var hits = 0
      for index in 0..<1000 {
        let client = addresses[index & 1]
        if list.hit(client: client, account: UInt64(index & 7), isLetIn: true) != nil { hits += 1 }
      }
      allocations = callocations_count() - before
      #expect(hits == 500)
    }
    #expect(allocations == 0)
  }
}
