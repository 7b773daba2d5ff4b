import Foundation
import MystelTesting
import MystelWire
import Testing

/// The published files beside the repository, where they are.
@Suite("Published files", .enabled(if: SharedReference.exists))
struct SharedLayoutTests {
  @Test("of definitions all load; the odd ones are known by name and line")
  func definitions() throws {
    let files = try Self.files("tera/definitions")
    #expect(files.count == 857)
    var odd: [String] = []
    var written = 0
    for (file, text) in files {
      let name = try #require(DefinitionFileName(file), "\(file)")
      let read = DefinitionText.parse(text, name: name.packet)
      let layout = try #require(read.layout, "\(file): \(read.problems)")
      odd += read.problems.map { "\(file):\($0.line)" }
      let declaration = PacketDeclaration(name: name.packet, layout: layout, line: 1)
      let again = LayoutText.parse(LayoutText.text(of: declaration), patch: 92)
      #expect(again.problems == [], "\(file)")
      if again.declarations == [declaration] { written += 1 }
    }
    #expect(written == files.count)
    // Each has the same name twice in one level.
    #expect(
      odd.sorted() == [
        "C_MOVE_WARE_POS.1.def:7", "S_DIALOG.1.def:11", "S_LOAD_ACHIEVEMENT_LIST.1.def:7",
      ])
  }

  @Test("of definitions say for which patches they are, where they say anything")
  func patches() throws {
    var stated = 0
    for (file, text) in try Self.files("tera/definitions") {
      let patches = DefinitionText.parse(text, name: "").patches
      if patches != 0...Int.max { stated += 1 }
      if file == "C_GACHA_TRY.1.def" { #expect(patches == 0...98) }
      if file == "S_SPAWN_NPC.11.def" { #expect(patches == 79...100) }
    }
    #expect(stated == 104)
  }

  @Test("of opcodes all load; one number is a placeholder")
  func opcodes() throws {
    let files = try Self.files("tera/opcodes")
    let read = files.map { OpcodeMapText.parse($0.text) }
    #expect(files.map(\.name).count == 5)
    #expect(read.map(\.opcodes.count) == [1896, 2037, 2036, 2035, 2167])
    #expect(
      read.flatMap(\.problems).map(\.message) == [
        "S_SECOND_PASSWORD_REGISTER_RESULT has the placeholder 65535 and is left out"
      ])
  }
}

extension SharedLayoutTests {
  /// The text files of a folder, by name.
  static func files(_ folder: String) throws -> [(name: String, text: String)] {
    let path = SharedReference.root.appendingPathComponent(folder).path
    return try FileManager.default.contentsOfDirectory(atPath: path).sorted().map { name in
      (name, String(decoding: try SharedReference.data("\(folder)/\(name)"), as: UTF8.self))
    }
  }
}
