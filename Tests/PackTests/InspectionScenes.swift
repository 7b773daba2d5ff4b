import MystelCore
import MystelWire

/// Inspectors of one build, each with a session's way to a phase behind it, to be tried on packets.
struct InspectionScenes: ~Copyable {
  private let pack: BuildPack
  private var scenes: [GamePhase: GameInspector] = [:]
  private var outlet = PacketOutlet()
  /// The packet that took the place of the last one.
  private(set) var replacement: [UInt8] = []

  init(_ pack: BuildPack, _ policy: InspectionPolicy) throws {
    self.pack = pack
    var inspector = GameInspector(
      policy: policy, builds: [pack.build], unknownBuild: .refuse,
      now: Instant(nanoseconds: 1_000_000_000))
    scenes[.start] = inspector
    inspect(CheckVersion(build: pack.build, second: 1).packet(), &inspector, .toBackend)
    scenes[.login] = inspector
    try hear("S_LOGIN_ARBITER", [.init(name: "success", value: .bool(true))], &inspector)
    scenes[.lobby] = inspector
    try hear("S_LOGIN", [.init(name: "gameId", value: .unsigned(42))], &inspector)
    try hear("S_LOAD_TOPO", [], &inspector)
    scenes[.loading] = inspector
    try hear("S_SPAWN_ME", [.init(name: "alive", value: .bool(true))], &inspector)
    scenes[.world] = inspector
  }

  /// Tries a client's packet in a phase; the phase is as before afterwards.
  mutating func judge(_ packet: [UInt8], in phase: GamePhase) -> Verdict {
    guard var inspector = scenes[phase] else { return .close(.firstPacketUnexpected) }
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
    replacement = outlet.replacement.unsafeBytes.map { $0 }
    return verdict
  }

  private mutating func hear(
    _ name: String, _ fields: [PacketFields.Entry], _ inspector: inout GameInspector
  ) throws {
    guard let opcode = pack.opcodes[name], let layout = pack.packets[name]?.layout else {
      throw MissingPacket(name: name)
    }
    inspect(try layout.encode(PacketFields(fields), opcode: opcode), &inspector, .toClient)
  }
}

/// A pack has no layout of a packet that every session needs.
struct MissingPacket: Error {
  var name: String
}
