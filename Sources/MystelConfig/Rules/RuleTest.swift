import MystelCore
import MystelWire

/// One case of a rule's test folder: a packet, and what must become of it. Format:
/// docs/operating/rules.md#tests
package struct RuleTest: Sendable {
  /// What becomes of the packet; `count` is forwarded, with a finding.
  package enum Outcome: String, CaseIterable, Sendable { case forward, fix, discard, close, count }

  /// How far the session has come. The packets that lead there are sent by the runner.
  package enum Scene: String, CaseIterable, Sendable { case start, login, lobby, loading, world }

  package var title = ""
  /// Where in the game the packet is sent.
  package var scene = Scene.world
  /// S_LOGIN_ARBITER's.
  package var status: UInt32 = 0
  /// The builds it is tried in; those of the rule where there are none.
  package var builds: [UInt32] = []
  /// What is sent before it, all let through.
  package var before: [Packet] = []
  package var packet = Packet()
  package var expect = Outcome.forward
  /// Fields of the repaired packet.
  var becomes: Tree?

  /// A packet by name and fields, and what is done to its bytes.
  package struct Packet: Sendable {
    package var name = ""
    var fields: Tree?
    var patches: [Patch] = []
    var cut: Int?
    var append: String?
    /// Milliseconds that pass before it.
    var wait = 0.0
    /// How often it is sent, and the milliseconds between.
    package var times = 1
    var every = 0.0
    /// An integrity header.
    var stampCount: Int?
    var stampHash: Int64?
  }

  /// Two bytes to overwrite.
  struct Patch: Sendable {
    var at = 0
    var word = 0
  }

  /// The cases of one file.
  package static func load(
    _ text: String, file: String
  ) -> (tests: [RuleTest], problems: [Problem]) {
    var findings = Findings(file: file)
    guard let tree = YAMLReader.tree(of: Array(text.utf8), into: &findings) else {
      return ([], findings.sorted(findings.problems))
    }
    let document = table.read(tree, at: "", into: &findings)
    return (document.cases, findings.sorted(findings.problems))
  }

  struct Document: Sendable {
    var cases: [RuleTest] = []
  }

  private static let table = Table<Document>(
    prototype: Document(), sections: [],
    rows: [
      .records(
        "cases", \.cases, of: cases, atMost: 256, example: "a list of cases", "What is tried.")
    ])

  private static let cases = Table<RuleTest>(
    prototype: RuleTest(),
    sections: [.init(path: "stamp", reason: "An integrity header.")],
    rows: [
      .scalar("title", \.title, .text, required: "title: what is tried", "What is tried."),
      .scalar("scene", \.scene, .choice(), "Where in the game the packet is sent."),
      .scalar("status", \.status, .integer(0...UInt32.max), "The status at login."),
      .list("builds", \.builds, of: .integer(1...UInt32.max), atMost: 64, "Where it is tried."),
      .packets("before", \.before, "What is sent before it."),
      .scalar(
        "packet", \.packet.name, .text, required: "packet: C_...", "The name of the packet."),
      .tree("fields", \.packet.fields, "Its fields; those left out are 0 or empty."),
      .patches("patch", \.packet.patches, "Words of the packet that are overwritten."),
      .scalar("cut", \.packet.cut, .optionalCount, "The length the packet is cut to."),
      .scalar("append", \.packet.append, .optionalText, "Bytes put behind it, in hex."),
      .scalar(
        "times", \.packet.times, .integer(1...10000), "How often it is sent; the last counts."),
      .scalar("every", \.packet.every, .milliseconds, "Milliseconds between those."),
      .scalar("wait", \.packet.wait, .milliseconds, "Milliseconds that pass before it."),
      .scalar("stamp.count", \.packet.stampCount, .optionalCount, "Its header's counter."),
      .scalar("stamp.hash", \.packet.stampHash, .optionalInteger, "Its header's hash."),
      .scalar("expect", \.expect, .choice(), "What becomes of it."),
      .tree("becomes", \.becomes, "Fields of the repaired packet."),
    ])

  fileprivate static let earlier = Table<Packet>(
    prototype: Packet(), sections: [.init(path: "stamp", reason: "An integrity header.")],
    rows: [
      .scalar("packet", \.name, .text, required: "packet: S_...", "The name of the packet."),
      .tree("fields", \.fields, "Its fields."),
      .scalar("wait", \.wait, .milliseconds, "Milliseconds that pass before it."),
      .scalar("times", \.times, .integer(1...10000), "How often it is sent."),
      .scalar("every", \.every, .milliseconds, "Milliseconds between those."),
      .scalar("stamp.count", \.stampCount, .optionalCount, "Its header's counter."),
      .scalar("stamp.hash", \.stampHash, .optionalInteger, "Its header's hash."),
    ])

  fileprivate static let patch = Table<Patch>(
    prototype: Patch(), sections: [],
    rows: [
      .scalar("at", \.at, .integer(0...65535), required: "at: 4", "The offset."),
      .scalar("word", \.word, .integer(0...65535), required: "word: 0", "The new value."),
    ])
}

extension Row {
  /// A key whose value is understood later, when the packet is known.
  fileprivate static func tree(
    _ path: String, _ field: any WritableKeyPath<Root, Tree?> & Sendable, _ reason: String
  ) -> Row {
    Row(
      path: path, isRequired: false, type: "section", range: "", reason: reason,
      schema: .object([.init("type", "object")]), example: "", isScalar: false, elements: [],
      read: { tree, _, root, _ in root[keyPath: field] = tree },
      write: { _ in .scalar("") })
  }

  fileprivate static func packets(
    _ path: String, _ field: any WritableKeyPath<Root, [RuleTest.Packet]> & Sendable,
    _ reason: String
  ) -> Row {
    optionalRecords(path, field, of: RuleTest.earlier, reason)
  }

  fileprivate static func patches(
    _ path: String, _ field: any WritableKeyPath<Root, [RuleTest.Patch]> & Sendable,
    _ reason: String
  ) -> Row {
    optionalRecords(path, field, of: RuleTest.patch, reason)
  }

  /// A list of sections that may be left out.
  private static func optionalRecords<Record>(
    _ path: String, _ field: any WritableKeyPath<Root, [Record]> & Sendable,
    of table: Table<Record>, _ reason: String
  ) -> Row {
    let required = Row.records(path, field, of: table, atMost: 256, example: "a list", reason)
    return Row(
      path: path, isRequired: false, type: required.type, range: required.range, reason: reason,
      schema: required.schema, example: "", isScalar: false, elements: required.elements,
      read: required.read, write: required.write)
  }
}
