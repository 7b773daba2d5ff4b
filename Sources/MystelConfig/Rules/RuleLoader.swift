import MystelCore

/// Reads rule files. Format: docs/operating/rules.md
package enum RuleLoader {
  /// The rules of a set of files, in the order of their ids, and everything wrong in them.
  package static func load(
    _ files: [EmbeddedPack.File], from source: String
  ) -> (rules: [Rule], problems: [Problem]) {
    var rules: [Rule] = []
    var problems: [Problem] = []
    for file in files.sorted(by: { $0.path < $1.path }) {
      let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
      let read = rule(file.text, file: "\(source)/\(name)", name: name)
      problems += read.problems
      if let rule = read.rule { rules.append(rule) }
    }
    return (rules, problems)
  }

  /// The embedded rules, with those of an operator's files in the place of equal ids.
  package static func embedded(
    and own: [EmbeddedPack.File] = [], from source: String = ""
  ) -> (rules: [Rule], problems: [Problem]) {
    let shipped = load(EmbeddedPack.files(in: "rules"), from: "Packs/tera/rules")
    let added = load(own, from: source)
    let replaced = Set(added.rules.map(\.id))
    let rules = shipped.rules.filter { !replaced.contains($0.id) } + added.rules
    return (rules.sorted { $0.id < $1.id }, shipped.problems + added.problems)
  }

  /// One file. Its id is its name, `310-amounts.yaml`, without the ending.
  private static func rule(
    _ text: String, file: String, name: String
  ) -> (rule: Rule?, problems: [Problem]) {
    var findings = Findings(file: file)
    let id = name.hasSuffix(".yaml") ? String(name.dropLast(5)) : name
    if !isId(id) {
      findings.report(
        Complaint("is no name of a rule: three digits, a dash, words with dashes, `.yaml`"), at: "",
        .file(line: 1, column: 1))
    }
    let tree = YAMLReader.tree(of: Array(text.utf8), into: &findings)
    guard let tree else { return (nil, findings.sorted(findings.problems)) }
    let document = RuleDocument.table.read(tree, at: "", into: &findings)
    let checks = document.checks.enumerated().compactMap { index, check -> Rule.Check? in
      switch check.check() {
      case .success(let made): return made
      case .failure(let complaint):
        let key = "checks[\(index)]"
        if findings.isSound(key) { findings.report(complaint, at: key, findings.origin(of: key)) }
        return nil
      }
    }
    let reason = Reason.allCases.first { $0.label == document.reason }
    guard findings.problems.isEmpty, let reason else {
      return (nil, findings.sorted(findings.problems))
    }
    let rule = Rule(
      id: id, title: document.title, classes: document.classes, why: document.why,
      source: document.source, confidence: document.confidence, action: document.action,
      reason: reason, weight: document.weight, modes: document.modes,
      closeAfter: document.closeAfter, builds: document.builds.isEmpty ? nil : document.builds,
      checks: checks)
    return (rule, [])
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
