import MystelCore
import MystelWire
import Testing

@Suite("Addresses that go on after they were refused") struct AddressFloodTests {
  /// A table and a book, joined as the gateway joins them.
  private struct Bench: ~Copyable {
    var table: AddressTable
    var rig = BookRig()
    var now = Instant(nanoseconds: 7_200_000_000_000)
    var told: [AddressFlood] = []
    private var fraction = Duration.zero

    init(_ change: (inout AddressLimits) -> Void = { _ in }) {
      var limits = AddressLimits()
      change(&limits)
      table = AddressTable(limits, seed: (1, 2))
    }

    /// One try; what is admitted ends at once.
    mutating func connect(_ client: IPAddress) {
      if case .admitted(let ticket) = table.connect(client, now: now) {
        table.leave(client, ticket)
      }
    }

    mutating func wait(_ duration: Duration) {
      now = now + duration
      fraction += duration
      while fraction >= .seconds(1) {
        fraction -= .seconds(1)
        rig.pass(1)
        tell()
      }
    }

    private mutating func tell() {
      for flood in table.floods.take() {
        told.append(flood)
        rig.book.take(.incident(Incident(flood, seconds: 0)), now: rig.now)
      }
    }

    /// Connects at a rate for some seconds.
    mutating func flood(_ client: IPAddress, perSecond: Int, seconds: Int) {
      for _ in 0..<(perSecond * seconds) {
        connect(client)
        wait(.seconds(1) / perSecond)
      }
    }
  }

  private let flooder = IPAddress(ipv4: 0xcb00_7107)

  @Test("one that never stops is banned within a minute, and its neighbour is not")
  func blocked() {
    var bench = Bench()
    bench.flood(flooder, perSecond: 200, seconds: 65)
    // The first twenty refusals come before the block.
    #expect(bench.told.first?.reason == .addressRate && bench.told.count >= 6)
    #expect(bench.told.dropFirst().allSatisfy { $0.reason == .addressBlocked && $0.weight == 20 })
    #expect(bench.rig.targets == ["203.0.113.7"])
    let ban = bench.rig.book.bans.values.first
    #expect(ban?.scope == .newcomers && ban?.reason == "address_blocked")
    #expect(!bench.rig.isRefused(IPAddress(ipv4: 0xcb00_7108)))
  }

  @Test("one just beyond its rate is told once in ten seconds, and banned after minutes")
  func slow() {
    var bench = Bench()
    bench.flood(flooder, perSecond: 15, seconds: 60)
    #expect((5...6).contains(bench.told.count))
    #expect(bench.told.allSatisfy { $0.reason == .addressRate })
    #expect(bench.rig.targets == [])
    bench.flood(flooder, perSecond: 15, seconds: 120)
    #expect(bench.rig.targets == ["203.0.113.7"])
  }

  @Test("a crowd behind one address that comes back at once is refused, told, and not banned")
  func crowd() {
    for isKnown in [false, true] {
      var bench = Bench { $0.address.concurrentConnections = 256 }
      if isKnown {
        bench.connect(flooder)
        bench.table.played(flooder, now: bench.now)
      }
      // 200 players who try again every five seconds until they are in.
      var waiting = 200
      var seconds = 0
      while waiting > 0, seconds < 120 {
        for _ in 0..<max(waiting / 5, 1) {
          if case .admitted = bench.table.connect(flooder, now: bench.now) { waiting -= 1 }
        }
        bench.wait(.seconds(1))
        seconds += 1
      }
      #expect(waiting == 0 && seconds < 60)
      #expect(!bench.told.isEmpty && bench.rig.targets == [], "\(bench.told)")
    }
  }

