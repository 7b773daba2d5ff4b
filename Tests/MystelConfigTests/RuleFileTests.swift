import Foundation
import MystelConfig
import MystelCore
import Testing

/// A rule file that is wrong, and what is said about it.
struct RuleFileCase: Sendable, CustomTestStringConvertible {
  var what: String
  /// What stands behind the keys that every rule has, which take six lines.
  var rest: String
  /// The problems, from the line on.
  var expected: [String]

  var testDescription: String { what }

  init(_ what: String, _ rest: String, _ expected: String...) {
    self.what = what
    self.rest = rest
    self.expected = expected
  }

  /// A file with one check, on the lines from 8 on.
  static func check(_ what: String, _ check: String, _ expected: String...) -> RuleFileCase {
    var made = RuleFileCase(what, "checks:\n  - \(check)\n")
    made.expected = expected
    return made
  }

  static let head = """
    title: Something holds
    why: "Because."
    source: us
    action: discard
    reason: value_out_of_range
    weight: 5

    """
}

@Suite("Rule files") struct RuleFileTests {
  @Test("what is wrong in a rule file is said with its place and what was meant", arguments: cases)
  func wrong(_ document: RuleFileCase) throws {
    let text = RuleFileCase.head + document.rest
    let found = try Self.problems(["900-own.yaml": Array(text.utf8)])
    #expect(found == document.expected.map { "900-own.yaml:\($0)" })
  }

  @Test("there are at least 30 of them")
  func counts() { #expect(Self.cases.count >= 30) }

  @Test("a rule file that is right adds its rule, and one of a shipped id takes its place")
  func right() throws {
    let text = RuleFileCase.head + "checks:\n  - {packets: [C_CHAT], field: channel, at_most: 3}\n"
    let folder = try TemporaryFolder([
      "900-own.yaml": Array(text.utf8), "430-guild-war-page.yaml": Array(text.utf8),
    ])
    let shipped = try InspectionLoader.load(Configuration.Inspection()).policy.rules
    let rules = try InspectionLoader.load(Self.inspection(folder)).policy.rules
    #expect(rules.count == shipped.count + 1)
    #expect(rules.first { $0.id == "430-guild-war-page" }?.title == "Something holds")
  }

  @Test("a file whose name is no rule's name is refused")
  func names() throws {
    let text = Array((RuleFileCase.head + "checks:\n  - {state: topo_finished}\n").utf8)
    for name in [
      "own.yaml", "90-own.yaml", "900_own.yaml", "900-.yaml", "900-Own.yaml", "900-ä.yaml",
    ] {
      let found = try Self.problems([name: text])
      #expect(found.count == 1, "\(name): \(found)")
      #expect(found.first?.contains("is no name of a rule") == true)
    }
  }

  @Test(
    "bytes that are no UTF-8, an empty file and one over a megabyte are refused with their place")
  func bytes() throws {
    let head = Array(RuleFileCase.head.utf8)
    #expect(
      try Self.problems(["900-own.yaml": head + [0x78, 0xff]]) == [
        "900-own.yaml:7:2: a byte here is not UTF-8 text"
      ])
    #expect(try Self.problems(["900-own.yaml": []]).first?.contains("is empty") == true)
    #expect(try Self.problems(["900-own.yaml": Array("# only\n".utf8)]).count == 1)
    let large = [UInt8](repeating: UInt8(ascii: "#"), count: (1 << 20) + 1)
    #expect(
      try Self.problems(["900-own.yaml": large]).first?.contains("larger than 1 MiB") == true)
    #expect(try Self.problems(["900-own.yaml": Array(large.dropLast())]).count == 1)
  }

  @Test("YAML that grows, nests or repeats is refused before it costs anything")
  func bombs() throws {
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1...40 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect(try !Self.problems(["900-own.yaml": Array(bomb.utf8)]).isEmpty)
    for opening in ["[", "{a: ", "- "] {
      let deep = "checks: " + String(repeating: opening, count: 200_000 / opening.utf8.count)
      #expect(try !Self.problems(["900-own.yaml": Array(deep.utf8)]).isEmpty)
    }
    let many =
      RuleFileCase.head + "checks:\n  - packets: ["
      + (0..<250).map { "C_NONE_\($0)" }.joined(separator: ", ")
      + "]\n    field: x\n    at_most: 1\n"
    #expect(try Self.problems(["900-own.yaml": Array(many.utf8)]).count == 250)
  }

  @Test("a folder with something else than files is read without waiting for it")
  func pipes() throws {
    let folder = try TemporaryFolder()
    #expect(mkfifo(folder.path + "/900-own.yaml", 0o600) == 0)
    let found = Self.lines { _ = try InspectionLoader.load(Self.inspection(folder)) }
    #expect(found.count == 1)
    #expect(found.first?.hasSuffix("is no regular file") == true)
  }

  @Test("two rules on one structure are refused, unless one of them is off")
  func structure() throws {
    let text = RuleFileCase.head + "modes: {balanced: shadow}\nchecks:\n  - structure: references\n"
    let found = try Self.problems(["900-own.yaml": Array(text.utf8)])
    #expect(
      found == [
        "900-own.yaml:9:5: checks[0]: `references` is what rule 020-references looks at: name a file"
          + " like it to replace it, or set one of the two to off"
      ])
    let folder = try TemporaryFolder(["900-own.yaml": Array(text.utf8)])
    var inspection = Self.inspection(folder)
    inspection.rules = ["020-references": .off]
    #expect(try InspectionLoader.load(inspection).policy.rules.contains { $0.id == "900-own" })
  }

  @Test("more rates than there is room for are refused by rule and count")
  func rates() throws {
    var text = RuleFileCase.head + "checks:\n"
    for number in 0..<33 {
      text += "  - {packets: [C_CHAT], rate: {per_second: \(number + 1), burst: 5}}\n"
    }
    let found = try Self.problems(["900-own.yaml": Array(text.utf8)])
    #expect(found.count == 1)
    #expect(found.first?.contains("all rules together may have 32 rates") == true)
  }

  // MARK: Helpers

  private static func inspection(_ folder: TemporaryFolder) -> Configuration.Inspection {
    var inspection = Configuration.Inspection()
    inspection.rulesDirectory = folder.path
    return inspection
  }

  /// What is wrong in a directory of rules, without the directory.
  private static func problems(_ files: [String: [UInt8]]) throws -> [String] {
    let folder = try TemporaryFolder(files)
    return lines { _ = try InspectionLoader.load(inspection(folder)) }
      .map { $0.replacing(folder.path + "/", with: "") }
  }

  private static func lines(_ body: () throws -> Void) -> [String] {
    do {
      try body()
      return []
    } catch let error as ConfigurationProblems {
      return error.problems.map(\.description)
    } catch {
      return ["\(error)"]
    }
  }
}
