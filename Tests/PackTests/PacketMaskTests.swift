import MystelConfig
import MystelCore
import MystelTesting
import MystelWire
import Testing

@Suite("Packets that are shown without what players wrote") struct PacketMaskTests {
  private let policy: InspectionPolicy
  private let build: BuildPolicy

  init() throws {
    policy = try InspectionLoader.load(Configuration.Inspection()).policy
    build = try #require(policy.builds[367_081])
  }

  private func packet(_ name: String, _ fields: [PacketFields.Entry]) throws -> [UInt8] {
    let opcode = try #require(build.pack.opcodes[name])
    let layout = try #require(build.pack.packets[name]?.layout)
    return try layout.encode(PacketFields(fields), opcode: opcode)
  }

  @Test("of a login the ticket and the name are struck out, of a whisper who and what")
  func knownPackets() throws {
    let login = try packet(
      "C_LOGIN_ARBITER",
      [
        .init(name: "name", value: .text("haldric")),
        .init(name: "ticket", value: .bytes(Array("a-ticket-that-logs-in".utf8))),
      ])
    let masked = PacketMask.masked(login[...], build: build)
    let content = PacketContent(masked, build: build, leavingOut: .nothing)
    #expect(masked.count == login.count)
    #expect(content.decoding?.fields["name"] == .text("xxxxxxx"))
    #expect(
      content.decoding?.fields["ticket"]
        == .bytes(Array(repeating: UInt8(ascii: "x"), count: "a-ticket-that-logs-in".utf8.count)))

    let whisper = try packet(
      "C_WHISPER",
      [.init(name: "target", value: .text("Ysolde")), .init(name: "message", value: .text("hi"))])
    let both = PacketContent(
      PacketMask.masked(whisper[...], build: build), build: build, leavingOut: .nothing)
    #expect(both.decoding?.fields["target"] == .text("xxxxxx"))
    #expect(both.decoding?.fields["message"] == .text("xx"))
  }

  @Test("nothing is left of the body of a packet whose layout is not known")
  func unknownLayouts() throws {
    let wanted = try #require(
      build.pack.packets.first { name, traits in
        traits.layout == nil && build.pack.opcodes[name] != nil
      })
    let opcode = try #require(build.pack.opcodes[wanted.key])
    let packet: [UInt8] = [10, 0, UInt8(opcode & 255), UInt8(opcode >> 8), 1, 2, 3, 4, 5, 6]
    #expect(
      PacketMask.masked(packet[...], build: build)
        == Array(packet.prefix(4)) + [0, 0, 0, 0, 0, 0])
    #expect(
      PacketMask.masked(packet[...], build: nil) == Array(packet.prefix(4)) + [0, 0, 0, 0, 0, 0])
  }

  @Test("whatever bytes a packet has, its length and its opcode stay, and nothing traps")
  func hostile() {
    var random = SplitMix64(seed: 7)
    for (_, opcode) in build.pack.opcodes {
      for _ in 0..<8 {
        let count = 4 + Int(random.next() % 96)
        var packet = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() >> 61) }
        (packet[0], packet[1]) = (UInt8(count), 0)
        (packet[2], packet[3]) = (UInt8(opcode & 255), UInt8(opcode >> 8))
        let masked = PacketMask.masked(packet[...], build: build)
        #expect(masked.count == count && masked.prefix(4) == packet.prefix(4))
      }
    }
  }
}
