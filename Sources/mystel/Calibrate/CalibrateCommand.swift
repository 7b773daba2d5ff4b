import ArgumentParser
import Foundation
import MystelConfig
import MystelCore
import MystelManage
import MystelSim

/// `mystel calibrate`: what rules and limits would do to players who are known to be honest.
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Learn from honest sessions which rules and limits can be enforced.",
    discussion: """
      Takes transcripts, captures, and directories of both; you declare their players honest. \
      Sessions that say they had a tool are left out. With --running, the gateway says what it \
      learnt while it served those whom its configuration declares honest. Prints which rules in shadow or off would \
      have been broken with every rule enforced, which sessions would have passed the score's \
      threshold, what packets looked like, and which modes and limits follow, each with the \
      share of honest players it may hit. From less than --sessions and --hours no rule is \
      enforced and no limit lowered. Exit status: 0; 65 where a file is damaged or lacks bytes of \
      a session; 66 where one cannot be read; 69 where no gateway can be reached.
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

  @Flag(
    help: """
      Ask the running gateway what it has learnt from players whom inspection.calibration.genuine \
      declares honest.
      """)
  var running = false

  @Flag(help: "With --running: print the report, then have the gateway start anew.")
  var forget = false

  @Option(help: "The gateway's control socket; also MYSTEL_CONTROL_SOCKET.")
  var socket: String?

  @Argument(help: "Transcripts (*.jsonl), captures (*.pcap, *.pcapng) and directories of them.")
  var paths: [String] = []

  func validate() throws {
    guard least.isSensible else {
      throw ValidationError("--sessions is at least 1 and --hours at least 0")
    }
    guard !(json && yaml) else { throw ValidationError("--json and --yaml do not go together") }
    if running {
      guard paths.isEmpty, source.profile == nil, source.directory == nil else {
        throw ValidationError(
          "--running asks the gateway, which has its own rules: leave out files, --profile and "
            + "--directory")
      }
    } else {
      guard !paths.isEmpty else {
        throw ValidationError("name transcripts or captures to learn from, or give --running")
      }
      guard socket == nil, !forget else {
        throw ValidationError("--socket and --forget are of use with --running only")
      }
    }
  }

  private var least: CalibrationReport.Least { .init(sessions: sessions, hours: hours) }

  func run() throws {
    guard running else { return try study() }
    let query = CalibrationQuery(least: least, forgets: forget ? true : nil)
    let gateway = try ControlConnection.open(socket: socket, config: source.config)
    try show(gateway.ask(ControlRequest.line(.calibration, query)).result)
  }

  private func show(_ report: CalibrationReport) throws {
    print(json ? try Shown.json(report) : yaml ? report.yaml : report.text)
  }

  /// Learns from files.
  private func study() throws {
    var limits = Limits()
    if let config = source.config {
      limits = try ConfigurationSource.load(config).configuration.limits
    }
    let policy = try source.load().policy
    var study = CalibrationStudy(
      policy, enforced: try source.load(everyRule: .enforce).policy,
      shadowed: try source.load(everyRule: .shadow).policy)
    var isWhole = true
    let kinds = [".jsonl", ".pcap", ".pcapng"]
    let names = "transcripts (*.jsonl) or captures (*.pcap, *.pcapng)"
    for file in try InputFile.files(paths, kinds, called: names) {
      try TranscriptFile.reporting(file) {
        var input = try InputFile.open(file)
        if CaptureReader.recognises(try input.peek(4)) {
          isWhole = try read(capture: input, file, &study) && isWhole
        } else {
          study.add(try TranscriptFile.load(&input), file: file)
        }
      }
    }
    try show(
      CalibrationReport(
        study.calibration, policy: policy, limits: limits, least: least,
        leftOutWithTool: study.withTool))
    if !isWhole { throw ExitCode(65) }
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
