import MystelCore

/// A rule in words, for operators.
package enum RuleText {
  package static func text(of rule: Rule, mode: Configuration.Mode) -> String {
    var lines = [
      "\(rule.id): \(rule.title)", "", rule.why, "",
      "mode        \(mode.rawValue)"
        + " (observe: \(rule.modes.observe.rawValue), balanced: \(rule.modes.balanced.rawValue),"
        + " strict: \(rule.modes.strict.rawValue))",
      "action      \(rule.action.rawValue)"
        + (rule.closeAfter.map { "; number \($0) ends the session" } ?? ""),
      "reason      \(rule.reason.label)",
      "weight      \(rule.weight)", "confidence  \(rule.confidence.rawValue)",
      "source      \(rule.source)",
    ]
    if !rule.classes.isEmpty { lines.append("answers     \(rule.classes.joined(separator: ", "))") }
    if !rule.detects.isEmpty { lines.append("detects     \(rule.detects.joined(separator: ", "))") }
    let builds = rule.builds.map { $0.map { String($0) }.joined(separator: ", ") }
    lines.append("builds      \(builds ?? "all")")
    lines.append("")
    lines += rule.checks.map { "- \(text(of: $0))" }
    lines += [
      "", "To change its mode, write into the configuration and reload it:", "",
      "inspection:", "  rules: { \(rule.id): off }        # off | shadow | enforce",
    ]
    return lines.joined(separator: "\n")
  }

  private static func text(of check: Rule.Check) -> String {
    switch check {
    case .structure(let structure): return "every packet: \(structure.rawValue)"
    case .state(let state):
      return "\(state.subject.packets.joined(separator: ", ")): \(state.rawValue)"
    case .field(let packets, let field, let condition):
      return "\(list(packets)): \(field) \(text(of: condition))"
    case .relation(let packets, let left, let relation, let right):
      return "\(list(packets)): \(left) \(text(of: relation)) \(right)"
    case .length(let packets, let range):
      return "\(list(packets)): \(range.lowerBound) to \(range.upperBound) bytes"
    case .rate(let packets, let perSecond, let burst):
      return "\(list(packets)): \(perSecond) a second, \(burst) at once"
    case .sequence(let packets, let after, let until, let once):
      return "\(list(packets)): \(once ? "once " : "")after \(list(after))"
        + (until.isEmpty ? "" : ", until \(list(until))")
    case .signature(let signature): return SignatureText.text(of: signature)
    case .privilege(let packets, let statuses):
      return "\(list(packets)): only with the status \(numbers(statuses.map { Int64($0) }))"
    }
  }

  private static func text(of condition: Rule.Condition) -> String {
    switch condition {
    case .range(let range):
      switch (range.lowerBound == .min, range.upperBound == .max) {
      case (true, _): return "at most \(range.upperBound)"
      case (_, true): return "at least \(range.lowerBound)"
      default: return "from \(range.lowerBound) to \(range.upperBound)"
      }
    case .oneOf(let values): return "one of \(numbers(values))"
    case .multiple(let divisor): return "a multiple of \(divisor)"
    case .magnitude(let limit): return "at most \(limit) away from 0"
    case .count(let range): return "\(range.lowerBound) to \(range.upperBound) long"
    case .text(let form): return "text: \(form.rawValue)"
    }
  }

  private static func text(of relation: Rule.Relation) -> String {
    switch relation {
    case .notEqual: "differs from"
    case .atMost: "is at most"
    case .productAtMost(let most): "is at most \(most) when multiplied by"
    case .oneIsZero: "is 0, or so is"
    }
  }

  private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
  private static func numbers(_ values: [Int64]) -> String {
    values.map { String($0) }.joined(separator: ", ")
  }
}
