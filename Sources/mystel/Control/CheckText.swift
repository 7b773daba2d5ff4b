import MystelCore

/// The answer of `bans check` in words.
enum CheckText {
  static func of(_ answer: CheckAnswer) -> String {
    var lines: [String] = []
    if let ban = answer.ban {
      lines.append(
        "\(answer.target) is banned by the entry \(ban.target), \(BansCommand.end(ban))")
      lines.append("  by      \(BansCommand.author(ban))")
      lines.append("  reason  \(ban.reason.isEmpty ? "none was given" : ban.reason)")
      lines.append(
        ban.scope == "everyone"
          ? "  meets   everyone" : "  meets   connections that have not logged in")
      if ban.count > 1 { lines.append("  count   \(ban.count) times in a row") }
      if let evidence = ban.evidence {
        lines.append("  why     mystel explain \(evidence)")
      }
      lines.append("  undo    mystel bans remove \(ban.target)")
    } else {
      lines.append("\(answer.target) is not banned")
    }
    if let allowed = answer.allowedBy {
      lines.append("it lies in \(allowed) of the allow-list, which wider bans do not meet")
    }
    if let protection = answer.protection { lines.append(protection) }
    if answer.country != nil || answer.system != nil {
      let system = answer.system.map { "AS\($0)" } ?? "an unknown network"
      lines.append("it is in \(answer.country ?? "an unknown country"), of \(system)")
    }
    if let refusal = answer.geoRefusal {
      lines.append(
        answer.geoIsEnforced == true
          ? "reputation.geoip keeps it out: \(refusal)"
          : "reputation.geoip would keep it out, but is in shadow: \(refusal)")
    }
    lines.append("live sessions: \(answer.sessions)")
    return lines.joined(separator: "\n")
  }
}
