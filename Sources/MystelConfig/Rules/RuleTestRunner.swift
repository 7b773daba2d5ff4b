import MystelCore
import MystelWire

/// Tries a rule's cases in every build that it concerns, with no other rule in force.
package struct RuleTestRunner {
  /// What came of one rule's folder.
  package struct Report: Sendable, Equatable {
    package var rule: String
    /// Cases tried, one for each build.
    package var tried = 0
    package var hits = 0
    package var misses = 0
    /// What went otherwise than expected, in words.
    package var failures: [String] = []
    package var isGood: Bool { failures.isEmpty }
  }

  /// The rule that is tried; nil for all of a policy.
  private let rule: Rule?
  private let packs: [BuildPack]
  private var report: Report
  /// What all packets are held to; nil for the rule alone.
  private var policy: InspectionPolicy?
  /// The rule alone, by build.
  private var alone: [UInt32: InspectionPolicy] = [:]

  /// Runs all cases of a rule.
  package static func run(_ rule: Rule, _ tests: [RuleTest], packs: [BuildPack]) -> Report {
    var runner = RuleTestRunner(rule: rule, packs: packs)
    for test in tests { runner.run(test) }
    if runner.report.hits == 0 { runner.fail("has no case that hits") }
    if runner.report.misses == 0 { runner.fail("has no case that misses") }
    return runner.report
  }

  /// Runs cases under a whole policy, as it is in force.
  static func run(
    _ tests: [RuleTest], policy: InspectionPolicy, packs: [BuildPack]
  ) -> (tried: Int, failures: [String]) {
    var runner = RuleTestRunner(rule: nil, packs: packs)
    runner.policy = policy
    for test in tests { runner.run(test) }
    return (runner.report.tried, runner.report.failures)
  }

  /// Runs cases of a rule alone, without asking for those that hit and those that miss.
  static func run(
    _ tests: [RuleTest], of rule: Rule, packs: [BuildPack]
  ) -> (tried: Int, failures: [String]) {
    var runner = RuleTestRunner(rule: rule, packs: packs)
    for test in tests { runner.run(test) }
    return (runner.report.tried, runner.report.failures)
  }

  /// Runs a case that hits in every build, under a whole policy.
  static func runHit(
    _ test: RuleTest, of rule: Rule, policy: InspectionPolicy, packs: [BuildPack]
  ) -> (tried: Int, failures: [String]) {
    var runner = RuleTestRunner(rule: rule, packs: packs)
    let wanted = test.builds.isEmpty ? rule.builds : test.builds
    for pack in packs where wanted?.contains(pack.build) ?? true {
      guard pack.opcodes[test.packet.name] != nil else { continue }
      do {
        try runner.runHit(test, policy, pack)
      } catch {
        runner.fail("\(test.title), build \(pack.build): \(error)")
      }
    }
    return (runner.report.tried, runner.report.failures)
  }

  private mutating func runHit(
    _ test: RuleTest, _ policy: InspectionPolicy, _ pack: BuildPack
  ) throws {
    report.tried += 1
    var session = InspectedSession(pack: pack, policy: policy)
    try session.enter(test.scene, status: test.status)
    for earlier in test.before { _ = try send(earlier, &session, pack, from: earlier.sender) }
    let verdict = try send(test.packet, &session, pack)
    if verdict == .forward { fail("\(test.title), build \(pack.build): was forwarded") }
    if case .close = verdict { return }
    guard let opcode = pack.opcodes["C_SERVER_TIME"], test.scene != .start, test.scene != .login
    else { return }
    let honest = [4, 0, UInt8(truncatingIfNeeded: opcode), UInt8(truncatingIfNeeded: opcode >> 8)]
    if session.send(honest, from: .client) != .forward {
      fail("\(test.title), build \(pack.build): the session does not go on")
    }
  }

  private init(rule: Rule?, packs: [BuildPack]) {
    self.rule = rule
    self.packs = packs
    report = Report(rule: rule?.id ?? "")
  }

  private mutating func fail(_ text: String) {
    report.failures.append(rule.map { "\($0.id): \(text)" } ?? text)
  }

  private mutating func run(_ test: RuleTest) {
    let wanted = test.builds.isEmpty ? rule?.builds : test.builds
    var wasTried = false
    for pack in packs where wanted?.contains(pack.build) ?? true {
      guard pack.opcodes[test.packet.name] != nil else { continue }
      wasTried = true
      report.tried += 1
      do {
        try run(test, in: pack)
      } catch {
        fail("\(test.title), build \(pack.build): \(error)")
      }
    }
    guard wasTried else { return fail("\(test.title): no build has \(test.packet.name)") }
    if test.expect == .forward { report.misses += 1 } else { report.hits += 1 }
  }

  private mutating func run(_ test: RuleTest, in pack: BuildPack) throws {
    var session = InspectedSession(pack: pack, policy: try policy(for: pack))
    try session.enter(test.scene, status: test.status)
    for earlier in test.before {
      let verdict = try send(earlier, &session, pack, from: earlier.sender)
      guard verdict == .forward else {
        return fail(
          "\(test.title), build \(pack.build): \(earlier.name) before it was not forwarded")
      }
    }
    let verdict = try send(test.packet, &session, pack)
    var outcome = RuleTest.Outcome(verdict)
    if outcome == .forward, session.findings > 0 { outcome = .count }
    guard outcome == test.expect else {
      return fail(
        "\(test.title), build \(pack.build): \(outcome.rawValue), expected \(test.expect.rawValue)")
    }
    if test.becomes != nil { try check(session.replacement, test, pack) }
  }

  private mutating func policy(for pack: BuildPack) throws -> InspectionPolicy {
    if let policy = policy ?? alone[pack.build] { return policy }
    let policy = try InspectionPolicy(
      packs: [pack], rules: rule.map { [$0] } ?? [],
      overrides: rule.map { [$0.id: .enforce] } ?? [:])
    alone[pack.build] = policy
    return policy
  }

  /// Sends a packet as often as its case says. - Returns: the verdict on the last.
  private func send(
    _ packet: RuleTest.Packet, _ session: inout InspectedSession, _ pack: BuildPack,
    from side: Side = .client
  ) throws -> Verdict {
    let bytes = try bytes(packet, pack)
    var verdict = Verdict.forward
    session.wait(packet.wait)
    for number in 0..<packet.times {
      if number > 0 { session.wait(packet.every) }
      verdict = session.send(bytes, from: side)
    }
    return verdict
  }

  private mutating func check(_ bytes: [UInt8], _ test: RuleTest, _ pack: BuildPack) throws {
    guard let layout = pack.packets[test.packet.name]?.layout,
      let view = PacketView(bytes.span.bytes)
    else { return fail("\(test.title): what was repaired is no packet") }
    let wanted = try FieldTree.fields(test.becomes, layout.body)
    let found = layout.decode(view)
    for entry in wanted.entries where found.fields[entry.name] != entry.value {
      let value = found.fields[entry.name].map { "\($0)" } ?? "nothing"
      fail("\(test.title), build \(pack.build): \(entry.name) became \(value)")
    }
  }

  private func bytes(_ packet: RuleTest.Packet, _ pack: BuildPack) throws -> [UInt8] {
    guard let opcode = pack.opcodes[packet.name] else {
      throw FieldTree.Fault(description: "the build has no \(packet.name)")
    }
    let layout =
      pack.packets[packet.name]?.layout
      ?? PacketLayout(name: packet.name, body: LayoutLevel(fields: [], fixedEnd: 4))
    let stamp = packet.stampCount.map { count in
      IntegrityHeader(
        count: UInt32(clamping: count), hash: UInt32(truncatingIfNeeded: packet.stampHash ?? 0))
    }
    var bytes = try layout.encode(
      try FieldTree.fields(packet.fields, layout.body), opcode: opcode, integrity: stamp)
    for patch in packet.patches where patch.at + 1 < bytes.count {
      bytes[patch.at] = UInt8(truncatingIfNeeded: patch.word)
      bytes[patch.at + 1] = UInt8(truncatingIfNeeded: patch.word >> 8)
    }
    if let cut = packet.cut { bytes.removeLast(max(0, bytes.count - max(cut, 4))) }
    if let append = packet.append {
      guard let more = FieldTree.bytes(append) else {
        throw FieldTree.Fault(description: "append must be hex digits")
      }
      bytes += more
    }
    guard bytes.count <= PacketView.maximumBytes else {
      throw FieldTree.Fault(description: "the packet is longer than 65535 bytes")
    }
    if packet.cut != nil || packet.append != nil {
      bytes[0] = UInt8(truncatingIfNeeded: bytes.count)
      bytes[1] = UInt8(truncatingIfNeeded: bytes.count >> 8)
    }
    return bytes
  }
}

