import Foundation
import MystelConfig
import MystelCore
import Testing

@Suite("Imports of files that attack") struct PackImportTests {
  @Test("a map that is named after another build is refused, and nothing is written")
  func otherBuild() throws {
    let folder = try TemporaryFolder(["protocol.367080.map": Array("C_CHAT 1\n".utf8)])
    let found = Self.fault {
      try PackImport.run(
        map: folder.path + "/protocol.367080.map", definitions: nil, dataJSON: nil, build: 367_081,
        patch: 9204)
    }
    #expect(found?.hasSuffix("is of build 367080, not of 367081") == true)
  }

  @Test("pipes, folders, devices and files too large are refused at once")
  func strangeFiles() throws {
    let folder = try TemporaryFolder([
      "large.map": [UInt8](repeating: 0x0a, count: (1 << 20) + 1)
    ])
    #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
    for path in ["/pipe", "/", "/nothing", "/large.map"] {
      #expect(Self.fault { try Self.map(folder.path + path) } != nil, "\(path)")
    }
    for path in ["/pipe", "/", "/nothing"] {
      #expect(Self.fault { try Self.json(folder.path + path) } != nil, "\(path)")
    }
    #expect(Self.fault { try Self.map("/dev/zero") } != nil)
    #expect(Self.fault { try Self.json("/dev/zero") } != nil)
  }

  @Test("a map's odd lines are named, and two packets never get one number")
  func oddMap() throws {
    let text = """
      C_CHAT 1
      C_WHISPER 1
      C_BAD 70000
      C_EVIL\u{1b}[31m 7
      no
      C_A = 5 = 6

      """
    let folder = try TemporaryFolder(["x.map": Array(text.utf8)])
    let made = try Self.map(folder.path + "/x.map")
    #expect(made.opcodeCount == 1)
    #expect(made.problems.count == 5)
    Self.expectPrintable(made.problems.map(\.description))
  }

  @Test("a data.json cannot write lines, escapes or packets of its own into the pack")
  func hostileJSON() throws {
    let body = """
      {"maps": {"367081": {"C_CHAT": 1, "C_A\\n2 C_ADMIN": 7, "C_\\u001b[31m": 8, "C_B": -1,
       "C_C": 65536, "C_D": 1, "": 9, "C E": 10}},
       "protocol": {"../../x.1.def": "", "C_CHAT.1.def": "!!", "C_\\u001b.1.def": "AAAA",
       "C_F\\n.1.def": "AAAA"}}
      """
    let folder = try TemporaryFolder(["data.json": Array(body.utf8)])
    let made = try Self.json(folder.path + "/data.json")
    let list = try #require(made.pack.first { $0.path.hasSuffix("opcodes.txt") })
    #expect(list.text == "1 C_CHAT\n")
    #expect(made.layoutCount == 0)
    #expect(made.problems.count >= 9)
    Self.expectPrintable(made.problems.map(\.description))
  }

  @Test("JSON that is none, nests without end or has other types is refused in one line")
  func brokenJSON() throws {
    for text in [
      "", "null", "[]", "{}", "{\"maps\": 5}", "{\"maps\": {\"367081\": {\"C_CHAT\": 1.5}}}",
      "{\"maps\": {\"367081\": {\"C_CHAT\": 1e400}}, \"protocol\": {}}",
      "{\"maps\": {\"\u{1b}[31m\": {}}, \"protocol\": {}}",
      String(repeating: "[", count: 500_000),
      "{\"maps\": " + String(repeating: "{\"a\":", count: 100_000),
    ] {
      let folder = try TemporaryFolder(["data.json": Array(text.utf8)])
      let found = try #require(Self.fault { try Self.json(folder.path + "/data.json") })
      Self.expectPrintable([found])
    }
  }

  @Test("a definition that nests, repeats or is no text costs nothing and is named")
  func hostileDefinitions() throws {
    let nested = (0..<20_000).map { String(repeating: "- ", count: $0 % 40) + "array a\n" }.joined()
    let folder = try TemporaryFolder([
      "x.map": Array("C_CHAT 1\n".utf8),
      "defs/C_CHAT.1.def": Array(nested.utf8),
      "defs/C_WHISPER.1.def": [0xff, 0xfe, 0, 1, 2],
      "defs/C_A.99999999999999999999.def": [],
      "defs/README.md": Array("hello".utf8),
      "defs/C_B.1.def": Array((0..<30_000).map { "uint64 f\($0)\n" }.joined().utf8),
    ])
    let made = try PackImport.run(
      map: folder.path + "/x.map", definitions: folder.path + "/defs", dataJSON: nil,
      build: 367_081, patch: 9204)
    #expect(made.problems.count >= 4)
    Self.expectPrintable(made.problems.map(\.description))
    // What was made is refused as a whole: it has not the packets of a login.
    #expect(!PackLoader.load(imported: made.pack, from: "x").problems.isEmpty)
  }

  // MARK: Helpers

  private static func map(_ path: String) throws -> PackImport {
    try PackImport.run(map: path, definitions: nil, dataJSON: nil, build: 367_081, patch: 9204)
  }

  private static func json(_ path: String) throws -> PackImport {
    try PackImport.run(map: nil, definitions: nil, dataJSON: path, build: 367_081, patch: 9204)
  }

  private static func fault(_ body: () throws -> PackImport) -> String? {
    do {
      _ = try body()
      return nil
    } catch {
      return "\(error)"
    }
  }

  private static func expectPrintable(_ lines: [String]) {
    for line in lines {
      #expect(
        line.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "\(line)")
    }
  }
}
