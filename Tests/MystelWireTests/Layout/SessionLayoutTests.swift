import Foundation
import MystelTesting
import MystelWire
import Testing

/// The frames of recorded sessions, through published definitions.
@Suite("Frames of sessions", .enabled(if: SharedReference.exists))
struct SessionLayoutTests {
  @Test("of clients are read by their definitions and written again byte for byte")
  func clients() throws {
    let outcome = try Self.rewrite(from: "client")
    #expect(outcome.same > 6_800)
    #expect(outcome.unlike == [:])
    #expect(outcome.unknown == Self.withoutDefinition)
  }

  @Test("of servers are too, but for one with a made-up body")
  func servers() throws {
    let outcome = try Self.rewrite(from: "server")
    #expect(outcome.same > 5_000)
    #expect(Set(outcome.unlike.keys) == ["S_AVAILABLE_EVENT_MATCHING_LIST"])
  }
}

extension SessionLayoutTests {
  private static let withoutDefinition: Set = [
    "C_CHECK_RTT", "C_REQUEST_EQUIPMENT_INHERITANCE", "C_REQUEST_SPAWN_SERVANT",
    "C_UPDATE_CONTENTS_PLAYTIME",
  ]

  private struct Line: Decodable {
    let from: String?
    let frame: String?
  }

  private struct Padded: Decodable {
    let names: [String]
    enum CodingKeys: String, CodingKey { case names = "92.04" }
  }

  private struct Outcome {
    /// Frames that came out as they went in.
    var same = 0
    /// What happened to the first other frame of each packet.
    var unlike: [String: String] = [:]
    /// Packets without a definition.
    var unknown: Set<String> = []
  }

  private static func rewrite(from side: String) throws -> Outcome {
    let opcodes = OpcodeMapText.parse(
      String(decoding: try SharedReference.data("tera/opcodes/protocol.367081.map"), as: UTF8.self)
    ).opcodes
    let names = Dictionary(opcodes.map { ($0.value, $0.key) }) { first, _ in first }
    let layouts = try layouts(patch: 92)
    let padded = try JSONDecoder().decode(
      Padded.self, from: SharedReference.data("tera/padded-packets.json")
    ).names
    var outcome = Outcome()
    for frame in try frames(from: side) {
      let packet = try BodyBytes.view(frame.span.bytes)
      let name = names[packet.opcode] ?? "opcode \(packet.opcode)"
      guard let layout = layouts[name] else {
        outcome.unknown.insert(name)
        continue
      }
      let isPadded = padded.contains(name)
      let read = layout.decode(packet, bodyOffset: isPadded ? 8 : 0)
      if let problem = read.problem {
        outcome.unlike[name] = "\(problem)"
        continue
      }
      let again = try layout.encode(
        read.fields, opcode: packet.opcode, integrity: isPadded ? packet.integrityHeader : nil)
      if again == frame {
        outcome.same += 1
      } else {
        outcome.unlike[name] = "\(frame.count) bytes, \(again.count) again: \(read.fields)"
      }
    }
    return outcome
  }

  /// Every frame of one side, without repetitions.
  private static func frames(from side: String) throws -> Set<[UInt8]> {
    var frames: Set<[UInt8]> = []
    for (name, text) in try SharedLayoutTests.files("tera/sessions")
    where name.hasSuffix(".jsonl") {
      for line in text.split(separator: "\n") where line.contains("\"from\":\"\(side)\"") {
        let line = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
        if let frame = line.frame { frames.insert(BodyBytes.hex(frame)) }
      }
    }
    return frames
  }

  /// The newest layout of each packet that is for the patch.
  private static func layouts(patch: Int) throws -> [String: PacketLayout] {
    var newest: [String: (version: Int, layout: PacketLayout)] = [:]
    for (file, text) in try SharedLayoutTests.files("tera/definitions") {
      let name = try #require(DefinitionFileName(file))
      let read = DefinitionText.parse(text, name: name.packet)
      guard let layout = read.layout, read.patches.contains(patch),
        name.version > newest[name.packet]?.version ?? -1
      else { continue }
      newest[name.packet] = (name.version, layout)
    }
    return newest.mapValues(\.layout)
  }
}
