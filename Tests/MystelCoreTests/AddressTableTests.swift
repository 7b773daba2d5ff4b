import MystelCore
import MystelTesting
import MystelWire
import Testing

@Suite("The table of addresses") struct AddressTableTests {
  @Test("A4: one address gets its burst, then its rate, and others never notice")
  func rate() {
    var bench = TableBench()
    #expect(bench.connect(1, times: 50) == 20)
    #expect(bench.connect(2, times: 20) == 20)
    bench.wait(.seconds(1))
    #expect(bench.connect(1, times: 50) == 10)
    #expect(bench.refusals == [.addressRate: 70])
  }

  @Test("A4: an address that goes on at five times its rate is refused for a minute")
  func block() {
    var bench = TableBench()
    for _ in 0..<5000 {
      _ = bench.connect(1, times: 1)
      bench.wait(.microseconds(200))
    }
    #expect((bench.refusals[.addressBlocked] ?? 0) > 4800)
    bench.wait(.seconds(58))
    #expect(bench.connect(1, times: 1) == 0)
    bench.wait(.seconds(70))
    #expect(bench.connect(1, times: 1) == 1)
  }

  @Test("an address just beyond its rate is capped, and not blocked")
  func capped() {
    var bench = TableBench { $0.address.concurrentConnections = nil }
    var admitted = 0
    for _ in 0..<2000 {
      admitted += bench.connect(1, times: 1)
      bench.wait(.milliseconds(50))
    }
    #expect((1015...1025).contains(admitted))
    #expect(bench.refusals[.addressBlocked] == nil)
  }

  @Test("connections open at once are counted exactly, and freed exactly once")
  func concurrent() {
    var bench = TableBench {
      $0.address.connectionsPerSecond = nil
      $0.address.concurrentConnections = 3
      $0.prefix.mode = .off
      $0.gateway.mode = .off
    }
    for _ in 0..<100 {
      #expect(bench.connect(1, times: 10) == 3)
      for _ in 0..<3 { bench.leave(1) }
    }
    bench.leave(1)
    #expect(bench.connect(1, times: 10) == 3)
  }

  @Test("handshakes and logins have rates of their own")
  func steps() {
    var bench = TableBench()
    var handshakes = 0
    var logins = 0
    for _ in 0..<100 {
      if bench.handshake(1) == nil { handshakes += 1 }
      if bench.login(1) == nil { logins += 1 }
    }
    #expect(handshakes == 20)
    #expect(logins == 10)
    #expect(bench.handshake(1) == .handshakeRate)
    #expect(bench.login(1) == .loginRate)
    #expect(bench.login(2) == nil)
  }

  @Test("a /24 of IPv4 is one network")
  func network() {
    var bench = TableBench { $0.gateway.mode = .off }
    var admitted = 0
    for host in 0..<256 { admitted += bench.connect(UInt32(host), times: 1) }
    #expect(admitted == 100)
    #expect(bench.refusals[.prefixRate] == 156)
    #expect(bench.connect(0x0101_0101, times: 1) == 1)
  }

  @Test("a hundred thousand addresses of one /64 are one")
  func slash64() {
    var bench = TableBench()
    var admitted = 0
    for low in 0..<100_000 {
      admitted += bench.connect(ipv6: 0x2001_0db8_0000_0001, low: UInt64(low))
    }
    #expect(admitted == 20)
  }

  @Test("a /56 counts as one source once four of its networks have misbehaved, not before")
  func widening() {
    var bench = TableBench { $0.gateway.mode = .off }
    // Quiet neighbours, however many, are no source.
    for net in 0..<200 {
      #expect(bench.connect(ipv6: 0x2001_0db8_0000_0000 | UInt64(net), low: 1) == 1)
    }
    bench.wait(.seconds(60))
    for net in 0..<4 {
      for _ in 0..<30 { _ = bench.connect(ipv6: 0x2001_0db8_0000_0000 | UInt64(net), low: 1) }
    }
    var admitted = 0
    for net in 10..<250 {
      admitted += bench.connect(ipv6: 0x2001_0db8_0000_0000 | UInt64(net), low: 1)
    }
    #expect(admitted == 100)
    #expect(bench.connect(ipv6: 0x2001_0db8_0000_0100, low: 1) == 1)
  }

  @Test("a /48 counts as one source once sixteen networks all over it have misbehaved")
  func widerStill() {
    var bench = TableBench { $0.gateway.mode = .off }
    for net in 0..<16 {
      bench.misbehave(ipv6: 0x2001_0db8_0000_0000 | UInt64(net) << 8)
    }
    var admitted = 0
    for net in 100..<250 {
      admitted += bench.connect(ipv6: 0x2001_0db8_0000_0000 | UInt64(net) << 8, low: 1)
    }
    #expect(admitted == 100)
    // What was done is forgotten after some hours.
    bench.wait(.seconds(3 * 3600))
    admitted = 0
    for net in 100..<250 {
      admitted += bench.connect(ipv6: 0x2001_0db8_0000_0000 | UInt64(net) << 8, low: 1)
    }
    #expect(admitted == 150)
  }

  @Test("A5: a flood of new addresses forgets nobody who is blocked, open, known or near a limit")
  func eviction() {
    var bench = TableBench {
      $0.address.keys = 1024
      $0.gateway.mode = .off
      $0.prefix.mode = .off
    }
    // Blocked.
    _ = bench.connect(1, times: 1000)
    // Two connections open, of three.
    bench.change { $0.address.concurrentConnections = 3 }
    #expect(bench.connect(2, times: 2) == 2)
    // Near the limit of its logins.
    for _ in 0..<10 { _ = bench.login(3) }
    var random = SplitMix64(seed: 1)
    for _ in 0..<200_000 {
      let stranger = 0x0a00_0000 | UInt32(random.next(below: 1 << 24))
      if bench.connect(stranger, times: 1) == 1 { bench.leave(stranger) }
    }
    #expect(bench.connect(1, times: 1) == 0)
    #expect(bench.connect(2, times: 5) == 1)
    #expect(bench.login(3) == .loginRate)
  }

