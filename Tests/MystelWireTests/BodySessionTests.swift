import Foundation
import MystelWire
import Testing

@Suite("Packets of whole sessions", .enabled(if: BodyShared.isPresent))
struct BodySessionTests {
  /// The sessions give this packet a made-up body.
  private static let withoutLayout = "S_AVAILABLE_EVENT_MATCHING_LIST"

  private struct Line: Decodable {
    let frame: String?
  }

  private struct Padded: Decodable {
    let names: [String]
    enum CodingKeys: String, CodingKey { case names = "92.04" }
  }

  @Test("come out of reader and writer as another writer made them")
  func rewritten() throws {
    let tera = try #require(BodyShared.folder).appending(path: "tera")
    let definitions = try definitions(in: tera)
    let padded = try JSONDecoder().decode(
      Padded.self, from: Data(contentsOf: tera.appending(path: "padded-packets.json")))
    var same = 0
    var unlike: [String: (count: Int, first: String)] = [:]
    for frame in try frames(in: tera) {
      let packet = try BodyBytes.view(frame.span.bytes)
      guard let (name, definition) = definitions[packet.opcode], name != Self.withoutLayout
      else { continue }
      let isPadded = padded.names.contains(name)
      do {
        let rewritten = try definition.rewrite(packet, hasIntegrityHeader: isPadded)
        if rewritten == frame {
          same += 1
        } else {
          unlike[name, default: (0, "\(frame) \(rewritten)")].count += 1
        }
      } catch {
        unlike[name, default: (0, "\(error) \(frame)")].count += 1
      }
    }
    #expect(unlike.isEmpty, "\(unlike)")
    #expect(same > 17000)
  }

  @Test("claim the build, and the claim is written as another writer wrote it")
  func claims() throws {
    let tera = try #require(BodyShared.folder).appending(path: "tera")
    var claims = 0
    for frame in try frames(in: tera) {
      let packet = try BodyBytes.view(frame.span.bytes)
      guard packet.opcode == TeraBuild.checkVersionOpcode else { continue }
      let claim = try CheckVersion.parse(packet).get()
      #expect(claim.build == 367081)
      #expect(claim.packet() == frame)
      claims += 1
    }
    #expect(claims == 1)
  }

  /// Every frame of every session, without repetitions.
  private func frames(in tera: URL) throws -> Set<[UInt8]> {
    var frames: Set<[UInt8]> = []
    let folder = tera.appending(path: "sessions").path
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where name.hasSuffix(".jsonl") {
      let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
      for line in text.split(separator: "\n") {
        let line = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
        if let frame = line.frame { frames.insert(BodyBytes.hex(frame)) }
      }
    }
    return frames
  }

  /// The newest definition for each opcode of build 367081 that has one for patch 92.
  private func definitions(in tera: URL) throws -> [UInt16: (String, BodyDefinition)] {
    let folder = tera.appending(path: "definitions").path
    var newest: [String: Int] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
      let parts = file.split(separator: ".")
      guard parts.count == 3, parts[2] == "def", let version = Int(parts[1]) else { continue }
      let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
      if let match = text.firstMatch(of: /majorPatchVersion >= (\d+)/), Int(match.1) ?? 0 > 92 {
        continue
      }
      newest[String(parts[0])] = max(newest[String(parts[0])] ?? 0, version)
    }
    let map = try String(
      contentsOf: tera.appending(path: "opcodes/protocol.367081.map"), encoding: .utf8)
    var definitions: [UInt16: (String, BodyDefinition)] = [:]
    for line in map.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 2, let opcode = UInt16(words[1]), let version = newest[words[0]]
      else { continue }
      let path = "\(folder)/\(words[0]).\(version).def"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      definitions[opcode] = (words[0], BodyDefinition(text))
    }
    return definitions
  }
}
