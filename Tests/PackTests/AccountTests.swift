import MystelCore
import MystelWire
import Testing

@Suite("An account")
struct AccountTests {
  /// An inspector, its client's first packets behind it.
  private struct Scene: ~Copyable {
    let pack: BuildPack
    var inspector: GameInspector
    var outlet = PacketOutlet()

    init(_ pack: BuildPack, _ policy: InspectionPolicy) {
      self.pack = pack
      inspector = GameInspector(
        policy: policy, builds: [pack.build], unknownBuild: .refuse,
        now: Instant(nanoseconds: 1_000_000_000_000))
      hear(CheckVersion(build: pack.build, second: 1).packet(), .toBackend)
    }

    mutating func logIn() throws {
      try hear(
        "C_LOGIN_ARBITER", [.init(name: "name", value: .text("victim"))], .toBackend)
    }

    mutating func hear(
      _ name: String, _ fields: [PacketFields.Entry], _ direction: Direction = .toClient
    ) throws {
      let layout = try #require(pack.packets[name]?.layout)
      let opcode = try #require(pack.opcodes[name])
      hear(try layout.encode(PacketFields(fields), opcode: opcode), direction)
    }

    mutating func hear(_ packet: [UInt8], _ direction: Direction) {
      let opcode = UInt16(packet[2]) | UInt16(packet[3]) << 8
      _ = inspector.inspect(
        packet.span.bytes, opcode: opcode, direction: direction, outlet: &outlet)
    }

    mutating func answer(success: Bool) throws {
      try hear("S_LOGIN_ARBITER", [.init(name: "success", value: .integer(success ? 1 : 0))])
    }

    mutating func name(_ account: Int64) throws {
      try hear("S_LOGIN_ACCOUNT_INFO", [.init(name: "accountId", value: .integer(account))])
    }
  }

  @Test(
    "is known by the number that the server gives after a login that it accepted",
    arguments: Shipped.packs.map(\.build))
  func known(build: UInt32) throws {
    var scene = Scene(try Shipped.pack(build), try Shipped.policy(.balanced))
    try scene.logIn()
    let claimed = scene.inspector.account
    try scene.name(7)
    let unaccepted = scene.inspector.account
    try scene.answer(success: false)
    try scene.name(8)
    let refused = scene.inspector.account
    try scene.answer(success: true)
    let accepted = scene.inspector.account
    try scene.name(500_123)
    let named = scene.inspector.account
    #expect(claimed == nil && unaccepted == nil && refused == nil && accepted == nil)
    #expect(named == 500_123)
  }

  @Test("is not what a client writes into the server's packet")
  func forged() throws {
    var scene = Scene(try Shipped.pack(), try Shipped.policy(.balanced))
    try scene.logIn()
    try scene.answer(success: true)
    try scene.hear(
      "S_LOGIN_ACCOUNT_INFO", [.init(name: "accountId", value: .integer(9))], .toBackend)
    let account = scene.inspector.account
    #expect(account == nil)
  }

  @Test("one number that is none speaks against it once, whichever rules it breaks")
  func basis() throws {
    let rules = try Shipped.policy(.balanced).rules
    let bases = rules.filter { $0.detects == ["nan-float"] }.map(\.basis)
    #expect(bases.count > 1 && Set(bases).count == 1)
    let own = rules.filter { $0.reason == .toolSignature }
    #expect(Set(own.map(\.basis)).count == own.count)
  }
}
