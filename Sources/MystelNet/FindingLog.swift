import Logging
import MystelCore

/// Puts what rules found into the log: once a second, a few lines, never one a packet.
struct FindingLog {
  /// Lines a second; what is beyond is counted in one more.
  static let lines = 10
  private static let periodNanoseconds: UInt64 = 1_000_000_000

  /// Findings kept for operators who look at a session.
  private static let remembered = 512

  /// Findings a period whose packets are read and kept as evidence, and of one session.
  private static let evidence = 64
  private static let evidenceOfSession = 8

  private var next = Instant(nanoseconds: 0)
  /// The latest findings, the oldest first.
  private var memory: [RuleTally.Recent] = []
  /// Names the process in the ids of evidence.
  private let instance: UInt64

  init(instance: UInt64) { self.instance = instance }

  /// One line's worth of findings.
  private struct Line: Hashable {
    var session: UInt64
    var rule: String
    var isEnforced: Bool
    var packet: String
    var field: String
  }

  /// What was found within a second.
  struct News {
    var incidents: [Incident] = []
    /// For whoever watches: one a session, rule and field, as in the log.
    var shown: [GatewayEvent.Found] = []
  }

  /// Events a second of a worker.
  private static let shownPerSecond = 64

  /// - Parameter seconds: the wall clock, since 1970.
  /// - Returns: what was found since the last time; nil where a second has not passed yet.
  mutating func tick(
    now: Instant, seconds: Int64, tally: Tally, evidence: EvidenceLog, logger: Logger
  ) -> News? {
    guard now >= next else { return nil }
    next = Instant(nanoseconds: now.nanoseconds &+ Self.periodNanoseconds)
    let (recent, unkept) = tally.rules.takeRecent()
    guard !recent.isEmpty || unkept > 0 else { return News() }
    memory += recent
    memory.removeFirst(max(0, memory.count - Self.remembered))
    let acts = tally.rules.takeActs()
    // What ended a session comes first.
    let made = self.evidence(of: acts.compactMap(\.last) + recent, seconds: seconds)
    evidence.add(made)
    let kept = Set(made.map(\.id))
    let lines = FindingLog.lines(of: recent)
    write(lines, unkept: unkept, logger: logger)
    for act in acts { tell(act, logger) }
    let known = { [instance] (found: RuleTally.Recent) -> String? in
      let id = found.evidenceID(instance: instance)
      return kept.contains(id) ? id : nil
    }
    return News(
      incidents: recent.map { Incident($0, evidence: known($0), seconds: seconds) },
      shown: lines.prefix(Self.shownPerSecond).map { line, found in
        GatewayEvent.Found(
          session: line.session, client: "\(found.first.client)", account: found.first.account,
          found: SessionAnswer.Found(
            rule: line.rule, title: found.first.rule.title, packet: line.packet,
            field: line.field, isEnforced: line.isEnforced),
          count: found.count, evidence: known(found.first))
      })
  }

  private func evidence(of recent: [RuleTally.Recent], seconds: Int64) -> [Evidence] {
    var ofSession: [UInt64: Int] = [:]
    var numbers: Set<UInt64> = []
    var made: [Evidence] = []
    for found in recent
    where made.count < Self.evidence && numbers.insert(found.number).inserted {
      ofSession[found.session, default: 0] += 1
      guard ofSession[found.session, default: 0] <= Self.evidenceOfSession else { continue }
      made.append(Evidence(found, instance: instance, seconds: seconds))
    }
    return made
  }

  /// A session whose score passed the threshold: the line that an operator looks for when a player
  /// asks why.
  private func tell(_ act: RuleTally.Act, _ logger: Logger) {
    var metadata: Logger.Metadata = [
      "session": "\(act.session)", "client": "\(act.client)", "score": "\(Int(act.score))",
      "reason": "\(Reason.scoreExceeded.label)",
    ]
    if let account = act.account { metadata["account"] = "\(account)" }
    if let last = act.last {
      metadata["rule"] = "\(last.rule.id)"
      metadata["detects"] = "\(last.rule.detects.joined(separator: ", "))"
      metadata["evidence"] = "\(last.evidenceID(instance: instance))"
    }
    if act.isEnforced {
      logger.notice(
        "session ended: its score reached the threshold; `mystel explain` shows the evidence",
        metadata: metadata)
    } else {
      logger.notice(
        "in shadow: a session's score reached the threshold; `mystel explain` shows the evidence",
        metadata: metadata)
    }
  }

  /// What a session's packets broke lately, the latest first; not what is less than a second old.
  func findings(of session: UInt64, atMost limit: Int) -> [RuleTally.Recent] {
    Array(memory.reversed().lazy.filter { $0.session == session }.prefix(limit))
  }

  private typealias Lines = [(key: Line, value: (count: Int, first: RuleTally.Recent))]

  /// What was found, put together: what was acted on comes first.
  private static func lines(of recent: [RuleTally.Recent]) -> Lines {
    var counts: [Line: (count: Int, first: RuleTally.Recent)] = [:]
    for found in recent {
      let line = Line(
        session: found.session, rule: found.rule.id, isEnforced: found.finding.isEnforced,
        packet: found.build.names[found.finding.opcode] ?? "opcode \(found.finding.opcode)",
        field: found.build.fieldNames[Int(found.finding.field)])
      counts[line, default: (0, found)].count += 1
    }
    return counts.sorted { left, right in
      if left.key.isEnforced != right.key.isEnforced { return left.key.isEnforced }
      return (left.key.session, left.key.rule) < (right.key.session, right.key.rule)
    }
  }

  private func write(_ sorted: Lines, unkept: UInt64, logger: Logger) {
    for (line, found) in sorted.prefix(Self.lines) {
      let rule = found.first.rule
      var metadata: Logger.Metadata = [
        "session": "\(line.session)", "rule": "\(line.rule)", "packet": "\(line.packet)",
        "count": "\(found.count)", "reason": "\(rule.reason.label)",
      ]
      if !line.field.isEmpty { metadata["field"] = "\(line.field)" }
      if line.isEnforced {
        logger.notice(
          "\(Self.deed(rule.action)): \(rule.title)", metadata: metadata)
      } else {
        logger.info("in shadow: \(rule.title)", metadata: metadata)
      }
    }
    let rest = sorted.dropFirst(Self.lines).reduce(unkept) { $0 &+ UInt64($1.value.count) }
    if rest > 0 {
      logger.notice("more findings than are logged", metadata: ["count": "\(rest)"])
    }
  }

  private static func deed(_ action: Rule.Action) -> Logger.Message {
    switch action {
    case .fix: "packet repaired"
    case .discard: "packet discarded"
    case .close: "session closed"
    case .count: "packet counted"
    case .delay: "session delayed"
    case .coalesce: "repeats left out, or session delayed"
    case .ban: "session closed and source reported"
    }
  }
}
