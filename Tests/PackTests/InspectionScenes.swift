import MystelCore
import MystelWire

/// Sessions of one build, brought to a phase anew for each packet that is tried on them.
struct InspectionScenes: ~Copyable {
  private struct Step {
    var packet: [UInt8]
    var direction: Direction
  }

  private let pack: BuildPack
  private let policy: InspectionPolicy
  /// What is said until the last phase, and how much of it until each.
  private var steps: [Step]
  private var ends: [GamePhase: Int] = [.start: 0, .login: 1]
  private var outlet = PacketOutlet()
  /// The packet that took the place of the last one.
  private(set) var replacement: [UInt8] = []

  init(_ pack: BuildPack, _ policy: InspectionPolicy) throws {
    self.pack = pack
    self.policy = policy
    let version = CheckVersion(build: pack.build, second: 1).packet()
    steps = [Step(packet: version, direction: .toBackend)]
    try hear("S_LOGIN_ARBITER", [.init(name: "success", value: .bool(true))])
    ends[.lobby] = steps.count
    try hear("S_LOGIN", [.init(name: "gameId", value: .unsigned(42))])
    try hear("S_LOAD_TOPO", [])
    ends[.loading] = steps.count
    try hear("S_SPAWN_ME", [.init(name: "alive", value: .bool(true))])
    ends[.world] = steps.count
  }

  /// Tries a client's packet in a phase.
  mutating func judge(_ packet: [UInt8], in phase: GamePhase) -> Verdict {
    guard let end = ends[phase] else { return .close(.firstPacketUnexpected) }
    var inspector = GameInspector(
      policy: policy, builds: [pack.build], unknownBuild: .refuse,
      now: Instant(nanoseconds: 1_000_000_000))
    for step in steps[..<end] { inspect(step.packet, &inspector, step.direction) }
    return inspect(packet, &inspector, .toBackend)
  }

  @discardableResult
  private mutating func inspect(
    _ packet: [UInt8], _ inspector: inout GameInspector, _ direction: Direction
  ) -> Verdict {
    outlet.replacement.removeAll()
    outlet.findings.removeAll()
    guard let view = PacketView(packet.span.bytes) else { return .close(.packetTooShort) }
    let verdict = inspector.inspect(
      view.bytes, opcode: view.opcode, direction: direction, outlet: &outlet)
    replacement.removeAll(keepingCapacity: true)
    replacement.append(contentsOf: outlet.replacement.unsafeBytes)
    return verdict
  }

  private mutating func hear(_ name: String, _ fields: [PacketFields.Entry]) throws {
    guard let opcode = pack.opcodes[name], let layout = pack.packets[name]?.layout else {
      throw MissingPacket(name: name)
    }
    let packet = try layout.encode(PacketFields(fields), opcode: opcode)
    steps.append(Step(packet: packet, direction: .toClient))
  }
}

/// A pack has no layout of a packet that every session needs.
struct MissingPacket: Error {
  var name: String
}
