import MystelCore
import Testing

@Suite("Admission under attack") struct AdmissionControlTests {
  @Test("a signal that lasts two seconds raises the state; one second does not")
  func rises() {
    var bench = ControlBench()
    #expect(bench.second(connections: 300) == nil)
    #expect(bench.second(connections: 10) == nil)
    #expect(bench.second(connections: 300) == nil)
    let change = bench.second(connections: 300)
    #expect(change?.to == .elevated)
    #expect(change?.why == "300 connections a second")
    #expect(bench.second(connections: 300) == nil)
  }

  @Test("each signal alone brings the attack about", arguments: [0, 1, 2])
  func signals(kind: Int) {
    var bench = ControlBench()
    var change: AdmissionControl.Change?
    for _ in 0..<2 {
      switch kind {
      case 0: change = bench.second(connections: 5000)
      case 1: change = bench.second(failures: 300)
      default: change = bench.second(lag: 600_000_000)
      }
    }
    #expect(change?.to == .underAttack)
  }

  @Test("the state falls a step at a time, after a calm that nothing interrupts")
  func falls() {
    var bench = ControlBench()
    for _ in 0..<2 { _ = bench.second(connections: 5000) }
    for _ in 0..<20 { #expect(bench.second() == nil) }
    // Not beyond the threshold, and not calm either.
    #expect(bench.second(connections: 900) == nil)
    for _ in 0..<30 { #expect(bench.second() == nil) }
    #expect(bench.second()?.to == .elevated)
    for _ in 0..<30 { #expect(bench.second() == nil) }
    let last = bench.second()
    #expect(last?.to == .normal)
    #expect(last?.why == "calm for 30.0 seconds")
  }

  @Test("around a threshold the state does not flap")
  func hysteresis() {
    var bench = ControlBench()
    var changes = 0
    for second in 0..<600 where bench.second(connections: second % 2 == 0 ? 205 : 195) != nil {
      changes += 1
    }
    #expect(changes <= 1)
    for second in 0..<600 where bench.second(connections: second % 4 < 2 ? 205 : 195) != nil {
      changes += 1
    }
    #expect(changes == 1)
  }

  @Test("a state tightens under enforce alone")
  func modes() {
    for (mode, isTighter) in [(Configuration.Mode.shadow, false), (.enforce, true)] {
      var bench = ControlBench { $0.mode = mode }
      for _ in 0..<2 { _ = bench.second(connections: 5000) }
      #expect(bench.control.state == .underAttack)
      #expect((bench.control.tightening != Tightening()) == isTighter)
      #expect((bench.control.keys != nil) == isTighter)
    }
    var off = ControlBench { $0.mode = .off }
    for _ in 0..<5 { #expect(off.second(connections: 5000) == nil) }
  }
}

/// A control with a clock that goes by seconds.
private struct ControlBench {
  var control: AdmissionControl
  private var now = Instant(nanoseconds: 0)

  init(_ change: (inout AdmissionSettings) -> Void = { _ in }) {
    var settings = AdmissionSettings()
    change(&settings)
    control = AdmissionControl(settings)
  }

  mutating func second(
    connections: UInt64 = 0, failures: UInt64 = 0, lag: UInt64 = 0
  ) -> AdmissionControl.Change? {
    now = now + .seconds(1)
    return control.observe(
      .init(connections: connections, failures: failures, loopLagNanoseconds: lag), now: now)
  }
}
