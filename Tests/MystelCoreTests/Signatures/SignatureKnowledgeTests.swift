import MystelCore
import MystelTesting
import MystelWire
import Testing

/// Signatures that hold a player to what came before: they say nothing where that was not seen.
@Suite struct SignatureKnowledgeTests {
  private static let later = Signature.Measure.later(than: 1000, after: ["C_TALK"])
  private static let absent = Signature.Measure.absent(["C_TALK"], after: "S_LOAD_TOPO", for: 1)
  private static let unannounced = Signature.Measure.unannounced(field: "gameId", .npc)

  @Test("what came before a reload is not taken for missing", arguments: [later, absent])
  func reload(_ measure: Signature.Measure) throws {
    var bench = try KnowledgeBench(measure)
    bench.tell(.zone)
    bench.send(.talk)
    bench.inspector.adopt(try KnowledgeBench.policy(measure))
    bench.tell(.zone)
    bench.pass(500)
    if case .absent = measure { bench.pass(5000) }
    #expect(bench.send(.act) == 0)
  }

  @Test("what does not come after a reload is missed all the same")
  func afterReload() throws {
    var bench = try KnowledgeBench(Self.later)
    bench.inspector.adopt(try KnowledgeBench.policy(Self.later))
    bench.pass(1001)
    #expect(bench.send(.act) == 1)
  }

  @Test("each says so in a session that it saw from the start", arguments: [later, absent])
  func fresh(_ measure: Signature.Measure) throws {
    var bench = try KnowledgeBench(measure)
    bench.tell(.zone)
    bench.pass(5000)
    #expect(bench.send(.act) == 1)
  }

  @Test("things announced before a rule was on count as announced")
  func announcedBefore() throws {
    var bench = try KnowledgeBench(Self.unannounced, mode: .off)
    bench.tell(.spawn)
    bench.inspector.adopt(try KnowledgeBench.policy(Self.unannounced))
    #expect(bench.send(.act) == 0)
    // A minute into the next zone nothing of before may be acted on.
    bench.tell(.zone)
    bench.pass(59_000)
    #expect(bench.send(.act) == 0)
    bench.pass(2000)
    #expect(bench.send(.act) == 1)
    bench.tell(.spawn)
    #expect(bench.send(.act) == 0)
  }

  @Test("a reload that leaves a rule on keeps what it rests on")
  func stillOn() throws {
    var bench = try KnowledgeBench(Self.unannounced)
    bench.inspector.adopt(try KnowledgeBench.policy(Self.unannounced))
    #expect(bench.send(.act) == 1)
  }

  @Test(
    "a build without the packet that a signature waits for is not watched for it",
    arguments: [
      (later, "C_TALK"), (absent, "C_TALK"), (unannounced, "S_SPAWN_NPC"),
    ])
  func unknown(_ measure: Signature.Measure, _ missing: String) throws {
    var bench = try KnowledgeBench(measure, without: missing)
    bench.tell(.zone)
    bench.pass(5000)
    #expect(bench.send(.act) == 0)
  }
}

/// An inspector under one signature of C_ACT.
private struct KnowledgeBench: ~Copyable {
  enum Packet: UInt16 {
    case act = 200
    case talk, zone, spawn
  }

  private static let names: [(packet: Packet, name: String)] = [
    (.act, "C_ACT"), (.talk, "C_TALK"), (.zone, "S_LOAD_TOPO"), (.spawn, "S_SPAWN_NPC"),
  ]

  var inspector: GameInspector
  private var now = Instant(nanoseconds: 1_000_000_000)

  init(
    _ measure: Signature.Measure, mode: Configuration.Mode = .enforce, without missing: String = ""
  ) throws {
    inspector = GameInspector(
      policy: try Self.policy(measure, mode: mode, without: missing), builds: [367_081],
      unknownBuild: .refuse, now: now)
    _ = judge(CheckVersion(build: 367_081, second: 1).packet(), .toBackend)
  }

  mutating func pass(_ milliseconds: UInt64) { now = now + .milliseconds(milliseconds) }

  /// - Returns: findings.
  @discardableResult
  mutating func send(_ packet: Packet) -> Int { judge(bytes(packet), .toBackend) }
  mutating func tell(_ packet: Packet) { _ = judge(bytes(packet), .toClient) }

  private func bytes(_ packet: Packet) -> [UInt8] {
    [12, 0, UInt8(packet.rawValue), 0, 7, 0, 0, 0, 0, 0, 0, 0]
  }

  private mutating func judge(_ packet: [UInt8], _ direction: Direction) -> Int {
    var outlet = PacketOutlet()
    inspector.now = now
    _ = inspector.inspect(
      packet.span.bytes, opcode: UInt16(packet[2]) | UInt16(packet[3]) << 8,
      direction: direction, outlet: &outlet)
    return outlet.findings.findings.count
  }

  static func policy(
    _ measure: Signature.Measure, mode: Configuration.Mode = .enforce, without missing: String = ""
  ) throws -> InspectionPolicy {
    var opcodes = ["C_CHECK_VERSION": TeraBuild.checkVersionOpcode]
    var packets: [String: PacketTraits] = [:]
    for (packet, name) in names where name != missing {
      let layout = LayoutText.parse("packet \(name) in always\n  gameId u64\n", patch: 92)
        .declarations.first?.layout
      opcodes[name] = packet.rawValue
      packets[name] = PacketTraits(layout: layout, phases: .always)
    }
    let pack = BuildPack(
      build: 367_081, patch: 9204, label: "test", opcodes: opcodes, packets: packets)
    let rule = Rule(
      id: "500-own", title: "", why: "", source: "", confidence: .high, action: .count,
      reason: .toolSignature, weight: 1,
      checks: [.signature(Signature(packets: ["C_ACT"], measure: measure))])
    return try InspectionPolicy(
      packs: [pack], rules: [rule], profile: .strict, overrides: ["500-own": mode])
  }
}
