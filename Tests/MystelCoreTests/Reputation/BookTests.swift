import MystelCore
import MystelTesting
import MystelWire
import Testing

@Suite("The reputation")
struct ReputationBookTests {
  @Test("bans an address that misbehaves before login, for newcomers only, and lets it back")
  func preLogin() throws {
    var rig = BookRig()
    let bad = try address("203.0.113.7")
    for _ in 0..<4 { rig.offend(bad) }
    #expect(rig.targets == [])
    rig.offend(bad)
    #expect(rig.targets == ["203.0.113.7"])
    #expect(rig.isRefused(bad) && !rig.isRefused(bad, account: 5))
    let next = try address("203.0.113.8")
    #expect(!rig.isRefused(next))
    rig.pass(661)
    #expect(rig.targets == [] && !rig.isRefused(bad))
  }

  @Test("no single event before login is a ban, and no two are", arguments: [1, 100, 10_000, .max])
  func single(weight: Int) throws {
    var rig = BookRig()
    let bad = try address("203.0.113.7")
    rig.offend(bad, weight: weight)
    rig.offend(bad, weight: weight)
    #expect(rig.targets == [])
  }

  @Test("a score halves in its half-life")
  func halfLife() throws {
    var rig = BookRig()
    let bad = try address("203.0.113.7")
    for _ in 0..<4 { rig.offend(bad) }
    rig.pass(3600)
    let score = try #require(rig.book.standing(of: bad, now: rig.now).score?.score)
    #expect(abs(score - 40) < 0.1)
    rig.pass(5400)
    let later = try #require(rig.book.standing(of: bad, now: rig.now).score?.score)
    #expect(abs(later - 14.142) < 0.1)
  }

