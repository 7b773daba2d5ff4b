import MystelCore
import MystelTesting
import MystelWire
import Testing

@Suite("The reputation is fair")
struct FairnessTests {
  @Test("G3: 64 players behind one address play on while one of them cheats and floods")
  func shared() throws {
    var rig = BookRig()
    let shared = try address("203.0.113.7")
    for account: UInt64 in 1...64 { rig.enter(shared, account: account) }
    for round in 0..<200 {
      rig.cheat(shared, account: 64, "rule-\(round % 5)")
      for _ in 0..<10 { rig.offend(shared, "packet_too_short") }
    }
    #expect(rig.targets == ["account:64"])
    for account: UInt64 in 1...63 { #expect(!rig.isRefused(shared, account: account)) }
    #expect(!rig.isRefused(shared) && rig.isRefused(shared, account: 64))
    #expect(rig.book.counts.spared > 0)
  }

  @Test("one rule, however often, bans no account; a second independent one does")
  func twoRules() throws {
    var rig = BookRig()
    let player = try address("203.0.113.7")
    for _ in 0..<1000 { rig.cheat(player, account: 5, "a", weight: 50) }
    #expect(rig.targets == [])
    rig.cheat(player, account: 5, "b", weight: 1)
    #expect(rig.targets == ["account:5"])
  }

  @Test("two rules on one and the same thing are not independent")
  func sameBasis() throws {
    var rig = BookRig()
    let line = try address("203.0.113.7")
    func incident(_ signal: String, basis: String) -> Report {
      var incident = Incident(
        session: 1, client: line, account: 5, signal: signal, weight: 40, isPreLogin: false)
      incident.basis = basis
      return .incident(incident)
    }
    for _ in 0..<10 {
      rig.book.take(incident("050-finite-floats", basis: "number_not_finite"), now: rig.now)
      rig.book.take(incident("520-empty-numbers", basis: "number_not_finite"), now: rig.now)
    }
    #expect(rig.targets == [])
    rig.book.take(incident("540-retries", basis: "540-retries"), now: rig.now)
    #expect(rig.targets == ["account:5"])
  }

  @Test("a cheater's address is not banned for what one account explains")
  func oneAccount() throws {
    var rig = BookRig { $0.threshold = 1_000_000 }
    rig.book.settings.threshold = 100
    let player = try address("203.0.113.7")
    for rule in ["a", "b", "c", "d", "e", "f"] {
      for _ in 0..<10 { rig.cheat(player, account: 5, rule) }
    }
    #expect(rig.targets == ["account:5"])
    // Another account of the same line with the same rules does.
    for rule in ["a", "b", "c"] {
      for _ in 0..<10 { rig.cheat(player, account: 6, rule) }
    }
    #expect(rig.targets == ["203.0.113.7", "account:5", "account:6"])
    #expect(rig.book.bans[.network(AddressKey.host(of: player))]?.scope == .everyone)
  }

  @Test("well-behaved accounts at an address raise what it takes to ban it")
  func healthy() throws {
    func offences(before healthy: UInt64) throws -> Int {
      var rig = BookRig()
      let line = try address("203.0.113.7")
      if healthy > 0 { for account in 1...healthy { rig.enter(line, account: account) } }
      var count = 0
      while rig.targets.isEmpty, count < 1000 {
        rig.offend(line)
        count += 1
      }
      return count
    }
    let counts = try (0...4).map { try offences(before: $0) }
    #expect(counts == [5, 10, 15, 20, 1000])
  }

  @Test("long clean play halves what an incident weighs, and is lost by incidents")
  func trust() throws {
    var rig = BookRig()
    let line = try address("203.0.113.7")
    let session = rig.enter(line, account: 5)
    rig.pass(20 * 3600)
    rig.book.take(.left(session: session), now: rig.now)
    rig.cheat(line, account: 5, "a", weight: 60)
    rig.cheat(line, account: 5, "b", weight: 60)
    // 30 and 45 points, where a stranger has 120.
    #expect(rig.targets == [])
    rig.cheat(line, account: 5, "a", weight: 60)
    #expect(rig.targets == ["account:5"])
    rig.cheat(line, account: 6, "a", weight: 60)
    rig.cheat(line, account: 6, "b", weight: 60)
    #expect(rig.targets.contains("account:6"))
  }

  @Test("framing: nobody gets the address or account of somebody else banned, whatever he sends")
  func framing() throws {
    var generator = SplitMix64(seed: 7)
    let victimLine = try address("198.51.100.9")
    let attackerLine = try address("203.0.113.7")
    for _ in 0..<50 {
      var rig = BookRig()
      rig.enter(victimLine, account: 1)
      for _ in 0..<300 {
        // What the attacker can bring about: ends before login, and findings in sessions of his own
        // accounts. The victim's address needs a handshake from there, its account a login.
        let signal = "rule-\(generator.next() % 9)"
        let weight = Int(generator.next() % 200)
        switch generator.next() % 3 {
        case 0: rig.offend(attackerLine, signal, weight: weight)
        case 1: rig.cheat(attackerLine, account: 100 + generator.next() % 5, signal, weight: weight)
        default: rig.offend(try address("::ffff:203.0.113.7"), signal, weight: weight)
        }
      }
      #expect(!rig.isRefused(victimLine) && !rig.isRefused(victimLine, account: 1))
      #expect(!rig.targets.contains { $0.hasPrefix("198.51.100") || $0 == "account:1" })
      #expect(rig.isRefused(attackerLine))
    }
  }

  @Test("G9: the gateway's, backends' and trusted proxies' addresses cannot be banned")
  func protected() throws {
    var rig = BookRig(protected: ["127.0.0.1/32", "10.0.0.5/32", "2001:db8::1/128"])
    for text in ["127.0.0.1", "10.0.0.5", "10.0.0.0/24", "2001:db8::/64", "::ffff:10.0.0.5"] {
      let target = try #require(BanTarget(text))
      #expect(throws: BanRefusal.self) {
        try rig.book.ban(target, for: 60, reason: "", origin: "", now: rig.now)
      }
    }
    for wide in ["0.0.0.0/0", "0.0.0.0/7", "::/0", "2000::/15"] {
      let target = try #require(BanTarget(wide))
      #expect(throws: BanRefusal.self) {
        try rig.book.ban(target, for: 60, reason: "", origin: "", now: rig.now)
      }
    }
    // Not all of loopback.
    let neighbour = try #require(BanTarget("127.0.0.2"))
    try rig.book.ban(neighbour, for: 60, reason: "", origin: "", now: rig.now)
    for _ in 0..<100 { rig.offend(try address("10.0.0.5")) }
    #expect(rig.targets == ["127.0.0.2"])
    #expect(!rig.isRefused(try address("10.0.0.5")))
  }

  @Test("G9: a ban inside a protected network, which would meet nobody, is refused and never made")
  func insideProtected() throws {
    var rig = BookRig(protected: ["10.0.0.0/8"])
    let target = try #require(BanTarget("10.1.2.3"))
    #expect(throws: BanRefusal.self) {
      try rig.book.ban(target, for: 60, reason: "", origin: "", now: rig.now)
    }
    for _ in 0..<100 { rig.offend(try address("10.1.2.3")) }
    #expect(rig.targets == [])
  }

  @Test("what is protected comes from the configuration, and is no more than it names")
  func configured() throws {
    let configuration = Configuration(
      listeners: [
        .init(
          name: "a", bind: .endpoint(Endpoint(try address("192.0.2.1"), port: 1)), backend: "b",
          proxyProtocol: .init(
            mode: .v2,
            trusted: [
              try AddressPrefix(parsing: "10.0.0.5"), try AddressPrefix(parsing: "127.0.0.0/8"),
            ])),
        .init(name: "c", bind: .endpoint(Endpoint(try address("0.0.0.0"), port: 1)), backend: "b"),
      ],
      backends: [
        .init(name: "b", address: .endpoint(Endpoint(try address("127.0.0.1"), port: 7701)))
      ])
    let networks = configuration.protectedNetworks.map(\.shortText)
    #expect(networks == ["10.0.0.5", "127.0.0.1", "192.0.2.1"])
  }
}