  @Test("A5: beyond the gateway's rate strangers wait, and those who have played come in")
  func gateway() {
    var bench = TableBench {
      $0.gateway.connectionsPerSecond = 100
      $0.prefix.mode = .off
    }
    for player in 0..<50 {
      #expect(bench.connect(0x0b00_0000 | UInt32(player) << 8, times: 1) == 1)
      bench.played(0x0b00_0000 | UInt32(player) << 8)
      bench.leave(0x0b00_0000 | UInt32(player) << 8)
    }
    bench.wait(.seconds(3600))
    var strangers = 0
    for host in 0..<5000 { strangers += bench.connect(0x0c00_0000 | UInt32(host) << 8, times: 1) }
    #expect(strangers == 200)
    for player in 0..<50 {
      #expect(bench.connect(0x0b00_0000 | UInt32(player) << 8, times: 1) == 1)
    }
  }

  @Test("under attack strangers share a small rate, and networks have a quarter")
  func tightened() {
    var bench = TableBench()
    bench.table.tightening = Tightening(prefixFactor: 4, strangersPerSecond: 50)
    var strangers = 0
    for host in 0..<1000 { strangers += bench.connect(0x0c00_0000 | UInt32(host) << 8, times: 1) }
    #expect(strangers == 50)
    #expect(bench.refusals[.underAttack] == 950)
  }

  @Test("in shadow everybody comes in and is counted; off, nobody is; exempt, neither")
  func modes() {
    var shadow = TableBench { $0.address.mode = .shadow }
    #expect(shadow.connect(1, times: 25) == 25)
    #expect(shadow.table.shadowed == [.addressRate: 5])
    var off = TableBench {
      $0.address.mode = .off
      $0.prefix.mode = .off
      $0.gateway.mode = .off
    }
    #expect(off.connect(1, times: 1000) == 1000)
    #expect(off.table.shadowed.isEmpty)
    var exempt = TableBench {
      $0.address.exempt = [AddressPrefix(containing: IPAddress(ipv4: 1), length: 32)]
    }
    #expect(exempt.connect(1, times: 1000) == 1000)
    #expect(exempt.connect(2, times: 1000) == 20)
  }

  @Test("a million keys take 96 MB at most; of keys that all matter, one in a thousand is left out")
  func million() {
    #expect(AddressTable.bytesPerKey * 1_000_000 <= 96_000_000)
    #expect(AddressTable.bytesPerKey * 4 / 5 == 64)
    var bench = TableBench {
      $0.address.keys = 100_000
      $0.prefix.mode = .off
      $0.gateway.mode = .off
      $0.address.concurrentConnections = 1
    }
    // Each address and its /24 take a key; everybody stays connected.
    for host in 0..<50_000 { #expect(bench.connect(UInt32(host) << 8, times: 1) == 1) }
    #expect(bench.table.untracked <= 100)
    var forgotten = 0
    for host in 0..<50_000 { forgotten += bench.connect(UInt32(host) << 8, times: 1) }
    #expect(forgotten <= 100)
  }
}

/// A table with a clock.
private struct TableBench: ~Copyable {
  var table: AddressTable
  var now = Instant(nanoseconds: 7_200_000_000_000)
  var refusals: [Reason: Int] = [:]
  private var limits: AddressLimits
  private var tickets: [IPAddress: [AddressTable.Ticket]] = [:]

  init(_ change: (inout AddressLimits) -> Void = { _ in }) {
    limits = AddressLimits()
    change(&limits)
    table = AddressTable(limits, seed: (1, 2))
  }

  mutating func change(_ change: (inout AddressLimits) -> Void) {
    change(&limits)
    table.adopt(limits)
  }

  /// How many of some connections are admitted.
  mutating func connect(_ host: UInt32, times: Int) -> Int {
    (0..<times).reduce(0) { sum, _ in sum + connect(IPAddress(ipv4: host)) }
  }

  mutating func connect(ipv6 high: UInt64, low: UInt64) -> Int {
    connect(IPAddress(ipv6High: high, low: low))
  }

  private mutating func connect(_ address: IPAddress) -> Int {
    switch table.connect(address, now: now) {
    case .admitted(let ticket):
      tickets[address, default: []].append(ticket)
      return 1
    case .refused(let reason):
      refusals[reason, default: 0] += 1
      return 0
    }
  }

  mutating func leave(_ host: UInt32) {
    let address = IPAddress(ipv4: host)
    guard let ticket = tickets[address]?.popLast() else { return }
    table.leave(address, ticket)
  }

  mutating func handshake(_ host: UInt32) -> Reason? {
    table.handshake(IPAddress(ipv4: host), now: now)
  }

  mutating func login(_ host: UInt32) -> Reason? {
    table.login(IPAddress(ipv4: host), now: now)
  }

  mutating func played(_ host: UInt32) { table.played(IPAddress(ipv4: host), now: now) }

  mutating func misbehave(ipv6 high: UInt64) {
    let address = IPAddress(ipv6High: high, low: 1)
    _ = connect(address)
    table.misbehaved(address, now: now)
  }

  mutating func wait(_ duration: Duration) { now = now + duration }
}
