import MystelConfig
import MystelCore
import MystelWire
import Testing

/// Packets of a build whose clients may put an integrity header before any body.
@Suite struct IntegrityReadingTests {
  @Test("a count that looks like a reference does not hide hostile chat behind it")
  func disguisedChat() throws {
    var scenes = try scenes()
    // Read as bare: an empty text where the fixed part ends, and bytes behind it.
    let packet = try make(
      "C_CHAT", [.init(name: "message", value: .text("<b>hi</b>"))], count: 10)
    #expect(scenes.judge(packet, in: .world) == .rewrite)
    let clean = try make("C_CHAT", [.init(name: "message", value: .text("hi"))], count: 10)
    #expect(scenes.replacement == clean)
  }

  @Test("bytes behind a packet do not make its header a part of its body")
  func disguisedByLength() throws {
    var scenes = try scenes()
    let chat = try make(
      "C_CHAT", [.init(name: "message", value: .text("<b>hi</b>"))], count: 10)
    #expect(scenes.judge(longer(chat), in: .world) == .drop(.fixImpossible))
    let far = Vector3(x: .nan, y: 0, z: 0)
    let move = try make("C_PLAYER_LOCATION", [.init(name: "dest", value: .vector(far))], count: 1)
    for packet in [move, longer(move)] {
      #expect(scenes.judge(packet, in: .world) == .drop(.numberNotFinite))
    }
  }

  @Test("every count of an honest client is told from a reference")
  func counts() throws {
    var scenes = try scenes()
    for count in UInt32(1)...200 {
      for text in ["", "a", "hello", "three words here and some more behind them"] {
        let packet = try make(
          "C_CHAT", [.init(name: "message", value: .text(text))], count: count)
        #expect(scenes.judge(packet, in: .world) == .forward, "count \(count), \(text)")
      }
    }
  }

  @Test("a bare packet that is broken behind a reference in its place is not read as stamped")
  func brokenBare() throws {
    var scenes = try scenes()
    // 128 elements at 12, of which there are none; behind the header of 8 an empty list.
    let opcode = try #require(pack.opcodes["C_CHANGE_ITEM_PASSIVE_LIST"])
    let packet: [UInt8] =
      [24, 0, UInt8(truncatingIfNeeded: opcode), UInt8(opcode >> 8), 0x80, 0, 12, 0]
      + [0x55, 0x8a, 0xb6, 3, 0, 0, 0, 0, 0x62, 3, 0x89, 0x5f, 0x68, 0xb3, 0x29, 0xc1]
    #expect(scenes.judge(packet, in: .world) == .drop(.referenceInvalid))
  }

  private let pack: BuildPack
  private let policy: InspectionPolicy

  init() throws {
    var configuration = Configuration.Inspection()
    configuration.profile = .strict
    let loaded = try InspectionLoader.load(configuration)
    pack = try #require(loaded.packs.packs.first { $0.build == 376_012 })
    policy = loaded.policy
  }

  private func scenes() throws -> InspectionScenes { try InspectionScenes(pack, policy) }

  private func make(
    _ name: String, _ fields: [PacketFields.Entry], count: UInt32
  ) throws -> [UInt8] {
    let layout = try #require(pack.packets[name]?.layout)
    return try layout.encode(
      PacketFields(fields), opcode: try #require(pack.opcodes[name]),
      integrity: IntegrityHeader(count: count, hash: 0))
  }

  /// The packet with a byte behind it that no field owns.
  private func longer(_ packet: [UInt8]) -> [UInt8] {
    var bytes = packet + [7]
    bytes[0] = UInt8(bytes.count)
    return bytes
  }
}
