import MystelCore
import MystelWire
import Testing

@Suite("Launcher's grants")
struct LauncherGrantTests {
  private let alice = IPAddress(ipv4: 0xcb00_7107)
  private let later = Instant(nanoseconds: 0) + .seconds(100_000)
  private var strict: Configuration.Launcher {
    var settings = Configuration.Launcher()
    settings.mode = .enforce
    return settings
  }

  @Test("who has logged in is let in until the grant is over, and nobody else is")
  func push() {
    var grants = LauncherGrants(started: Instant(nanoseconds: 0))
    _ = grants.push(alice, account: 5, name: "a", lasts: .seconds(60), now: later)
    #expect(decide(&grants, alice, later) == .admit)
    #expect(decide(&grants, alice, later + .seconds(59)) == .admit)
    #expect(decide(&grants, alice, later + .seconds(60)) == .refuse)
    #expect(decide(&grants, IPAddress(ipv4: 0xcb00_7108), later) == .refuse)
    #expect(grants.counts.admitted == 2 && grants.counts.refused == 2)
  }

  @Test("one line has several accounts, and the longest of their grants counts")
  func sharedLine() {
    var grants = LauncherGrants(started: Instant(nanoseconds: 0))
    for account in 1...20 as ClosedRange<UInt64> {
      _ = grants.push(
        alice, account: account, name: "", lasts: .seconds(account == 3 ? 900 : 60), now: later)
    }
    #expect(decide(&grants, alice, later + .seconds(800)) == .admit)
    let grant = grants.all(now: later).first
    #expect(grant?.logins.count == LauncherGrants.loginsPerHost)
    #expect(grants.count == 1)
  }

  @Test("a /64 of IPv6 is one line; a mapped address is its IPv4 address")
  func families() throws {
    var grants = LauncherGrants(started: Instant(nanoseconds: 0))
    let one = try #require(IPAddress("2001:db8::1"))
    let other = try #require(IPAddress("2001:db8::ffff:2"))
    let neighbour = try #require(IPAddress("2001:db8:0:1::1"))
    _ = grants.push(one, account: 1, name: "", lasts: .seconds(60), now: later)
    #expect(decide(&grants, other, later) == .admit)
    #expect(decide(&grants, neighbour, later) == .refuse)
    let mapped = try #require(IPAddress("::ffff:203.0.113.7"))
    _ = grants.push(mapped, account: 2, name: "", lasts: .seconds(60), now: later)
    #expect(decide(&grants, alice, later) == .admit)
  }

  @Test("a player comes back for a while after his session, though his grant is over")
  func comeBack() {
    var grants = LauncherGrants(started: Instant(nanoseconds: 0))
    _ = grants.push(alice, account: 1, name: "", lasts: .seconds(60), now: later)
    let end = later + .seconds(7200)
    grants.left(alice, comeBack: .seconds(600), now: end)
    #expect(decide(&grants, alice, end + .seconds(599)) == .admit)
    #expect(decide(&grants, alice, end + .seconds(600)) == .refuse)
  }

  @Test("after a start everybody plays for the grace, where nobody can be asked")
  func grace() {
    var grants = LauncherGrants(started: later)
    #expect(decide(&grants, alice, later + .seconds(1799)) == .admit)
    #expect(grants.counts.excused == 1)
    #expect(decide(&grants, alice, later + .seconds(1800)) == .refuse)
  }

  @Test("where tera-api can be asked it is, behind the grace; its no is remembered for seconds")
  func pull() {
    var settings = strict
    settings.pulls = true
    settings.grace = .zero
    var grants = LauncherGrants(started: later)
    #expect(decide(&grants, alice, later, settings) == .ask)
    let host = AddressKey.host(of: alice)
    grants.settle(host, .unauthorized, now: later)
    #expect(grants.conclude(.unauthorized, for: alice, settings, now: later) == .refuse)
    #expect(decide(&grants, alice, later + .seconds(4), settings) == .refuse)
    #expect(decide(&grants, alice, later + .seconds(5), settings) == .ask)
    grants.settle(host, .authorized, now: later + .seconds(5))
    #expect(decide(&grants, alice, later + .seconds(6), settings) == .admit)
    #expect(decide(&grants, alice, later + .seconds(5 + 300), settings) == .ask)
  }

  @Test(
    "within the grace a no of tera-api keeps nobody out: who played before may have logged in long ago"
  )
  func graceOfThePull() {
    var settings = strict
    settings.pulls = true
    var grants = LauncherGrants(started: later)
    #expect(decide(&grants, alice, later, settings) == .ask)
    let host = AddressKey.host(of: alice)
    grants.settle(host, .unauthorized, now: later)
    #expect(grants.conclude(.unauthorized, for: alice, settings, now: later) == .admit)
    #expect(decide(&grants, alice, later + .seconds(1), settings) == .ask)
    let end = later + .seconds(1800)
    #expect(grants.conclude(.unauthorized, for: alice, settings, now: end) == .refuse)
  }

  @Test("a login ends a no at once")
  func pushAfterNo() {
    var settings = strict
    settings.pulls = true
    var grants = LauncherGrants(started: later)
    grants.settle(AddressKey.host(of: alice), .unauthorized, now: later)
    _ = grants.push(alice, account: 1, name: "", lasts: .seconds(60), now: later)
    #expect(decide(&grants, alice, later, settings) == .admit)
  }

