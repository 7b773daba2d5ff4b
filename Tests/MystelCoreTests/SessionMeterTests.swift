import MystelCore
import MystelTesting
import Testing

@Suite("Session meters") struct SessionMeterTests {
  @Test("whoever keeps to the rate is never held, however long")
  func steady() {
    var bench = MeterBench { $0.packetsPerSecond = 100 }
    for _ in 0..<20_000 {
      #expect(bench.send() == .pass)
      bench.wait(.milliseconds(10))
    }
  }

  @Test("a session begins with one second's credit")
  func start() {
    var bench = MeterBench { $0.packetsPerSecond = 100 }
    #expect(bench.sendUntilRefused() == 100)
  }

  @Test("credit earned in seven silent seconds is kept, and no more", arguments: 1...30)
  func silence(seconds: Int) {
    var bench = MeterBench { $0.packetsPerSecond = 100 }
    _ = bench.sendUntilRefused()
    bench.wait(.seconds(seconds))
    let expected = min(seconds, 7) * 100
    #expect((expected - 1...expected).contains(bench.sendUntilRefused()))
  }

  @Test(
    "ten skills a second with their movement, 100 packets, stalled for 1 to 7 s come at once",
    arguments: 1...7)
  func playersStall(seconds: Int) {
    var bench = MeterBench { _ in }
    for second in 0..<120 {
      let isStalled = second % 20 >= 20 - seconds
      if isStalled {
        bench.wait(.seconds(1))
        if second % 20 < 19 { continue }
        for _ in 0..<(seconds * 100) { #expect(bench.send(bytes: 43) == .pass) }
        continue
      }
      for _ in 0..<100 {
        #expect(bench.send(bytes: 43) == .pass)
        bench.wait(.milliseconds(10))
      }
    }
  }

  @Test("a stall of half a minute that was not the player's earns its whole worth")
  func ourStall() {
    var bench = MeterBench { $0.packetsPerSecond = 100 }
    bench.wait(.seconds(60))
    let since = bench.now
    #expect(bench.sendUntilRefused() == 700)
    bench.wait(.seconds(30))
    bench.meter.excuse(since: since, now: bench.now)
    #expect((2999...3000).contains(bench.sendUntilRefused()))
    // It is owed once.
    bench.wait(.seconds(60))
    #expect((699...700).contains(bench.sendUntilRefused()))
  }

  @Test("the one-second window bounds what credit may do at once")
  func peak() {
    var bench = MeterBench {
      $0.packetsPerSecond = 100
      $0.burstPackets = 150
    }
    bench.wait(.seconds(60))
    #expect(bench.sendUntilRefused() == 150)
    bench.wait(.seconds(1))
    #expect((149...150).contains(bench.sendUntilRefused()))
  }

  @Test("an expensive packet takes its cost, a long one its bytes")
  func cost() {
    var bench = MeterBench { $0.packetsPerSecond = 100 }
    for _ in 0..<5 { #expect(bench.send(cost: 20) == .pass) }
    #expect(bench.send(cost: 20) != .pass)
    var bytes = MeterBench {
      $0.packetsPerSecond = nil
      $0.bytesPerSecond = 10_000
      $0.reaction = .drop
    }
    for _ in 0..<10 { #expect(bytes.send(bytes: 1000) == .pass) }
    #expect(bytes.send(bytes: 1000) == .drop(.byteRate))
  }

  @Test("a delay ends when the debt is paid")
  func delay() {
    var bench = MeterBench { $0.packetsPerSecond = 100 }
    _ = bench.sendUntilRefused()
    // The refused one was taken: one hundredth of a second for it, and one for the next.
    guard case .delay(let until) = bench.send() else {
      Issue.record("not delayed")
      return
    }
    #expect(until == bench.now + .milliseconds(20))
    bench.now = until
    #expect(bench.send() == .delay(until: until + .milliseconds(10)))
  }

  @Test(
    "the reactions are a ladder",
    arguments: zip(
      SessionLimits.Reaction.allCases,
      [
        "count", "delay", "coalesce", "drop(packetRate)", "close(packetRate)", "ban(packetRate)",
      ]))
  func reactions(reaction: SessionLimits.Reaction, outcome: String) {
    var bench = MeterBench {
      $0.packetsPerSecond = 100
      $0.reaction = reaction
    }
    for _ in 0..<100 { #expect(bench.send() == .pass) }
    let found = "\(bench.send())".replacing("MystelCore.Reason.", with: "")
    #expect(found.hasPrefix(outcome), "\(found)")
  }

  @Test("in shadow everything is counted and passes; off, and unlimited, nothing is")
  func modes() {
    for mode in [Configuration.Mode.off, .shadow] {
      var bench = MeterBench {
        $0.packetsPerSecond = 100
        $0.mode = mode
        $0.reaction = .ban
      }
      for _ in 0..<100 { #expect(bench.send() == .pass) }
      #expect(bench.send() == (mode == .off ? .pass : .count))
    }
    var unlimited = MeterBench {
      $0.packetsPerSecond = nil
      $0.bytesPerSecond = nil
    }
    for _ in 0..<100_000 { #expect(unlimited.send(cost: 1000, bytes: 65535) == .pass) }
  }

  @Test("nothing overflows, whatever the limits and the clock")
  func extremes() {
    for rate in [1, 1_000_000] {
      var bench = MeterBench {
        $0.packetsPerSecond = rate
        $0.burstPackets = 10_000_000
        $0.bytesPerSecond = 100_000_000
      }
      for start in [UInt64(0), 1, 1 << 60] {
        bench.now = Instant(nanoseconds: start)
        for _ in 0..<1000 { _ = bench.send(cost: 1000, bytes: 65535) }
      }
    }
  }
}

/// A meter with a clock.
private struct MeterBench {
  var meter: SessionMeter
  var now = Instant(nanoseconds: 5_000_000_000)

  init(_ change: (inout SessionLimits) -> Void) {
    var limits = SessionLimits()
    change(&limits)
    meter = SessionMeter(limits, now: now)
  }

  mutating func send(cost: Int = 1, bytes: Int = 40) -> SessionMeter.Outcome {
    meter.charge(cost: cost, byteCount: bytes, now: now)
  }

  mutating func wait(_ duration: Duration) { now = now + duration }

  /// How many packets pass at once; the first that does not is taken where it is delayed.
  mutating func sendUntilRefused() -> Int {
    var count = 0
    while send(bytes: 0) == .pass { count += 1 }
    return count
  }
}
