import Foundation
import MystelConfig
import MystelCore
import Testing

@Suite("Changes on top of a file") struct ChangeTests {
  private static let text = """
    version: 1
    timeouts: {idle: 5m, drain: 10s}
    inspection: {rules: {400-amounts: off}}
    listeners:
      - {name: public, bind: "0.0.0.0:7801", backend: arbiter}
    backends:
      - {name: arbiter, address: "127.0.0.1:7701", builds: [367081]}

    """

  private static func sources(
    _ text: String = text, _ environment: [String: String] = [:]
  ) throws -> ConfigurationSources {
    let folder = try TemporaryFolder(["mystel.yaml": Array(text.utf8)])
    return try ConfigurationSources(
      path: folder.path + "/mystel.yaml", environment: environment)
  }

  private static func change(_ json: String) throws -> ConfigurationChange {
    ConfigurationChange(number: 7, patch: try JSONParser.value(of: Array(json.utf8)))
  }

  private static func problems(
    _ json: String, _ environment: [String: String] = [:]
  ) throws -> [Problem] {
    let (sources, change) = (try sources(text, environment), try change(json))
    do throws(ConfigurationProblems) {
      _ = try sources.load(change)
      return []
    } catch {
      return error.problems
    }
  }

  @Test("sections are merged, values and lists replaced whole, and what a patch leaves out stays")
  func merge() throws {
    let loaded = try Self.sources().load(
      Self.change(
        """
        {"timeouts": {"idle": "7m"}, "workers": 2, "limits": {"address": {"exempt": ["192.0.2.0/24"]}},
         "inspection": {"rules": {"401-something": "shadow"}}}
        """))
    let configuration = loaded.configuration
    #expect(configuration.timeouts.idle == .seconds(420))
    #expect(configuration.timeouts.drain == .seconds(10))
    #expect(configuration.workers == 2)
    #expect(configuration.limits.sources.address.exempt.count == 1)
    #expect(configuration.inspection.rules == ["400-amounts": .off, "401-something": .shadow])
    #expect(configuration.listeners.map(\.name) == ["public"])
    #expect(loaded.origins["timeouts.idle"] == .change)
    #expect(loaded.origins["timeouts.drain"] == .file)
    #expect(loaded.origins["inspection.rules"] == .change)
    #expect(loaded.origins["timeouts.keys"] == nil)
  }