  @Test("a login that came while tera-api was asked counts, whatever the answer")
  func pushMeanwhile() {
    var settings = strict
    settings.pulls = true
    settings.grace = .zero
    var grants = LauncherGrants(started: later)
    #expect(decide(&grants, alice, later, settings) == .ask)
    _ = grants.push(alice, account: 1, name: "", lasts: .seconds(60), now: later)
    grants.settle(AddressKey.host(of: alice), .unauthorized, now: later)
    #expect(grants.conclude(.unauthorized, for: alice, settings, now: later) == .admit)
  }

  @Test("who cannot wait to be asked about is refused, but not within the grace")
  func overflow() {
    let settings = strict
    var grants = LauncherGrants(started: later)
    #expect(grants.overflow(now: later, settings) == .admit)
    #expect(grants.overflow(now: later + .seconds(1800), settings) == .refuse)
    #expect(grants.counts.overflowed == 1)
  }

  @Test("without an answer players play, unless the operator says otherwise")
  func unreachable() {
    var settings = strict
    settings.pulls = true
    var grants = LauncherGrants(started: later)
    #expect(grants.conclude(.unreachable, for: alice, settings, now: later) == .admit)
    #expect(decide(&grants, alice, later, settings, canAsk: false) == .admit)
    settings.unreachable = .refuse
    #expect(grants.conclude(.unreachable, for: alice, settings, now: later) == .refuse)
    #expect(decide(&grants, alice, later, settings, canAsk: false) == .refuse)
  }

  @Test("networks that need no grant are never asked about")
  func exempt() throws {
    var settings = strict
    settings.exempt = [try AddressPrefix(parsing: "203.0.113.0/24")]
    var grants = LauncherGrants(started: Instant(nanoseconds: 0))
    #expect(decide(&grants, alice, later, settings) == .admit)
    #expect(grants.counts == LauncherGrants.Counts())
  }

  @Test("a full table forgets what is over, then what ends first, and never grows")
  func full() {
    var grants = LauncherGrants(started: Instant(nanoseconds: 0), capacity: 64)
    for number in 0..<1000 as Range<UInt32> {
      _ = grants.push(
        IPAddress(ipv4: number + 1), account: 1, name: "", lasts: .seconds(Int64(60 + number)),
        now: later)
      #expect(grants.count <= 64)
    }
    #expect(decide(&grants, IPAddress(ipv4: 1000), later) == .admit)
    #expect(decide(&grants, IPAddress(ipv4: 1), later) == .refuse)
    #expect(grants.counts.evicted >= 936)
    var over = LauncherGrants(started: Instant(nanoseconds: 0), capacity: 2)
    for number in 1...2 as ClosedRange<UInt32> {
      _ = over.push(
        IPAddress(ipv4: number), account: 1, name: "", lasts: .seconds(1), now: later)
    }
    _ = over.push(alice, account: 1, name: "", lasts: .seconds(1), now: later + .seconds(5))
    #expect(over.count == 1 && over.counts.evicted == 0)
  }

  @Test("thousands of refusals are remembered within bounds")
  func manyRefusals() {
    var settings = strict
    settings.pulls = true
    settings.grace = .zero
    var grants = LauncherGrants(started: later)
    for number in 1...20_000 as ClosedRange<UInt32> {
      grants.settle(AddressKey.host(of: IPAddress(ipv4: number)), .unauthorized, now: later)
    }
    #expect(grants.count == 0)
    #expect(decide(&grants, IPAddress(ipv4: 20_000), later, settings) == .refuse)
  }

  @Test("a grant lasts a second at least and a day at most, whatever is asked for")
  func extremes() {
    var grants = LauncherGrants(started: Instant(nanoseconds: 0))
    for seconds in [Int64.min, -1, 0, Int64.max] {
      let grant = grants.push(
        alice, account: 1, name: "", lasts: .seconds(seconds), now: later)
      #expect(grant.until > later && grant.until <= later + .seconds(86_400))
    }
  }

  @Test("grants are taken back by address, network and account")
  func revoke() throws {
    var grants = LauncherGrants(started: Instant(nanoseconds: 0))
    for account in 1...2 as ClosedRange<UInt64> {
      _ = grants.push(alice, account: account, name: "", lasts: .seconds(60), now: later)
    }
    _ = grants.push(
      IPAddress(ipv4: 0xcb00_7108), account: 2, name: "", lasts: .seconds(60), now: later)
    #expect(grants.revoke(.account(2), now: later) == 2)
    #expect(decide(&grants, alice, later) == .admit)
    #expect(grants.count == 1)
    let network = try #require(BanTarget("203.0.113.0/24"))
    #expect(grants.revoke(network, now: later) == 1)
    #expect(grants.revoke(network, now: later) == 0)
    #expect(decide(&grants, alice, later) == .refuse)
  }

  private func decide(
    _ grants: inout LauncherGrants, _ client: IPAddress, _ now: Instant,
    _ settings: Configuration.Launcher? = nil, canAsk: Bool = true
  ) -> LauncherGrants.Decision {
    grants.decide(client, settings ?? strict, canAsk: canAsk, now: now)
  }
}
