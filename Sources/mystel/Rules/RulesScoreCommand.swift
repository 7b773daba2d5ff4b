import ArgumentParser
import Foundation
import MystelConfig
import MystelCore
import MystelSim

extension RulesCommand {
  /// `mystel rules score`: what the rules make of labelled sessions.
  struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Hold recorded sessions to every rule and say which would have been acted on.",
      discussion: """
        Every rule is in force, and each session is read to its end, past the point at which it \
        would have been closed. A session is flagged where its score reaches the threshold; a tool \
        is recalled where a rule that names its kind (`detects`) has taken part. Exit status 1 if \
        an honest session was flagged or acted on, or a tool was missed.
        """)

    @OptionGroup var source: Source

    @Flag(help: "Print JSON: sessions, recall, precision, classes.")
    var json = false

    @Option(help: "The score from which a session is acted on.")
    var threshold = SessionScore.Terms().threshold

    @Argument(help: "A directory of transcripts (*.jsonl), or transcripts.")
    var paths: [String]

    func run() throws {
      let policy = try source.load(everyRule: .enforce).policy
      var report = ScoreReport()
      for file in try InputFile.files(paths, [".jsonl"], called: "transcripts (*.jsonl)") {
        let transcript = try TranscriptFile.load(file)
        var scorer = SessionScorer(
          policy, build: transcript.build, terms: .init(threshold: threshold))
        report.add(
          scorer.run(transcript), of: transcript, file: file, rules: policy.rules,
          firstAction: firstAction(file))
      }
      print(json ? try report.json() : report.text)
      if !report.isGood { throw ExitCode(1) }
    }

    /// When a tool first acted, where an `index.json` beside the transcript says so.
    private func firstAction(_ file: String) -> Double? {
      struct Index: Decodable {
        struct Session: Decodable {
          var file: String
          var firstToolActionMs: Double?
        }
        var sessions: [Session]
      }
      let url = URL(fileURLWithPath: file)
      let index = url.deletingLastPathComponent().appendingPathComponent("index.json")
      guard let data = try? Data(contentsOf: index),
        let read = try? JSONDecoder().decode(Index.self, from: data)
      else { return nil }
      return read.sessions.first { $0.file == url.lastPathComponent }?.firstToolActionMs
    }
  }
}

/// Scored sessions, added up by kind of tool.
struct ScoreReport {
  struct Session: Encodable {
    var file: String
    var label: String
    var tool: String?
    var score: Double
    var flagged: Bool
    var flaggedAtMilliseconds: Double?
    /// From the tool's first action, where that is known, else from the session's start.
    var timeToDetectionMilliseconds: Double?
    var detected: Bool
    var actions: Int
    /// Findings by rule.
    var rules: [String: Int]
    /// The kinds of tools that those rules name.
    var detects: [String]
  }

  struct Class: Encodable {
    var sessions = 0
    var detected = 0
    var recall: Double { sessions == 0 ? 0 : Double(detected) / Double(sessions) }
    var timesToDetectionMilliseconds: [Double] = []

    enum CodingKeys: String, CodingKey {
      case sessions, detected, recall, timesToDetectionMilliseconds
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(sessions, forKey: .sessions)
      try container.encode(detected, forKey: .detected)
      try container.encode(recall, forKey: .recall)
      try container.encode(timesToDetectionMilliseconds, forKey: .timesToDetectionMilliseconds)
    }
  }

  private struct Document: Encodable {
    var sessions: [Session]
    var recall: Double
    var precision: Double
    var classes: [String: Class]
  }

  private(set) var sessions: [Session] = []

  mutating func add(
    _ result: SessionTrial, of transcript: Transcript, file: String, rules: [Rule],
    firstAction: Double?
  ) {
    let broken = rules.filter { result.rules[$0.id] != nil }
    let before = broken.filter { (result.rules[$0.id]?.first ?? 0) <= (result.flaggedAt ?? -1) }
    let isDetected = transcript.tool.map { tool in
      before.contains { $0.detects.contains(tool) }
    }
    sessions.append(
      Session(
        file: URL(fileURLWithPath: file).lastPathComponent, label: transcript.label ?? "unknown",
        tool: transcript.tool, score: (result.highest * 10).rounded() / 10,
        flagged: result.flaggedAt != nil, flaggedAtMilliseconds: result.flaggedAt,
        timeToDetectionMilliseconds: result.flaggedAt.map { max($0 - (firstAction ?? 0), 0) },
        detected: isDetected ?? false, actions: result.actions,
        rules: result.rules.mapValues(\.findings),
        detects: Set(broken.flatMap(\.detects)).sorted()))
  }

  private var tools: [Session] { sessions.filter { $0.tool != nil } }

  var recall: Double {
    tools.isEmpty ? 1 : Double(tools.count(where: \.detected)) / Double(tools.count)
  }

  /// Of the flagged sessions, those that had a tool.
  var precision: Double {
    let flagged = sessions.filter(\.flagged)
    return flagged.isEmpty
      ? 1 : Double(flagged.count { $0.tool != nil }) / Double(flagged.count)
  }

  var isGood: Bool {
    recall == 1 && precision == 1
      && sessions.allSatisfy { $0.tool != nil || $0.label != "honest" || $0.actions == 0 }
  }

  private var classes: [String: Class] {
    var classes: [String: Class] = [:]
    for session in tools {
      guard let tool = session.tool else { continue }
      classes[tool, default: Class()].sessions += 1
      guard session.detected else { continue }
      classes[tool, default: Class()].detected += 1
      if let time = session.timeToDetectionMilliseconds {
        classes[tool, default: Class()].timesToDetectionMilliseconds.append(time)
      }
    }
    return classes
  }

  func json() throws -> String {
    try Shown.json(
      Document(sessions: sessions, recall: recall, precision: precision, classes: classes))
  }

  var text: String {
    var lines = sessions.map { session -> String in
      let rules = session.rules.sorted { $0.key < $1.key }.map { "\($0.key) x\($0.value)" }
      let verdict = session.flagged ? (session.tool == nil ? "FLAGGED" : "flagged") : "-"
      return [
        pad(session.file, 36), pad(session.tool ?? session.label, 20),
        pad(String(format: "%.0f", session.score), 6), pad(verdict, 8),
        rules.joined(separator: ", "),
      ].joined(separator: " ")
    }
    lines.append("")
    for (name, found) in classes.sorted(by: { $0.key < $1.key }) {
      let times = found.timesToDetectionMilliseconds.sorted()
      let median = times.isEmpty ? "-" : String(format: "%.1f s", times[times.count / 2] / 1000)
      lines.append(
        "\(pad(name, 20)) recall \(found.detected) of \(found.sessions), detected after \(median)")
    }
    let honest = sessions.filter { $0.tool == nil }
    lines += [
      "",
      String(
        format: "recall %.3f, precision %.3f; %d of %d honest sessions flagged, %d acted on",
        recall, precision, honest.count(where: \.flagged), honest.count,
        honest.count { $0.actions > 0 }),
    ]
    return lines.joined(separator: "\n")
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
