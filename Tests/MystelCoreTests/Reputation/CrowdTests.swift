import MystelCore
import MystelTesting
import MystelWire
import Testing

@Suite("The reputation under crowds of addresses")
struct CrowdTests {
  private static func ipv6(_ high: UInt64, _ low: UInt64) -> IPAddress {
    IPAddress(ipv6High: high, low: low)
  }

  private static let site: UInt64 = 0x2001_0db8_0001_0000

  @Test("G1: 100,000 addresses of one /64 are one bucket and one ban")
  func oneBucket() {
    var rig = BookRig()
    for low in 0..<100_000 as Range<UInt64> {
      rig.offend(Self.ipv6(Self.site, low &* 0x9e37_79b9_7f4a_7c15), weight: 1)
    }
    #expect(rig.book.scoreCount == 1)
    #expect(rig.targets == ["2001:db8:1::/64"])
  }

  @Test("G1: eight abusive /64s make a ban of their /56, four such /56s of their /48")
  func widening() {
    var rig = BookRig()
    func abuse(_ network: UInt64, _ rig: inout BookRig) {
      for _ in 0..<5 { rig.offend(Self.ipv6(Self.site | network, 1)) }
    }
    for network in 0..<7 as Range<UInt64> { abuse(network, &rig) }
    #expect(rig.targets.count == 7)
    abuse(7, &rig)
    #expect(rig.targets == ["2001:db8:1::/56"])
    for subnet in 1..<3 as Range<UInt64> {
      for network in 0..<8 as Range<UInt64> { abuse(subnet << 8 | network, &rig) }
    }
    #expect(rig.targets.count == 3)
    for network in 0..<8 as Range<UInt64> { abuse(3 << 8 | network, &rig) }
    #expect(rig.targets == ["2001:db8:1::/48"])
    #expect(rig.isRefused(Self.ipv6(Self.site | 0xffff, 5)))
    #expect(!rig.isRefused(Self.ipv6(Self.site + 0x1_0000, 5)))
  }

  @Test("players in the game there keep a network from being banned as a whole that soon")
  func wideningWithPlayers() {
    var rig = BookRig()
    rig.enter(Self.ipv6(Self.site | 0x77, 1), account: 5)
    for network in 0..<15 as Range<UInt64> {
      for _ in 0..<5 { rig.offend(Self.ipv6(Self.site | network, 1)) }
    }
    #expect(rig.targets.count == 15)
    #expect(!rig.isRefused(Self.ipv6(Self.site | 0x77, 1)))
  }

  @Test("G12: a storm of bans in one network becomes one ban")
  func storm() {
    var rig = BookRig()
    for host in 0..<200 as Range<UInt32> {
      for _ in 0..<5 { rig.offend(IPAddress(ipv4: 0xcb00_7100 | host)) }
    }
    #expect(rig.targets == ["203.0.113.0/24"])
    #expect(rig.book.counts.coalesced == 16)
    rig.pass(700)
    #expect(rig.targets == [])
  }

  @Test(
    "a network that is banned as a whole meets players in the game only for what was done there")
  func crowdScope() throws {
    var rig = BookRig()
    // Banned for what two accounts did in the game.
    let cheaters = try address("203.0.113.200")
    for (account, rule) in [(1, "a"), (1, "b"), (2, "c"), (2, "d")] as [(UInt64, String)] {
      rig.cheat(cheaters, account: account, rule)
    }
    #expect(rig.isRefused(cheaters, account: 3))
    for host in 1...15 {
      for _ in 0..<5 { rig.offend(try address("203.0.113.\(host)")) }
    }
    #expect(rig.targets.contains("203.0.113.0/24"))
    let neighbour = try address("203.0.113.77")
    #expect(rig.isRefused(neighbour))
    #expect(!rig.isRefused(neighbour, account: 9))
    // Nor is the ban of those who cheated made less by their neighbours'.
    #expect(rig.isRefused(cheaters, account: 3))
  }

  @Test("G12: 70,000 bans at once are bounded, and those by hand are not among the dropped")
  func bounded() throws {
    var rig = BookRig(scores: 100_000)
    rig.book.settings.banTime = .seconds(3600)
    let manual = try #require(BanTarget("198.51.100.1"))
    try rig.book.ban(manual, for: 10, reason: "", origin: "", now: rig.now)
    for network in 0..<70_000 as Range<UInt32> {
      for _ in 0..<4 { rig.offend(IPAddress(ipv4: 0x0b00_0001 + network << 8), weight: 33) }
    }
    #expect(rig.book.bans.count <= ReputationBook.Bound.automaticBans + 1)
    #expect(rig.book.bans.count > 50_000)
    #expect(rig.book.bans[manual] != nil)
    let told = rig.book.takeEvents().count
    #expect(told <= ReputationBook.Bound.events)
  }

  @Test("G5: a flood of keys frees no banned key and forgets no hot one")
  func flood() throws {
    var rig = BookRig(scores: 10_000)
    let banned = try address("203.0.113.7")
    let hot = try address("203.0.113.8")
    for _ in 0..<5 { rig.offend(banned) }
    for _ in 0..<4 { rig.offend(hot) }
    for number in 0..<200_000 as Range<UInt32> {
      rig.offend(IPAddress(ipv4: 0x0b00_0000 &+ number &* 2_654_435_761), weight: 1)
    }
    #expect(rig.book.scoreCount <= 10_000)
    #expect(rig.isRefused(banned))
    rig.offend(hot)
    #expect(rig.isRefused(hot))
  }

  @Test("a million keys take less than 96 MB")
  func memory() {
    var rig = BookRig(scores: ReputationBook.Bound.scores)
    for number in 0..<1_100_000 as Range<UInt32> {
      rig.offend(IPAddress(ipv4: 0x0b00_0000 &+ number), weight: 1)
    }
    #expect(rig.book.scoreCount == 1_000_000)
    #expect(rig.book.scoreBytes < 64 * 1_000_000)
    // Old and new while it grows.
    #expect(rig.book.scoreBytes * 3 / 2 < 96 << 20)
  }

  @Test("a table keeps what was put into it, through growing, removing and reusing places")
  func table() {
    var generator = SplitMix64(seed: 3)
    var rig = BookRig(scores: 5000)
    var expected: [UInt64: Float] = [:]
    for round in 0..<20_000 {
      let account = generator.next() % 3000
      if expected[account] == nil, expected.count >= 2500 { continue }
      rig.cheat(IPAddress(ipv4: 1), account: account, "a", weight: 1)
      expected[account, default: 0] += 1
      if round % 7 == 0, let victim = expected.keys.randomElement(using: &generator) {
        rig.book.lift(.account(victim), now: rig.now)
        expected[victim] = 0
      }
    }
    for (account, score) in expected {
      #expect(rig.book.standing(ofAccount: account, now: rig.now).score?.score == score)
    }
  }
}
