import MystelCore
import MystelWire

/// Shows the bytes to the inspection as packets of a build that has every kind of field.
///
/// Beside not trapping: what is let through, as it came or repaired, is let through unchanged when it
/// comes again.
package func fuzzInspection(_ bytes: [UInt8]) {
  guard let choice = bytes.first else { return }
  let opcode = 100 + UInt16(choice % InspectionScene.packetCount)
  var packet = [0, 0, UInt8(truncatingIfNeeded: opcode), 0] + bytes.dropFirst()
  packet[0] = UInt8(truncatingIfNeeded: packet.count)
  packet[1] = UInt8(truncatingIfNeeded: packet.count >> 8)
  var scene = InspectionScene()
  guard let first = scene.judge(packet) else { return }
  let verdict = first.verdict
  guard verdict == .forward || verdict == .rewrite else { return }
  let passed = verdict == .forward ? packet : first.replacement
  let second = scene.judge(passed)
  precondition(
    second?.verdict == .forward, "a packet that was let through is not, the second time")
}

/// An inspector behind the first packet of a session.
private struct InspectionScene: ~Copyable {
  static let packetCount: UInt8 = 5

  private static let build: UInt32 = 367_081
  private static let policy = makePolicy()

  private var inspector = GameInspector(
    policy: policy, builds: [build], unknownBuild: .refuse, now: Instant(nanoseconds: 1))
  private var outlet = PacketOutlet()

  init() {
    _ = judge(CheckVersion(build: Self.build, second: 1).packet())
  }

  mutating func judge(_ packet: [UInt8]) -> (verdict: Verdict, replacement: [UInt8])? {
    outlet.replacement.removeAll()
    outlet.findings.removeAll()
    guard let view = PacketView(packet.span.bytes) else { return nil }
    let verdict = inspector.inspect(
      view.bytes, opcode: view.opcode, direction: .toBackend, outlet: &outlet)
    return (verdict, outlet.replacement.unsafeBytes.map { $0 })
  }

  private static let layouts = """
    packet C_A in always
      flag bool
      small u8
      place vec3
      exact f64
      text string ..8

    packet C_B in always
      first string ..4
      data bytes ..8
      second string

    packet C_C in always
      list array ..4
        number i32
        name string ..4
        inner array ..2
          - u16
      amount i64

    packet C_D in always
      left array ..4 interleaved
        id u32
      right array ..4 interleaved
        - vec3
      price i64
      count i32

    packet C_E in always
      text string
      ref text
      number u16
    """

  private static func makePolicy() -> InspectionPolicy {
    var opcodes = ["C_CHECK_VERSION": TeraBuild.checkVersionOpcode]
    var packets: [String: PacketTraits] = [:]
    let declarations = LayoutText.parse(layouts, patch: 92).declarations
    for (index, declaration) in declarations.enumerated() {
      opcodes[declaration.name] = 100 + UInt16(index)
      packets[declaration.name] = PacketTraits(
        layout: declaration.layout, phases: .always,
        integrity: declaration.name == "C_B" ? .possible : .absent)
    }
    let pack = BuildPack(
      build: build, patch: 9204, label: "fuzz", opcodes: opcodes, packets: packets)
    do {
      return try InspectionPolicy(packs: [pack], rules: rules, profile: .strict)
    } catch {
      preconditionFailure("the rules of the fuzzer are wrong: \(error)")
    }
  }

  private static var rules: [Rule] {
    let fixes: Set<Rule.Structure> = [
      .unterminated, .order, .trailing, .textForm, .limits, .bool, .notFinite,
    ]
    let forms = Rule.Structure.allCases.enumerated().map { index, form in
      rule("0\(10 + index)-form", fixes.contains(form) ? .fix : .discard, .structure(form))
    }
    return forms + [
      rule("300-markup", .fix, .field(packets: ["C_A"], field: "text", .text(.markup))),
      rule("301-plain", .fix, .field(packets: ["C_B"], field: "second", .text(.plain))),
      rule("302-name", .fix, .field(packets: ["C_C"], field: "list.name", .text(.name))),
      rule("303-count", .fix, .field(packets: ["C_E"], field: "text", .count(0...6))),
      rule("400-range", .fix, .field(packets: ["C_C"], field: "list.number", .range(1...9))),
      rule("401-multiple", .fix, .field(packets: ["C_E"], field: "number", .multiple(of: 7))),
      rule("402-one", .fix, .field(packets: ["C_A"], field: "small", .oneOf([1, 2, 200]))),
      rule(
        "403-product", .discard,
        .relation(packets: ["C_D"], left: "price", .productAtMost(1000), right: "count")),
      rule("404-far", .fix, .field(packets: ["C_D"], field: "right", .count(0...3))),
    ]
  }

  private static func rule(
    _ id: String, _ action: Rule.Action, _ check: Rule.Check
  ) -> Rule {
    Rule(
      id: id, title: id, why: "", source: "", confidence: .certain, action: action,
      reason: .valueOutOfRange, weight: 0, checks: [check])
  }
}
