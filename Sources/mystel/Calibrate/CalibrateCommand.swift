import ArgumentParser
import Foundation
import MystelConfig
import MystelCore
import MystelSim

/// `mystel calibrate`: what rules and limits would do to players who are known to be honest.
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Learn from honest sessions which rules and limits can be enforced.",
    discussion: """
      Takes transcripts, captures, and directories of both; you declare their players honest. \
      Sessions that say they had a tool are left out. Prints which rules in shadow or off would \
      have been broken with every rule enforced, which sessions would have passed the score's \
      threshold, what packets looked like, and which modes and limits follow, each with the \
      share of honest players it may hit. From less than --sessions and --hours no rule is \
      enforced and no limit lowered. Exit status: 0; 65 where a file is damaged or lacks bytes of \
      a session; 66 where one cannot be read.
      """)

  @OptionGroup var source: RulesCommand.Source

  @Option(help: "The sessions from which on something is proposed; more is better.")
  var sessions = 100

  @Option(help: "The hours of play from which on something is proposed; more is better.")
  var hours = 24.0

  @Option(help: "How the keys of captured sessions are mixed: current, or legacy below patch 45.")
  var keySchedule: Configuration.Backend.KeySchedule = .current

  @Flag(help: "Print JSON: traffic, rules, sessions, packets, lengths, limits.")
  var json = false

  @Flag(help: "Print a piece of configuration to paste, with its reasons as comments.")
  var yaml = false

  @Argument(help: "Transcripts (*.jsonl), captures (*.pcap, *.pcapng) and directories of them.")
  var paths: [String]

  func validate() throws {
    guard sessions > 0, hours >= 0, hours.isFinite else {
      throw ValidationError("--sessions is at least 1 and --hours at least 0")
    }
    guard !(json && yaml) else { throw ValidationError("--json and --yaml do not go together") }
  }

  func run() throws {
    var limits = Limits()
    if let config = source.config {
      limits = try ConfigurationSource.load(config).configuration.limits
    }
    var study = CalibrationStudy(
      try source.load().policy, enforced: try source.load(everyRule: .enforce).policy,
      shadowed: try source.load(everyRule: .shadow).policy)
    var isWhole = true
    for file in try files() {
      try TranscriptFile.reporting(file) {
        var input = try InputFile.open(file)
        if CaptureReader.recognises(try input.peek(4)) {
          isWhole = try read(capture: input, file, &study) && isWhole
        } else {
          study.add(try TranscriptFile.load(&input), file: file)
        }
      }
    }
    let report = CalibrationReport(
      study, limits: limits, least: .init(sessions: sessions, hours: hours))
    print(json ? try report.json() : yaml ? report.yaml : report.text)
    if !isWhole { throw ExitCode(65) }
  }

  private func files() throws -> [String] {
    var files: [String] = []
    for path in paths {
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
        StandardError.write("\(path): no such file or directory\n")
        throw ExitCode(66)
      }
      guard isDirectory.boolValue else {
        files.append(path)
        continue
      }
      let kinds = [".jsonl", ".pcap", ".pcapng"]
      files += try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        .filter { name in kinds.contains { name.hasSuffix($0) } }
        .map { URL(fileURLWithPath: path).appendingPathComponent($0).path }
    }
    guard !files.isEmpty else {
      StandardError.write(
        "there are no transcripts (*.jsonl) or captures (*.pcap, *.pcapng) in "
          + "\(paths.joined(separator: ", "))\n")
      throw ExitCode(66)
    }
    return files
  }

  /// - Returns: whether every session could be read to its end.
  private func read(
    capture input: CaptureInput, _ file: String, _ study: inout CalibrationStudy
  ) throws -> Bool {
    var reader = try CaptureReader(input)
    var captured = CapturedSessions(schedule: keySchedule == .legacy ? .legacy : .current)
    var events: [CapturedSessions.Event] = []
    var open: [Int: CalibrationStudy.Session] = [:]
    var isWhole = true
    func take() {
      for event in events {
        switch event {
        case .packet(let packet):
          guard let build = packet.session.build else { continue }
          let session =
            open[packet.session.number]
            ?? study.begin(build, file: file, client: "\(packet.session.client)")
          open[packet.session.number] = session
          study.add(packet.bytes, from: packet.from, milliseconds: packet.milliseconds, session)
        case .problem(let session, let milliseconds, let problem):
          isWhole = false
          let time = String(format: "%.3f ms", milliseconds)
          StandardError.write("\(file): \(session.client), at \(time): \(problem)\n")
        }
      }
      events = []
    }
    while let record = try reader.next() {
      try captured.receive(record, at: reader.offset) { events.append($0) }
      take()
    }
    captured.finish { events.append($0) }
    take()
    for session in open.values.sorted(by: { $0.number < $1.number }) { study.finish(session) }
    if isWhole, open.isEmpty {
      StandardError.write(
        "\(file): no session of TERA in \(captured.counts.frames) frames: capture from before the "
          + "clients connect; `mystel inspect` says more\n")
      return false
    }
    return isWhole
  }
}