  @Test("where somebody plays, an address weighs half; from four players on it is never banned")
  func players() {
    var known = Bench()
    known.connect(flooder)
    known.table.played(flooder, now: known.now)
    known.flood(flooder, perSecond: 200, seconds: 65)
    #expect(known.told.map(\.weight).starts(with: [5, 10, 10, 10, 10, 10]))
    #expect(known.rig.targets == [])

    var shared = Bench()
    for account: UInt64 in 1...4 { shared.rig.enter(flooder, account: account) }
    shared.flood(flooder, perSecond: 200, seconds: 300)
    #expect(shared.rig.targets == [] && shared.rig.book.counts.spared > 0)
    for account: UInt64 in 1...4 { #expect(!shared.rig.isRefused(flooder, account: account)) }
  }

  @Test("handshakes, logins and connections open at once beyond their limit are told as well")
  func steps() {
    var bench = Bench {
      $0.address.connectionsPerSecond = nil
      $0.address.concurrentConnections = 2
    }
    let (keys, logins, open) = (
      IPAddress(ipv4: 0xcb00_7101), IPAddress(ipv4: 0xcb00_7102), IPAddress(ipv4: 0xcb00_7103)
    )
    for _ in 0..<2 { _ = bench.table.connect(open, now: bench.now) }
    for _ in 0..<2000 {
      _ = bench.table.handshake(keys, now: bench.now)
      _ = bench.table.login(logins, now: bench.now)
      _ = bench.table.connect(open, now: bench.now)
      bench.wait(.milliseconds(50))
    }
    let reasons = Dictionary(grouping: bench.told, by: \.client).mapValues { Set($0.map(\.reason)) }
    #expect(
      reasons == [
        keys: [.handshakeRate], logins: [.loginRate], open: [.addressConnections],
      ])
    #expect(bench.told.allSatisfy { $0.weight == 10 })
    #expect((29...31).contains(bench.told.count))
  }

  @Test("what a network or everybody may not do is charged to nobody; nor what only shadows")
  func others() {
    var bench = Bench {
      $0.address.connectionsPerSecond = nil
      $0.prefix.connectionsPerSecond = 5
      $0.gateway.connectionsPerSecond = 5
    }
    bench.flood(flooder, perSecond: 200, seconds: 30)
    bench.flood(IPAddress(ipv4: 0xc633_6401), perSecond: 200, seconds: 30)
    #expect(bench.told == [])
    var shadow = Bench { $0.address.mode = .shadow }
    shadow.flood(flooder, perSecond: 200, seconds: 30)
    #expect(shadow.told == [])
    var exempt = Bench {
      $0.address.exempt = [AddressPrefix(containing: IPAddress(ipv4: 0xcb00_7107), length: 32)]
    }
    exempt.flood(flooder, perSecond: 200, seconds: 30)
    #expect(exempt.told == [])
  }

  @Test("G1: 100,000 addresses of one /64 that connect are one bucket, one flood and one ban")
  func oneNetwork() {
    var bench = Bench()
    for low in 0..<100_000 as Range<UInt64> {
      bench.connect(
        IPAddress(ipv6High: 0x2001_0db8_0001_0000, low: low &* 0x9e37_79b9_7f4a_7c15))
      bench.wait(.microseconds(600))
    }
    #expect(bench.rig.targets == ["2001:db8:1::/64"])
    #expect((5...7).contains(bench.told.count))
    #expect(bench.rig.book.scoreCount == 1)
  }

  @Test("protected addresses are told and never banned")
  func protected() {
    var bench = Bench()
    bench.rig = BookRig(protected: ["203.0.113.7/32"])
    bench.flood(flooder, perSecond: 200, seconds: 120)
    #expect(!bench.told.isEmpty && bench.rig.targets == [])
  }

  @Test("of floods from more addresses than are told in a second, a part is told")
  func bounded() {
    var bench = Bench {
      $0.prefix.mode = .off
      $0.gateway.mode = .off
    }
    for host in 0..<3000 as Range<UInt32> {
      for _ in 0..<45 { bench.connect(IPAddress(ipv4: 0x0b00_0001 + host << 8)) }
    }
    #expect(bench.table.floods.take().count == 1024)
    #expect(bench.table.floods.take() == [])
  }
}
