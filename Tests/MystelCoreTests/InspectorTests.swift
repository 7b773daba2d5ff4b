import MystelCore
import MystelTesting
import MystelWire
import Testing

/// What the inspector does between packets.
@Suite struct InspectorTests {
  @Test("a session keeps its rules when a reload no longer knows its build")
  func keepsRules() throws {
    var inspector = try bound()
    inspector.adopt(.bare([367_080]))
    let (build, rules) = (inspector.build?.pack.build, inspector.policy.rules.count)
    #expect(build == 367_081)
    #expect(rules == 1)
    let verdict = judge(&inspector, [8, 0, 200, 0, 9, 0, 0, 0])
    #expect(verdict == .drop(.valueOutOfRange))
  }

  @Test("a reload changes the verdict of the very next packet")
  func changesVerdict() throws {
    var inspector = try bound()
    let packet: [UInt8] = [8, 0, 200, 0, 9, 0, 0, 0]
    let before = judge(&inspector, packet)
    #expect(before == .drop(.valueOutOfRange))
    inspector.adopt(try policy(atMost: 9))
    let after = judge(&inspector, packet)
    #expect(after == .forward)
  }

  @Test("before the first packet the server may speak, and the client may not")
  func first() throws {
    var inspector = GameInspector(
      policy: try policy(atMost: 5), builds: [367_081], unknownBuild: .refuse,
      now: Instant(nanoseconds: 1))
    var outlet = PacketOutlet()
    let told = inspector.inspect(
      [4, 0, 1, 0].span.bytes, opcode: 1, direction: .toClient, outlet: &outlet)
    #expect(told == .forward)
    let said = judge(&inspector, [4, 0, 200, 0])
    #expect(said == .close(.firstPacketUnexpected))
  }

  private func bound() throws -> GameInspector {
    var inspector = GameInspector(
      policy: try policy(atMost: 5), builds: [367_081], unknownBuild: .refuse,
      now: Instant(nanoseconds: 1))
    let verdict = judge(&inspector, CheckVersion(build: 367_081, second: 1).packet())
    #expect(verdict == .forward)
    return inspector
  }

  private func judge(_ inspector: inout GameInspector, _ packet: [UInt8]) -> Verdict {
    var outlet = PacketOutlet()
    let opcode = UInt16(packet[2]) | UInt16(packet[3]) << 8
    return inspector.inspect(
      packet.span.bytes, opcode: opcode, direction: .toBackend, outlet: &outlet)
  }

  /// A build with one packet of one number, and one rule on it.
  private func policy(atMost: Int64) throws -> InspectionPolicy {
    let layout = LayoutText.parse("packet C_X in always\n  page i32\n", patch: 92)
      .declarations.first?.layout
    let pack = BuildPack(
      build: 367_081, patch: 9204, label: "test",
      opcodes: ["C_CHECK_VERSION": TeraBuild.checkVersionOpcode, "C_X": 200],
      packets: ["C_X": PacketTraits(layout: layout, phases: .always)])
    let rule = Rule(
      id: "500-page", title: "", why: "", source: "", confidence: .high, action: .discard,
      reason: .valueOutOfRange, weight: 1,
      checks: [.field(packets: ["C_X"], field: "page", .range(0...atMost))])
    return try InspectionPolicy(packs: [pack], rules: [rule], profile: .strict)
  }
}
