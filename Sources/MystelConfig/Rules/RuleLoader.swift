import MystelCore

/// Reads rule files. Format: docs/operating/rules.md
package enum RuleLoader {
  /// Rules, and where in their files each of their keys stands.
  package struct Loaded: Sendable {
    /// In the order of their ids.
    package var rules: [Rule] = []
    package var problems: [Problem] = []
    /// By rule id.
    var places: [String: Findings] = [:]
  }

  /// The rules of a set of files, and everything wrong in them.
  package static func load(_ files: [EmbeddedPack.File], from source: String) -> Loaded {
    var loaded = Loaded()
    for file in files.sorted(by: { $0.path < $1.path }) {
      let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
      var findings = Findings(file: "\(source)/\(shown(name))")
      let rule = rule(file.text, name: name, into: &findings)
      if let rule, loaded.places[rule.id] != nil {
        findings.report(
          Complaint("there is a rule \(rule.id) already"), at: "", .file(line: 1, column: 1))
      }
      loaded.problems += findings.sorted(findings.problems)
      guard let rule, findings.problems.isEmpty else { continue }
      loaded.rules.append(rule)
      loaded.places[rule.id] = findings
    }
    return loaded
  }

  /// The embedded rules, with those of an operator's files in the place of equal ids.
  package static func embedded(
    and own: [EmbeddedPack.File] = [], from source: String = ""
  ) -> Loaded {
    var loaded = load(EmbeddedPack.files(in: "rules"), from: "Packs/tera/rules")
    let added = load(own, from: source)
    loaded.rules = loaded.rules.filter { added.places[$0.id] == nil } + added.rules
    loaded.rules.sort { $0.id < $1.id }
    loaded.problems += added.problems
    loaded.places.merge(added.places) { $1 }
    return loaded
  }

  /// One file. Its id is its name, `310-amounts.yaml`, without the ending.
  private static func rule(
    _ text: String, name: String, into findings: inout Findings
  ) -> Rule? {
    let id = name.hasSuffix(".yaml") ? String(name.dropLast(5)) : name
    if !isId(id) {
      findings.report(
        Complaint("is no name of a rule: three digits, a dash, words with dashes, `.yaml`"), at: "",
        .file(line: 1, column: 1))
    }
    let tree = YAMLReader.tree(of: Array(text.utf8), into: &findings)
    guard let tree else { return nil }
    let document = RuleDocument.table.read(tree, at: "", into: &findings)
    let checks = document.checks.enumerated().compactMap { index, check -> Rule.Check? in
      switch check.check() {
      case .success(let made): return made
      case .failure(let complaint):
        let key = "checks[\(index)]"
        if findings.isWhole(key) { findings.report(complaint, at: key, findings.origin(of: key)) }
        return nil
      }
    }
    let reason = Reason.allCases.first { $0.label == document.reason }
    guard findings.problems.isEmpty, let reason else { return nil }
    return Rule(
      id: id, title: document.title, classes: document.classes, detects: document.detects,
      why: document.why,
      source: document.source, confidence: document.confidence, action: document.action,
      reason: reason, weight: document.weight, modes: document.modes,
      closeAfter: document.closeAfter, builds: document.builds.isEmpty ? nil : document.builds,
      checks: checks)
  }

  /// `NNN-words-with-dashes`.
  private static func isId(_ id: String) -> Bool {
    let bytes = Array(id.utf8)
    guard bytes.count >= 5, bytes.count <= 64, bytes[3] == UInt8(ascii: "-"),
      bytes.last != UInt8(ascii: "-")
    else { return false }
    return bytes[0..<3].allSatisfy { (48...57).contains($0) }
      && bytes[4...].allSatisfy {
        (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
      }
  }
}