extension RuleTest.Packet {
  /// Who sends packets of the name.
  fileprivate var sender: Side { name.hasPrefix("S_") ? .backend : .client }
}

extension RuleTest.Outcome {
  init(_ verdict: Verdict) {
    switch verdict {
    case .forward: self = .forward
    case .rewrite: self = .fix
    case .drop: self = .discard
    case .close: self = .close
    }
  }
}

/// An inspector with a session's login behind it.
struct InspectedSession: ~Copyable {
  private let pack: BuildPack
  private var inspector: GameInspector
  private var outlet = PacketOutlet()
  /// The packet that took the place of the last one.
  private(set) var replacement: [UInt8] = []

  init(pack: BuildPack, policy: InspectionPolicy) {
    self.pack = pack
    inspector = GameInspector(
      policy: policy, builds: [pack.build], unknownBuild: .refuse,
      now: Instant(nanoseconds: 1_000_000_000))
  }

  /// Goes through the login up to a scene.
  mutating func enter(_ scene: RuleTest.Scene, status: UInt32) throws {
    guard scene != .start else { return }
    _ = send(CheckVersion(build: pack.build, second: 1).packet(), from: .client)
    guard scene != .login else { return }
    try say("C_LOGIN_ARBITER")
    try say(
      "S_LOGIN_ARBITER",
      [
        .init(name: "success", value: .bool(true)),
        .init(name: "status", value: .unsigned(UInt64(status))),
      ])
    guard scene != .lobby else { return }
    try say("S_LOGIN", [.init(name: "gameId", value: .unsigned(42))])
    try say("S_LOAD_TOPO")
    guard scene != .loading else { return }
    try say("C_LOAD_TOPO_FIN")
    try say(
      "S_SPAWN_ME",
      [.init(name: "gameId", value: .unsigned(42)), .init(name: "alive", value: .bool(true))])
  }

  private mutating func say(_ name: String, _ fields: [PacketFields.Entry] = []) throws {
    guard let opcode = pack.opcodes[name], let layout = pack.packets[name]?.layout else { return }
    _ = send(
      try layout.encode(PacketFields(fields), opcode: opcode),
      from: name.hasPrefix("S_") ? .backend : .client)
  }

  /// The findings of the last packet.
  var findings: Int { outlet.findings.findings.count }

  /// Lets time pass.
  mutating func wait(_ milliseconds: Double) {
    inspector.now = Instant(
      nanoseconds: inspector.now.nanoseconds &+ UInt64(milliseconds * 1_000_000))
  }

  mutating func send(_ bytes: [UInt8], from side: Side) -> Verdict {
    outlet.replacement.removeAll()
    outlet.findings.removeAll()
    guard let view = PacketView(bytes.span.bytes) else { return .close(.packetTooShort) }
    let verdict = inspector.inspect(
      view.bytes, opcode: view.opcode, direction: side.outgoing, outlet: &outlet)
    replacement = outlet.replacement.unsafeBytes.map { $0 }
    return verdict
  }
}
