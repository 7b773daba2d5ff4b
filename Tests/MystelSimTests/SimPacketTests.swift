import Foundation
import MystelCore
import MystelSim
import MystelTesting
import MystelWire
import Testing

@Suite("The simulation's packets")
struct SimPacketTests {
  /// Lengths of the packets without variable data, as the definitions of build 367081 say.
  private static let fixedBytes: [SimOpcode: Int] = [
    .setVisibleRange: 8, .getUserList: 4, .selectUser: 9, .loadTopoFin: 4,
    .simpleTipRepeatCheck: 8, .visitNewSection: 16, .playerLocation: 43, .startSkill: 50,
    .notifyLocationInAction: 30, .tryLootDropItem: 12, .checkVersion: 32, .pong: 4, .exit: 4,
    .serverCheckVersion: 5, .loadingScreenControlInfo: 5, .remainPlayTime: 12,
    .serverLoginArbiter: 23, .serverSelectUser: 15, .playerStatUpdate: 331, .loadTopo: 21,
    .spawnMe: 28, .currentChannel: 20, .userLocation: 47, .npcLocation: 44,
    .serverVisitNewSection: 17, .actionStage: 103, .actionEnd: 46, .eachSkillResult: 119,
    .startCooltimeSkill: 16, .despawnDropItem: 12, .ping: 4, .responseGamestatPong: 4,
    .prepareExit: 8, .serverExit: 12,
  ]

  @Test("have the length that their layout says")
  func haveTheirLengths() {
    var seen: Set<UInt16> = []
    for packet in Self.session() {
      seen.insert(packet.opcode)
      #expect(packet.count == packet.claimedLength)
      guard let opcode = SimOpcode(rawValue: packet.opcode) else {
        Issue.record("opcode \(packet.opcode) is in no table")
        continue
      }
      if let bytes = Self.fixedBytes[opcode] { #expect(packet.count == bytes, "\(opcode)") }
    }
    let missing = SimOpcode.allCases.filter { !seen.contains($0.rawValue) }
    #expect(missing == [], "a long session shows every packet of the table")
  }

  @Test("are read back by the library: build, account name, and chat as it was said")
  func areReadBack() {
    let packets = Self.session()
    func all(_ opcode: SimOpcode) -> [[UInt8]] { packets.filter { $0.opcode == opcode.rawValue } }

    #expect(Set(all(.checkVersion).map(Self.build)) == [SimBuild.number])
    #expect(Set(all(.loginArbiter).map { Self.text($0, at: 4, fixedBytes: 23) }) == ["long"])
    let said = all(.chat).map { Self.text($0, at: 4, fixedBytes: 10) }
    let heard = all(.serverChat).map { Self.text($0, at: 6, fixedBytes: 23) }
    #expect(said.count > 20)
    #expect(said == heard)
    #expect(said.allSatisfy { $0?.hasPrefix("<FONT>") == true })
  }

  @Test("have the opcodes of build 367081", .enabled(if: SharedReference.exists))
  func haveTheBuildsOpcodes() throws {
    let text = String(
      decoding: try SharedReference.data("tera/opcodes/protocol.367081.map"), as: UTF8.self)
    var names: [UInt16: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      if words.count == 2, let number = UInt16(words[1]) { names[number] = String(words[0]) }
    }
    for opcode in SimOpcode.allCases {
      let name = (names[opcode.rawValue] ?? "?").filter(\.isLetter).lowercased().dropFirst()
      let own = "\(opcode)".lowercased()
      let isSame = own == name || own == "server" + name || own == "client" + name
      #expect(isSame, "\(opcode) is \(name) in the build's map")
    }
  }

  @Test(
    "are as long as the same packets of the recorded sessions, where those never vary",
    .enabled(if: SharedReference.exists))
  func matchTheTranscripts() throws {
    let folder = SharedReference.root.appendingPathComponent("tera/sessions")
    var lengths: [UInt16: Set<Int>] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where file.hasPrefix("honest-") {
      let data = try Data(contentsOf: folder.appendingPathComponent(file))
      for line in data.split(separator: UInt8(ascii: "\n")).dropFirst() {
        let entry = try JSONDecoder().decode(Transcript.self, from: line)
        let header = entry.frame.utf8.prefix(8).map { UInt8($0) }
        guard let opcode = Self.opcode(header) else { continue }
        lengths[opcode, default: []].insert(entry.frame.utf8.count / 2)
      }
    }
    for packet in Self.session() {
      guard let known = lengths[packet.opcode], known.count == 1,
        packet.opcode != SimOpcode.updateContentsPlaytime.rawValue,
        packet.opcode != SimOpcode.loginArbiter.rawValue,
        packet.opcode != SimOpcode.loginAccountInfo.rawValue,
        packet.opcode != SimOpcode.itemList.rawValue,
        packet.opcode != SimOpcode.hardwareInfo.rawValue
      else { continue }
      #expect(known == [packet.count], "opcode \(packet.opcode)")
    }
  }

  private static func build(_ packet: [UInt8]) -> UInt32? {
    guard let view = PacketView(packet.span.bytes) else { return nil }
    return try? CheckVersion.parse(view).get().build
  }

  private static func text(_ packet: [UInt8], at offset: Int, fixedBytes: Int) -> String? {
    guard let view = PacketView(packet.span.bytes),
      let reader = PacketReader(view, fixedBytes: fixedBytes)
    else { return nil }
    switch reader.string(at: offset) {
    case .failure: return nil
    case .success(let text):
      var scalars = text.scalars
      var result = ""
      while let scalar = scalars.next() { result.unicodeScalars.append(scalar) }
      return result
    }
  }

  private struct Transcript: Decodable { var frame: String }

  private static func opcode(_ hex: [UInt8]) -> UInt16? {
    guard hex.count == 8 else { return nil }
    let text = String(decoding: [hex[6], hex[7], hex[4], hex[5]], as: UTF8.self)
    return UInt16(text, radix: 16)
  }

  /// Every packet of six players' minute each; hardware information is not sent at every login.
  private static func session() -> [[UInt8]] {
    (1...6 as ClosedRange<UInt64>).flatMap { seed in
      let player = SimPlayer(account: "long", seed: seed, pace: .brisk, stay: .seconds(60))
      let world = SimWorldConnection(
        seed: seed + 1, traits: SimWorldTraits(), content: SimWorldContent(seed: 1))
      var wire = VirtualWire(player, world, cut: .whole, seed: seed)
      wire.run(for: .seconds(90))
      let packets = wire.eavesdrop()
      return packets.toWorld + packets.toClient
    }
  }
}
