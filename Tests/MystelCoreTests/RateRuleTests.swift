import MystelCore
import MystelTesting
import MystelWire
import Testing

/// What rules of the kind `rate` do to packets that come too often.
@Suite("Rules on rates") struct RateRuleTests {
  @Test("count lets everything pass and tells of it")
  func count() throws {
    var bench = try RateBench(.count)
    for _ in 0..<5 { #expect(bench.send() == .forward) }
    #expect(bench.findings == 3)
    #expect(bench.heldUntil == nil)
  }

  @Test("delay lets the packet pass and has the client wait until its debt is paid")
  func delay() throws {
    var bench = try RateBench(.delay)
    #expect(bench.send() == .forward)
    #expect(bench.send() == .forward)
    #expect(bench.heldUntil == nil)
    #expect(bench.send() == .forward)
    #expect(bench.heldUntil == bench.now + .seconds(1))
    let delayed = bench.inspector.meterWork.delayed
    #expect(delayed == 1)
    bench.now = bench.now + .seconds(2)
    #expect(bench.send() == .forward)
    #expect(bench.heldUntil == nil)
  }

  @Test("coalesce leaves out a repeat of an idempotent packet, and delays any other")
  func coalesce() throws {
    var bench = try RateBench(.coalesce)
    _ = bench.send(value: 1)
    _ = bench.send(value: 1)
    #expect(bench.send(value: 1) == .drop(.coalesced))
    #expect(bench.heldUntil == nil)
    #expect(bench.send(value: 2) == .forward)
    #expect(bench.heldUntil != nil)
    #expect(bench.send(value: 2) == .drop(.coalesced))
    // Something else came between: it is no repeat.
    _ = bench.sendOther()
    #expect(bench.send(value: 2) == .forward)
  }

  @Test("a repeat within the rate is passed on")
  func repeatsInRate() throws {
    var bench = try RateBench(.coalesce)
    #expect(bench.send(value: 1) == .forward)
    #expect(bench.send(value: 1) == .forward)
  }

  @Test("ban closes, and is remembered")
  func ban() throws {
    var bench = try RateBench(.ban)
    _ = bench.send()
    _ = bench.send()
    let before = bench.inspector.earnedBan
    #expect(!before)
    #expect(bench.send() == .close(.rateExceeded))
    let after = bench.inspector.earnedBan
    #expect(after)
  }

  @Test("only a rate can delay or coalesce", arguments: [Rule.Action.delay, .coalesce])
  func onlyRates(action: Rule.Action) throws {
    #expect(throws: RuleFault.self) {
      try RateBench.policy(action, .length(packets: ["C_X"], 4...8))
    }
  }
}

/// An inspector under one rule: two C_X at once, and one a second.
private struct RateBench: ~Copyable {
  var inspector: GameInspector
  var now = Instant(nanoseconds: 1_000_000_000)
  var heldUntil: Instant?
  var findings = 0

  init(_ action: Rule.Action) throws {
    inspector = GameInspector(
      policy: try Self.policy(action, .rate(packets: ["C_X"], perSecond: 1, burst: 2)),
      builds: [367_081], unknownBuild: .refuse, now: now)
    _ = judge(CheckVersion(build: 367_081, second: 1).packet())
  }

  mutating func send(value: UInt8 = 0) -> Verdict { judge([8, 0, 200, 0, value, 0, 0, 0]) }
  mutating func sendOther() -> Verdict { judge([8, 0, 201, 0, 0, 0, 0, 0]) }

  private mutating func judge(_ packet: [UInt8]) -> Verdict {
    var outlet = PacketOutlet()
    inspector.now = now
    let verdict = inspector.inspect(
      packet.span.bytes, opcode: UInt16(packet[2]) | UInt16(packet[3]) << 8,
      direction: .toBackend, outlet: &outlet)
    heldUntil = outlet.heldUntil
    findings += outlet.findings.findings.count
    return verdict
  }

  static func policy(_ action: Rule.Action, _ check: Rule.Check) throws -> InspectionPolicy {
    let pack = BuildPack(
      build: 367_081, patch: 9204, label: "test",
      opcodes: ["C_CHECK_VERSION": TeraBuild.checkVersionOpcode, "C_X": 200, "C_Y": 201],
      packets: [
        "C_X": PacketTraits(phases: .always, isIdempotent: true),
        "C_Y": PacketTraits(phases: .always),
      ])
    let rule = Rule(
      id: "700-rate", title: "", why: "", source: "", confidence: .high, action: action,
      reason: .rateExceeded, weight: 1, checks: [check])
    return try InspectionPolicy(packs: [pack], rules: [rule], profile: .strict)
  }
}
