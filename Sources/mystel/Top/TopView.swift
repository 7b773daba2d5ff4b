import MystelCore

/// What the gateway said at one moment.
struct TopSample {
  var status: StatusAnswer
  var sessions: [SessionAnswer]
  var rules: [RuleAnswer]
  var taken: ContinuousClock.Instant
}

/// What happened between two moments, as lines.
struct TopView {
  private let before: TopSample
  private let now: TopSample
  private let seconds: Double

  init(from before: TopSample, to now: TopSample) {
    self.before = before
    self.now = now
    let time = (now.taken - before.taken).components
    seconds = max(0.001, Double(time.seconds) + Double(time.attoseconds) / 1e18)
  }

  /// For programs.
  struct Summary: Encodable {
    var seconds: Double
    var sessions: Int
    var packetsPerSecond: DirectionRates
    var bytesPerSecond: DirectionRates
    var dropsPerSecond: Double
    var repairsPerSecond: Double
  }

  struct DirectionRates: Encodable {
    var toBackend: Double
    var toClient: Double
  }

  var summary: Summary {
    Summary(
      seconds: seconds, sessions: now.status.sessions, packetsPerSecond: rates(\.packets),
      bytesPerSecond: rates(\.bytes), dropsPerSecond: rate { $0.dropped },
      repairsPerSecond: rate { $0.rewritten })
  }

  /// - Parameter rows: how many lines there is room for.
  func lines(rows: Int) -> [String] {
    var lines = head
    lines.append("")
    lines += findings(atMost: max(3, min(8, rows / 4)))
    lines.append("")
    lines += busiest(atMost: max(3, rows - lines.count - 1))
    return lines
  }

  // MARK: Parts

  private var head: [String] {
    let status = now.status
    let packets = rates(\.packets)
    let bytes = rates(\.bytes)
    let down = status.backends.filter(\.isDown).map(\.name)
    var state = status.phase == .serving ? "" : "  \(status.phase.rawValue.uppercased())"
    if status.admission != "normal" { state += "  admission \(status.admission)" }
    if !down.isEmpty { state += "  DOWN: \(down.joined(separator: ", "))" }
    return [
      "mystel \(status.version)  up \(Shown.duration(status.upSeconds))  profile "
        + "\(status.profile)\(state)",
      "sessions \(status.sessions) of \(status.capacity)   \(TopView.text(rate { $0.accepted }))/s new"
        + (status.bans.map { "   bans \($0)" } ?? ""),
      "packets  \(TopView.text(packets.toBackend))/s to backends   "
        + "\(TopView.text(packets.toClient))/s to clients   "
        + "\(TopView.text(rate { $0.rewritten }))/s repaired   "
        + "\(TopView.text(rate { $0.dropped }))/s dropped",
      "bytes    \(TopView.bytes(bytes.toBackend))/s to backends   "
        + "\(TopView.bytes(bytes.toClient))/s to clients",
    ]
  }

  private func findings(atMost most: Int) -> [String] {
    let earlier = Dictionary(before.rules.map { ($0.id, $0) }) { first, _ in first }
    let rows = now.rules.compactMap {
      rule -> (rule: RuleAnswer, enforced: UInt64, shadowed: UInt64)? in
      let old = earlier[rule.id]
      let enforced = rule.enforced &- min(rule.enforced, old?.enforced ?? 0)
      let shadowed = rule.shadowed &- min(rule.shadowed, old?.shadowed ?? 0)
      return enforced + shadowed > 0 ? (rule, enforced, shadowed) : nil
    }
    guard !rows.isEmpty else {
      return ["no rule was broken in the last \(TopView.text(seconds)) s"]
    }
    var table = TextTable("RULE", "ACTED ON", "IN SHADOW", "WHAT")
    for row in rows.sorted(by: { ($0.enforced, $0.shadowed) > ($1.enforced, $1.shadowed) })
      .prefix(most)
    {
      table.add(row.rule.id, "\(row.enforced)", "\(row.shadowed)", row.rule.title)
    }
    return table.text.split(separator: "\n").map(String.init)
  }

  private func busiest(atMost most: Int) -> [String] {
    let earlier = Dictionary(before.sessions.map { ($0.id, $0) }) { first, _ in first }
    let rows = now.sessions.map { session -> (session: SessionAnswer, out: Double, in: Double) in
      let old = earlier[session.id]?.packets
      let out = session.packets.toBackend &- min(session.packets.toBackend, old?.toBackend ?? 0)
      let back = session.packets.toClient &- min(session.packets.toClient, old?.toClient ?? 0)
      return (session, Double(out) / seconds, Double(back) / seconds)
    }
    guard !rows.isEmpty else { return ["no session is open"] }
    var table = TextTable(
      "SESSION", "CLIENT", "ACCOUNT", "PHASE", "SINCE", "OUT/S", "IN/S", "SCORE")
    for row in rows.sorted(by: { ($0.out, $0.session.id) > ($1.out, $1.session.id) }).prefix(most) {
      table.add(
        "\(row.session.id)", row.session.client, row.session.account.map { "\($0)" } ?? "-",
        row.session.phase, Shown.duration(row.session.seconds), TopView.text(row.out),
        TopView.text(row.in), row.session.score.map { "\($0)" } ?? "-")
    }
    return table.text.split(separator: "\n").map(String.init)
  }

  // MARK: Numbers

  private func rates(_ counts: KeyPath<StatusAnswer, DirectionCounts>) -> DirectionRates {
    DirectionRates(
      toBackend: rate { $0[keyPath: counts].toBackend },
      toClient: rate { $0[keyPath: counts].toClient })
  }

  private func rate(_ count: (StatusAnswer) -> UInt64) -> Double {
    let (old, new) = (count(before.status), count(now.status))
    return Double(new &- min(new, old)) / seconds
  }

  private static func text(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return value >= 100 || tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  private static func bytes(_ value: Double) -> String { Shown.bytes(UInt64(value.rounded())) }
}
