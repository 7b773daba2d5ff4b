import MystelCore
import MystelWire

/// Looks up what rules name in the packs: a name that nothing answers to would make a rule that
/// never holds anything.
struct RuleNames {
  /// Names looked for in one rule's problems: a search costs more than all else here.
  private static let suggestions = 16

  private let packs: [BuildPack]
  private var findings: Findings

  /// What no pack has, at its place in the rule's file.
  static func problems(_ loaded: RuleLoader.Loaded, _ packs: [BuildPack]) -> [Problem] {
    loaded.rules.flatMap { rule -> [Problem] in
      guard let places = loaded.places[rule.id] else { return [] }
      let concerned = packs.filter { rule.builds?.contains($0.build) ?? true }
      var names = RuleNames(packs: concerned, findings: places)
      names.builds(rule, packs)
      if names.findings.problems.isEmpty {
        for (index, check) in rule.checks.enumerated() { names.check(check, "checks[\(index)]") }
      }
      return names.findings.sorted(names.findings.problems)
    }
  }

  private mutating func report(_ message: String, meant: String? = nil, at key: String) {
    findings.report(Complaint(message, meant: meant), at: key, findings.origin(of: key))
  }

  private mutating func builds(_ rule: Rule, _ packs: [BuildPack]) {
    let known = packs.map { String($0.build) }
    for (index, build) in (rule.builds ?? []).enumerated() where !known.contains("\(build)") {
      report(
        "no pack describes build \(build)", meant: nearest(to: "\(build)", among: known),
        at: "builds[\(index)]")
    }
  }

  private mutating func check(_ check: Rule.Check, _ key: String) {
    switch check {
    case .structure, .state: return
    case .signature(let signature): self.signature(signature, key)
    case .privilege(let names, _), .length(let names, _), .rate(let names, _, _):
      packets(names, "\(key).packets")
    case .sequence(let names, let after, let until, _):
      packets(names, "\(key).packets")
      packets(after, "\(key).after")
      packets(until, "\(key).until")
    case .field(let names, let field, _):
      packets(names, "\(key).packets")
      self.field(field, of: names, "\(key).packets", "\(key).field")
    case .relation(let names, let left, _, let right):
      packets(names, "\(key).packets")
      field(left, of: names, "\(key).packets", "\(key).field")
      field(right, of: names, "\(key).packets", "\(key).other")
    }
  }

  /// The packets of a signature; the compiler looks for its fields.
  private mutating func signature(_ signature: Signature, _ key: String) {
    packets(signature.packets, "\(key).packets")
    switch signature.measure {
    case .sooner(_, let after, _, _), .between(_, _, let after), .later(_, let after):
      packets(after, "\(key).after")
    case .absent(let absent, let after, _):
      packets(absent, "\(key).absent.packets")
      packets([after], "\(key).absent.after")
    case .match, .repeated, .together, .steady, .unannounced, .soonerThanSeen, .perEntity, .motion,
      .stamps:
      return
    }
  }

  private mutating func packets(_ names: [String], _ key: String) {
    for (index, name) in names.enumerated() where matches(name).isEmpty {
      let isSearched = findings.problems.count < Self.suggestions
      let known = isSearched ? Set(packs.flatMap(\.opcodes.keys)).sorted() : []
      report(
        "no build has a packet \(shown(name))", meant: nearest(to: name, among: known),
        at: "\(key)[\(index)]")
    }
  }

  /// A field must be in every layout of its packets, or the rule would hold some players only.
  private mutating func field(
    _ path: String, of names: [String], _ key: String, _ fieldKey: String
  ) {
    for (index, name) in names.enumerated() {
      let found = matches(name)
      let layouts = packs.flatMap { pack in found.compactMap { pack.packets[$0]?.layout } }
      guard !found.isEmpty else { continue }
      guard !layouts.isEmpty else {
        report("the fields of \(shown(name)) are not known", at: "\(key)[\(index)]")
        continue
      }
      for layout in layouts {
        let paths = layout.body.paths(prefix: "")
        guard !paths.contains(path) else { continue }
        report(
          "\(layout.name) has no field \(shown(path))", meant: nearest(to: path, among: paths),
          at: fieldKey)
        return
      }
    }
  }

  private func matches(_ name: String) -> [String] {
    guard name.hasSuffix("*") else {
      return packs.contains { $0.opcodes[name] != nil } ? [name] : []
    }
    return Set(packs.flatMap { $0.opcodes.keys.filter { $0.hasPrefix(name.dropLast()) } }).sorted()
  }
}
