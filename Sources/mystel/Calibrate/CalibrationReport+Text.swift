import Foundation
import MystelCore

extension CalibrationReport {
  /// For people.
  var text: String {
    [trafficText, rulesText, sessionsText, packetsText, proposalsText].joined(separator: "\n\n")
  }

  private var trafficText: String {
    var text = basis
    if traffic.leftOutWithTool > 0 {
      text += "\nleft out: \(traffic.leftOutWithTool) sessions that say they had a tool"
    }
    if traffic.leftOutOfUnknownBuild > 0 {
      text += "\nleft out: \(traffic.leftOutOfUnknownBuild) sessions of builds without a pack"
    }
    if traffic.packetsWithoutPlace > 0 {
      text += "\nnot described: \(traffic.packetsWithoutPlace) packets of too many kinds"
    }
    if traffic.sessionsNotListed > 0 {
      text += "\nnot listed one by one: \(traffic.sessionsNotListed) sessions"
    }
    return text
  }

  /// What everything rests on, in one line.
  var basis: String {
    String(
      format: "%d sessions of %d players, %.1f hours, %d packets of clients", traffic.sessions,
      traffic.players, traffic.hours, traffic.packets)
  }

  /// What is missing for proposals; nil where nothing is.
  var shortage: String? {
    guard !traffic.isEnough else { return nil }
    return String(
      format: "too little traffic for modes and lower limits: these take %d sessions and %g hours",
      traffic.least.sessions, traffic.least.hours)
  }

  private var rulesText: String {
    let title = "Rules in shadow or off that would have been broken"
    var table = TextTable("RULE", "NOW", "SESSIONS", "PLAYERS", "PACKETS", "TITLE")
    for rule in rules where rule.sessions > 0 && rule.mode != "enforce" { add(rule, to: &table) }
    var text = table.isEmpty ? "\(title): none" : "\(title):\n\(table.text)"
    var inForce = TextTable("RULE", "NOW", "SESSIONS", "PLAYERS", "PACKETS", "TITLE")
    for rule in rules where rule.sessions > 0 && rule.mode == "enforce" { add(rule, to: &inForce) }
    if !inForce.isEmpty { text += "\n\nRules in force that honest players broke:\n\(inForce.text)" }
    let silent = rules.filter { $0.concernedSessions == 0 }.map(\.id)
    if !silent.isEmpty {
      text += "\n\nRules that no packet here concerned, of which nothing is known: "
      text += silent.joined(separator: ", ")
    }
    return text
  }

  private func add(_ rule: RuleRow, to table: inout TextTable) {
    table.add(
      rule.id, rule.mode, "\(rule.sessions) of \(rule.concernedSessions)",
      "\(rule.prediction.hit) of \(rule.prediction.of)", "\(rule.packets)", rule.title)
  }

  private var sessionsText: String {
    let title = String(format: "Sessions whose score would have passed %g", threshold)
    let passed = sessions.filter(\.passed)
    let highest = sessions.map(\.score).max() ?? 0
    guard !passed.isEmpty else {
      return title + String(format: ": none; the highest was %.0f", highest)
    }
    var table = TextTable("SESSION", "CLIENT", "SCORE", "RULES")
    for session in passed {
      let broken = session.rules.sorted { $0.key < $1.key }.map { "\($0.key) x\($0.value)" }
      table.add(
        session.file, session.client ?? "-", String(format: "%.0f", session.score),
        broken.joined(separator: ", "))
    }
    return "\(title):\n\(table.text)"
  }

  private var packetsText: String {
    var table = TextTable(
      "PACKET", "COUNT", "SESSIONS", "BYTES", "LENGTHS", "SHORTEST", "MEDIAN", "STAMPS, FLOATS")
    let isOneBuild = Set(packets.map(\.build)).count < 2
    for packet in packets {
      let name = packet.name ?? "opcode \(packet.opcode)"
      table.add(
        isOneBuild ? name : "\(packet.build) \(name)", "\(packet.count)", "\(packet.sessions)",
        packet.shortest == packet.longest
          ? "\(packet.shortest)" : "\(packet.shortest)-\(packet.longest)",
        "\(packet.distinctLengths)", milliseconds(packet.shortestIntervalMilliseconds),
        milliseconds(packet.medianIntervalMilliseconds), notes(packet))
    }
    return "What clients sent; times are between packets of one kind:\n\(table.text)"
  }

  private func milliseconds(_ value: Double?) -> String {
    value.map { String(format: $0 < 10 ? "%.1f ms" : "%.0f ms", $0) } ?? "-"
  }

  private func notes(_ packet: PacketRow) -> String {
    var notes: [String] = []
    if let stamps = packet.stamps {
      notes.append(
        "\(stamps.bare) bare, \(stamps.stamped) stamped (hash 0: \(stamps.zeroHash), counter +1: "
          + "\(stamps.counterSteps), else: \(stamps.counterLeaps))")
    }
    for field in packet.fields where field.zero + field.nan + field.infinite > 0 {
      var note = "\(field.name): \(field.zero) of \(field.count) zero"
      if field.nan > 0 { note += ", \(field.nan) NaN" }
      if field.infinite > 0 { note += ", \(field.infinite) infinite" }
      notes.append(note)
    }
    return notes.joined(separator: "; ")
  }

  private var proposalsText: String {
    var table = TextTable("PROPOSAL", "NOW", "HONEST PLAYERS HIT")
    for rule in changes {
      table.add(
        "inspection.rules.\(rule.id): \(rule.proposal ?? "")", rule.mode, said(rule.prediction))
    }
    for limit in limits {
      guard let proposal = limit.proposal else { continue }
      table.add(
        "limits.session.\(limit.key): \(proposal)", limit.now.map { "\($0)" } ?? "unlimited",
        said(limit.prediction))
    }
    for length in lengths {
      table.add(
        "\(length.packet) at most \(length.proposal) bytes", "\(length.longestNow)",
        said(length.prediction))
    }
    var text = table.isEmpty ? "Proposals: none" : "Proposals:\n\(table.text)"
    for limit in limits {
      let needed = String(format: "%.1f", limit.needed)
      text += "\nlimits.session.\(limit.key): \(needed) would have held back nobody"
    }
    if !staying.isEmpty {
      text += "\nto stay in shadow: "
      text += staying.map { "\($0.id) (hits \(said($0.prediction)))" }.joined(separator: ", ")
    }
    if let shortage { text += "\n\(shortage)" }
    return text
  }

  /// Rules in shadow that hit somebody.
  var staying: [RuleRow] { rules.filter { $0.proposal == "shadow" && $0.mode == "shadow" } }

  /// Rules whose mode should be another.
  var changes: [RuleRow] { rules.filter { $0.proposal != nil && $0.proposal != $0.mode } }

  func said(_ prediction: Prediction) -> String {
    let seen = "\(prediction.hit) of \(prediction.of)"
    guard let share = prediction.shareAtMost else { return seen }
    return seen + String(format: ", at most %.2g %% (3/n, 95 %% sure)", share * 100)
  }
}
