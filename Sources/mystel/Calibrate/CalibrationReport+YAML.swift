import MystelCore

extension CalibrationReport {
  /// A piece of configuration, and a rule file in comments.
  var yaml: String {
    var lines = ["# mystel calibrate: \(basis)"]
    if let shortage { lines.append("# \(shortage)") }
    lines += staying.map { "# \($0.id) stays in shadow; hits \(said($0.prediction))" }
    if !changes.isEmpty {
      lines += ["inspection:", "  rules:"]
      lines += changes.map { rule in
        "    \(rule.id): \(rule.proposal ?? "")  # was \(rule.mode); hits \(said(rule.prediction))"
      }
    }
    let changed = limits.filter { $0.proposal != nil }
    if !changed.isEmpty {
      lines += ["limits:", "  session:"]
      for limit in changed {
        let now = limit.now.map { "\($0)" } ?? "unlimited"
        let needed = String(format: "%.1f", limit.needed)
        lines.append(
          "    \(limit.key): \(limit.proposal ?? 0)  # was \(now); the most needed was \(needed); "
            + "hits \(said(limit.prediction))")
      }
    }
    if !lengths.isEmpty { lines += lengthRule.map { $0.isEmpty ? "#" : "# \($0)" } }
    if lines.allSatisfy({ $0.hasPrefix("#") }) { lines.append("# nothing is proposed") }
    return lines.joined(separator: "\n")
  }

  /// A file for `inspection.rules_directory`, in shadow until it was looked at.
  private var lengthRule: [String] {
    [
      "", "Lengths are a rule file in inspection.rules_directory, such as 900-lengths.yaml:",
      "title: Packets are no longer than twice what players sent",
      "why: \"Calibrated on \(basis).\"", "source: mystel calibrate", "confidence: medium",
      "action: discard", "reason: packet_body_too_long", "weight: 5",
      "modes: { balanced: shadow, strict: enforce }",
      "checks:",
    ]
      + lengths.flatMap { length in
        [
          "  - packets: [\(length.packet)]"
            + "  # seen \(length.observed[0])-\(length.observed[1]); hits "
            + said(length.prediction),
          "    longest: \(length.proposal)",
        ]
      }
  }
}