  @Test("silence alone never adds up to a ban")
  func silence() throws {
    var rig = BookRig()
    let quiet = try address("203.0.113.7")
    for _ in 0..<10_000 {
      let incident = try #require(
        Incident(session: 1, client: quiet, endedBy: .keysTimeout, isSilent: true, seconds: 0))
      rig.book.take(.incident(incident), now: rig.now)
    }
    let score = try #require(rig.book.standing(of: quiet, now: rig.now).score?.score)
    #expect(rig.targets == [] && score == 5)
  }

  @Test("what a wrong key schedule looks like weighs only once a player was let in")
  func wrongSchedule() throws {
    var rig = BookRig()
    let client = try address("203.0.113.7")
    let incident = try #require(
      Incident(session: 1, client: client, endedBy: .packetTooShort, isSilent: false, seconds: 0))
    for _ in 0..<100 { rig.book.take(.incident(incident), now: rig.now) }
    #expect(rig.targets == [] && rig.book.counts.ignored == 100)
    rig.enter(try address("198.51.100.1"), account: 9)
    for _ in 0..<5 { rig.book.take(.incident(incident), now: rig.now) }
    #expect(rig.targets == ["203.0.113.7"])
  }

  @Test("each ban of a series is twice as long, up to the cap, spread by a tenth at most")
  func ladder() throws {
    var rig = BookRig { $0.longestBan = .seconds(3600) }
    let bad = try address("203.0.113.7")
    for expected: Int64 in [600, 1200, 2400, 3600, 3600] {
      for _ in 0..<5 { rig.offend(bad) }
      let ban = try #require(rig.book.bans.values.first)
      let length = try #require(ban.expires) - rig.now
      #expect(length >= expected && length <= expected + expected / 10)
      rig.pass(length)
      #expect(rig.targets == [])
    }
  }

  @Test("the series ends when the recidivism window has passed")
  func recidivism() throws {
    var rig = BookRig()
    let bad = try address("203.0.113.7")
    for _ in 0..<5 { rig.offend(bad) }
    rig.pass(661)
    rig.pass(168 * 3600)
    for _ in 0..<5 { rig.offend(bad) }
    #expect(rig.book.bans.values.first?.count == 1)
  }

  @Test("the same seed spreads bans alike, another one differently")
  func spread() throws {
    func lengths(_ seed: UInt64) throws -> [Int64?] {
      var settings = ReputationSettings()
      settings.mode = .enforce
      var book = ReputationBook(settings: settings, protected: [], seed: seed, scores: 1000)
      return try (1...20).map { number in
        let bad = try address("203.0.\(number).7")
        for _ in 0..<5 {
          book.take(
            .incident(
              Incident(session: 1, client: bad, signal: "a", weight: 20, isPreLogin: true)),
            now: 0)
        }
        return book.bans[.network(AddressKey.host(of: bad))]?.expires
      }
    }
    let first = try lengths(1)
    let again = try lengths(1)
    let other = try lengths(2)
    #expect(first == again && first != other && Set(first).count > 5)
  }

  @Test("shadow bans nobody and says whom it would have banned, once")
  func shadow() throws {
    var rig = BookRig(mode: .shadow)
    let bad = try address("203.0.113.7")
    for _ in 0..<50 { rig.offend(bad) }
    #expect(rig.targets == [] && !rig.isRefused(bad))
    let events = rig.book.takeEvents()
    #expect(events.count == 1 && rig.book.counts.wouldBans == 1)
    guard case .wouldBan(let ban) = events.first else {
      Issue.record("no wouldBan")
      return
    }
    #expect("\(ban.target)" == "203.0.113.7")
  }

  @Test(
    "off takes no notice; bans by hand hold in every mode", arguments: Configuration.Mode.allCases)
  func modes(mode: Configuration.Mode) throws {
    var rig = BookRig(mode: mode)
    let bad = try address("203.0.113.7")
    if mode == .off {
      for _ in 0..<50 { rig.offend(bad) }
      #expect(rig.targets == [] && rig.book.scoreCount == 0)
    }
    let target = try #require(BanTarget("198.51.100.1"))
    try rig.book.ban(target, for: 60, reason: "test", origin: "me", now: rig.now)
    #expect(rig.isRefused(try address("198.51.100.1"), account: 7))
    rig.pass(60)
    #expect(!rig.isRefused(try address("198.51.100.1"), account: 7))
  }

  @Test("a permanent ban stays, and is lifted with all that led to it")
  func permanent() throws {
    var rig = BookRig()
    let bad = try address("203.0.113.7")
    for _ in 0..<4 { rig.offend(bad) }
    let target = BanTarget.network(AddressKey.host(of: bad))
    try rig.book.ban(target, for: nil, reason: "test", origin: "me", now: rig.now)
    rig.pass(10_000_000)
    #expect(rig.isRefused(bad, account: 1))
    let lifted = rig.book.lift(target, now: rig.now)
    #expect(lifted != nil)
    #expect(!rig.isRefused(bad))
    rig.offend(bad)
    #expect(rig.targets == [])
    let again = rig.book.lift(target, now: rig.now)
    #expect(again == nil)
  }

  @Test("a ban longer than any clock is one for good, not one that is over")
  func endless() throws {
    var rig = BookRig()
    let target = try #require(BanTarget("198.51.100.1"))
    try rig.book.ban(target, for: .max, reason: "test", origin: "me", now: rig.now)
    #expect(rig.isRefused(try address("198.51.100.1")))
  }

  @Test("a list shortens no ban of somebody else, and lengthens it where it lasts longer")
  func lists() throws {
    var rig = BookRig()
    let target = try #require(BanTarget("198.51.100.1"))
    for (mine, listed, kept) in [
      (nil, 60, true), (3600, 60, true), (60, 3600, false), (3600, nil, false),
    ] as [(Int64?, Int64?, Bool)] {
      try rig.book.ban(target, for: mine, reason: "mine", origin: "me", now: rig.now)
      try rig.book.ban(
        target, for: listed, source: .list, reason: "listed", origin: "l", now: rig.now)
      #expect(rig.book.bans[target]?.reason == (kept ? "mine" : "listed"))
      // An operator's later word counts, whatever it is.
      try rig.book.ban(target, for: 1, reason: "short", origin: "me", now: rig.now)
      #expect(rig.book.bans[target]?.reason == "short")
    }
  }

  @Test("an exempted address is banned by an operator alone")
  func exempted() throws {
    var rig = BookRig()
    let shared = try address("203.0.113.7")
    let isAllowed = rig.book.allow(AddressKey.host(of: shared), comment: "a school")
    for _ in 0..<50 { rig.offend(shared) }
    #expect(isAllowed && rig.targets == [])
    try rig.book.ban(
      .network(AddressKey.host(of: shared)), for: 60, reason: "", origin: "", now: rig.now)
    #expect(rig.isRefused(shared))
  }

  @Test("bans, scores and exemptions come back as they were written down")
  func restore() throws {
    var rig = BookRig()
    let bad = try address("203.0.113.7")
    for _ in 0..<5 { rig.offend(bad) }
    try rig.book.ban(
      .account(9), for: nil, reason: "test", origin: "me", now: rig.now)
    rig.cheat(bad, account: 3, "a")
    rig.cheat(bad, account: 3, "b")
    let network = try AddressPrefix(parsing: "198.51.100.0/24")
    let isAllowed = rig.book.allow(network, comment: "office")
    #expect(isAllowed)
    let bans = rig.book.takeChanges().compactMap { change in
      if case .put(let ban) = change { ban } else { nil }
    }
    var other = BookRig()
    other.book.restore(
      bans: bans, scores: rig.book.takeScores(), allowed: rig.book.allowed, now: other.now)
    #expect(other.targets == ["203.0.113.7", "account:9"])
    let told = other.book.takeEvents()
    #expect(told == [])
    // 60 points of two rules are remembered: the third makes the ban.
    other.cheat(bad, account: 3, "a", weight: 40)
    #expect(other.targets.contains("account:3"))
    // The ladder goes on too, and versions.
    other.pass(661)
    for _ in 0..<5 { other.offend(bad) }
    let ban = other.book.bans[.network(AddressKey.host(of: bad))]
    #expect(ban?.count == 2 && ban?.version ?? 0 > bans.map(\.version).max() ?? 0)
  }
}