  @Test(
    "a faulty change is a problem with its number, and its key",
    arguments: [
      (#"{"timeouts": {"idle": "7 minutes"}}"#, "timeouts.idle", "7m"),
      (#"{"timeouts": {"idle": 7}}"#, "timeouts.idle", "unit"),
      (#"{"timeouts": {"idle": ["7m"]}}"#, "timeouts.idle", "one value"),
      (#"{"timeouts": {"idle": {"a": 1}}}"#, "timeouts.idle", "one value"),
      (#"{"timeouts": 5}"#, "timeouts", "section"), (#"{"timeout": {}, "x": 1}"#, "x", "unknown"),
      (#"{"workers": "2"}"#, "workers", ""), (#"{"workers": 2.5}"#, "workers", ""),
      (#"{"workers": 1e1}"#, "workers", ""), (#"{"workers": true}"#, "workers", ""),
      (#"{"limits": {"sessions": 0}}"#, "limits.sessions", "out of range"),
      (#"{"listeners": []}"#, "listeners", "empty"),
      (#"{"listeners": {"a": 1}}"#, "listeners", "list"),
      (
        #"{"listeners": [{"name": "a", "bind": "0.0.0.0:1", "backend": "b"}]}"#,
        "listeners[0].backend", "no backend"
      ),
      (#"{"listeners": [null]}"#, "listeners[0]", ""),
      (#"{"timeouts.idle": "7m"}"#, "timeouts.idle", "a dot does not open"),
      (#"{"inspection": {"rules": {"400-amounts": "on"}}}"#, "inspection.rules.400-amounts", ""),
      (#"{"version": 2}"#, "version", ""),
    ])
  func faulty(json: String, key: String, words: String) throws {
    let problems = try Self.problems(json)
    let mine = try #require(problems.first { $0.key == key }, "\(problems)")
    #expect(mine.file == "change 7")
    #expect(mine.line == nil)
    #expect(words.isEmpty || "\(mine)".contains(words))
    #expect("\(mine)".hasPrefix("change 7: \(key): "))
  }

  @Test(
    "what the environment says has precedence; a change of the same key is a warning, and checked")
  func environment() throws {
    let environment = ["MYSTEL_TIMEOUTS_IDLE": "9m"]
    let sources = try Self.sources(Self.text, environment)
    let loaded = try sources.load(Self.change(#"{"timeouts": {"idle": "7m"}}"#))
    #expect(loaded.configuration.timeouts.idle == .seconds(540))
    #expect(loaded.origins["timeouts.idle"] == .environment)
    let warning = try #require(loaded.warnings.first { $0.key == "timeouts.idle" })
    #expect(warning.file == "change 7")
    #expect(warning.message.contains("MYSTEL_TIMEOUTS_IDLE"))
    let problems = try Self.problems(#"{"timeouts": {"idle": "7"}}"#, environment)
    #expect(problems.map(\.key) == ["timeouts.idle"])
  }

  @Test("a version is another one with another file, change or environment, and else the same")
  func versions() throws {
    let other = Self.text.replacing("5m", with: "6m")
    let versions = [
      try Self.sources().version(nil), try Self.sources().version(Self.change("{\"workers\": 1}")),
      try Self.sources().version(Self.change("{\"workers\": 2}")),
      try Self.sources(other).version(nil),
      try Self.sources(Self.text, ["MYSTEL_WORKERS": "1"]).version(nil),
    ]
    #expect(Set(versions).count == versions.count)
    #expect(try Self.sources().version(nil) == versions[0])
    #expect(try Self.sources(Self.text, ["HOME": "/"]).version(nil) == versions[0])
    #expect(try Self.sources().version(Self.change("{}")) == versions[0])
  }

  @Test(
    "every value of a key, as it is shown, is what a patch takes",
    arguments: Case.all("valid").filter { !$0.name.contains("warn") })
  func roundTrip(document: Case) throws {
    let loaded = try ConfigurationLoader.load(bytes: document.bytes, name: "mystel.yaml")
    let patch = KeyTable.keys(of: loaded).reduce(JSONValue.empty) { patch, key in
      let nested = key.path.split(separator: ".").reversed().reduce(key.value) {
        .object([String($1): $0])
      }
      return patch.merging(nested)
    }
    let again = try Self.sources().load(ConfigurationChange(number: 1, patch: patch))
    // Modes of rules are merged with the file's.
    var expected = loaded.configuration
    expected.inspection.rules.merge(["400-amounts": .off]) { first, _ in first }
    #expect(again.configuration == expected)
  }

  @Test("differences are told by key, of maps by the members that differ")
  func differences() throws {
    let before = try Self.sources().load().configuration
    let after = try Self.sources().load(
      Self.change(
        #"{"workers": 2, "inspection": {"rules": {"400-amounts": "enforce", "x": "off"}}}"#)
    ).configuration
    let found = KeyTable.differences(before, after)
    #expect(
      found == [
        ConfigurationDifference(path: "workers", before: .string("auto"), after: .number("2")),
        ConfigurationDifference(
          path: "inspection.rules.400-amounts", before: .string("off"), after: .string("enforce")),
        ConfigurationDifference(path: "inspection.rules.x", before: .null, after: .string("off")),
      ])
    #expect(KeyTable.needingRestart(found) == ["workers"])
    #expect(KeyTable.differences(after, after).isEmpty)
  }

  @Test("a key says that it waits for the next start where its words say that it is read then only")
  func starts() {
    for key in KeyTable.keys where key.reason.lowercased().contains("at the start only") {
      #expect(key.needsRestart, "\(key.path)")
    }
    #expect(KeyTable.keys.count(where: \.needsRestart) > 8)
  }

  @Test(
    "no patch is too deep, too large or of what says where changes are kept",
    arguments: [
      ("[]", "object"), ("5", "object"), ("null", "object"),
      (String(repeating: "{\"a\":", count: 17) + "1" + String(repeating: "}", count: 17), "nested"),
      ("{\"a\": \"" + String(repeating: "x", count: 65_536) + "\"}", "64 KiB"),
      (#"{"management": {"changes": "/tmp/x"}}"#, "file alone"),
      (#"{"log": {"file": "/tmp/x"}}"#, "file alone"),
      (#"{"tera_api": {"gateway": "http://203.0.113.7"}}"#, "file alone"),
      (#"{"inspection": {"rules_directory": "/etc"}}"#, "file alone"),
    ])
  func obstacles(json: String, words: String) throws {
    let patch = try JSONParser.value(of: Array(json.utf8))
    #expect(try #require(ConfigurationChange.obstacle(patch)).contains(words))
  }
}

@Suite("Keys of the file alone") struct FileOnlyTests {
  @Test("a key whose value is a path is the file's alone, and so is where operators are heard")
  func paths() {
    for key in KeyTable.keys where key.type.contains("path") || key.path.hasPrefix("management.") {
      #expect(key.isFileOnly, "\(key.path)")
    }
    #expect(KeyTable.keys.count(where: \.isFileOnly) > 15)
    #expect(!KeyTable.keys.contains { $0.isFileOnly && $0.path.hasPrefix("timeouts") })
  }

  @Test("a change may take such a key back")
  func takenBack() {
    let patch = JSONValue.object(["log": .object(["file": .null])])
    #expect(ConfigurationChange.obstacle(patch) == nil)
  }
}

@Suite("The book of changes") struct ChangeBookTests {
  private let folder: TemporaryFolder
  private let file: ChangeFile

  init() throws {
    folder = try TemporaryFolder()
    file = ChangeFile(path: folder.path + "/changes.json")
  }

  private func entry(_ number: Int, _ patch: JSONValue = .empty) -> ChangeBook.Entry {
    ChangeBook.Entry(
      number: number, version: "v", at: 1_790_000_000, by: "uid 0", note: "n", kind: .apply,
      patch: patch, changes: [])
  }

  private func save(_ book: inout ChangeBook) throws {
    try file.prepare(&book)
    try file.commit(keepsOld: false)
  }

  @Test("what was written is read again, by its owner alone, and nothing else is left")
  func again() throws {
    #expect(try file.read() == ChangeBook())
    var book = ChangeBook()
    book.add(entry(1, .object(["workers": .number("2")])))
    book.add(entry(2))
    try save(&book)
    #expect(try file.read() == book)
    #expect(book.patch(after: 1) == .object(["workers": .number("2")]))
    #expect(book.patch(after: 0) == .empty)
    #expect(book.patch(after: 3) == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["changes.json"])
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
    #expect((mode as? NSNumber)?.intValue == 0o600)
  }

  @Test("what is prepared and not committed is nothing")
  func prepared() throws {
    var first = ChangeBook()
    first.add(entry(1))
    try save(&first)
    var second = first
    second.add(entry(2))
    try file.prepare(&second)
    #expect(try file.read() == first)
    file.discard()
    #expect(try file.read() == first)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["changes.json"])
  }

  @Test("a hundred changes are kept, and the oldest make room, for number and for bytes")
  func bounds() throws {
    var book = ChangeBook()
    for number in 1...250 { book.add(entry(number)) }
    #expect(book.entries.map(\.number) == Array(151...250))
    #expect(book.number == 250)
    let large = JSONValue.object(["a": .string(String(repeating: "x", count: 60_000))])
    for number in 251...350 { book.add(entry(number, large)) }
    try save(&book)
    #expect(book.entries.count < 75)
    #expect(book.number == 350)
    #expect(try file.read() == book)
  }

  @Test("switches of rules make room before what others changed, and never the latest change")
  func switches() throws {
    var book = ChangeBook()
    for number in 1...40 { book.add(entry(number)) }
    for number in 41...300 {
      var entry = entry(number)
      entry.changes = [
        ConfigurationDifference(
          path: "inspection.rules.400-amounts", before: .null, after: .string("enforce"))
      ]
      book.add(entry)
    }
    #expect(book.entries.map(\.number) == Array(1...40) + Array(241...300))
    for number in 301...400 { book.add(entry(number)) }
    #expect(book.entries.map(\.number) == Array(301...400))
  }

  @Test("a file that was damaged anywhere is refused, or says the same")
  func damage() throws {
    var book = ChangeBook()
    book.add(entry(1))
    book.add(entry(2, .object(["timeouts": .object(["idle": .string("7m")])])))
    try save(&book)
    let whole = try Data(contentsOf: URL(filePath: file.path))
    for count in 0..<whole.count {
      try whole.prefix(count).write(to: URL(filePath: file.path))
      chmod(file.path, 0o600)
      #expect(throws: ChangeBook.Fault.self) { try file.read() }
    }
    for text in [
      "[]", "{}", #"{"format": 2, "entries": []}"#, #"{"format": 1, "format": 1, "entries": []}"#,
      String(decoding: whole, as: UTF8.self).replacing("\"number\":2", with: "\"number\":1"),
      String(decoding: whole, as: UTF8.self).replacing("\"number\":1", with: "\"number\":-1"),
      String(decoding: whole, as: UTF8.self).replacing(
        "{\"idle\":\"7m\"}", with: "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"),
    ] {
      try Data(text.utf8).write(to: URL(filePath: file.path))
      chmod(file.path, 0o600)
      #expect(throws: ChangeBook.Fault.self, "\(text)") { try file.read() }
    }
  }

  @Test("a file that others may open, a link and a folder are refused")
  func kinds() throws {
    var book = ChangeBook()
    book.add(entry(1))
    try save(&book)
    for mode in [0o644, 0o620, 0o601] as [mode_t] {
      chmod(file.path, mode)
      #expect(throws: ChangeBook.Fault.self) { try file.read() }
    }
    chmod(file.path, 0o600)
    let link = folder.path + "/link.json"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file.path)
    #expect(throws: ChangeBook.Fault.self) { try ChangeFile(path: link).read() }
    #expect(throws: ChangeBook.Fault.self) { try ChangeFile(path: folder.path).read() }
    let nowhere = ChangeFile(path: folder.path + "/no/changes.json")
    #expect(try nowhere.read() == ChangeBook())
    #expect(throws: ChangeBook.Fault.self) { try nowhere.prepare(&book) }
  }
}
