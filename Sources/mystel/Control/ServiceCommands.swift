import ArgumentParser
import MystelCore
import MystelManage

/// `mystel drain`: no newcomers.
struct DrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drain",
    abstract: "Refuse newcomers while sessions go on; with --stop, end the gateway after them.",
    discussion: """
      Without --stop nothing ends by itself, and --undo lets newcomers in again: for a look at a game \
      server, or before it restarts. /readyz says 503 meanwhile. With --stop the gateway ends once \
      nobody plays, or the grace is over; that cannot be taken back.
      """)

  @OptionGroup var options: ControlOptions

  @Flag(help: "Let newcomers in again.")
  var undo = false

  @Flag(help: "End the gateway once nobody plays, or the grace is over.")
  var stop = false

  @Option(help: "How long sessions may go on with --stop: 30s, 10m; else timeouts.drain.")
  var grace: String?

  func validate() throws {
    if undo, stop { throw ValidationError("--undo and --stop exclude each other") }
    if grace != nil, !stop { throw ValidationError("--grace is for --stop") }
  }

  func run() throws {
    let order = DrainOrder(
      stops: stop ? true : nil, graceSeconds: try grace.map(BansCommand.seconds))
    let line = undo ? ControlRequest.line(.undrain) : ControlRequest.line(.drain, order)
    try options.connect().print(line, options) { (answer: DrainAnswer) in
      let sessions = "\(answer.sessions) session\(answer.sessions == 1 ? "" : "s") open"
      switch answer.phase {
      case .draining: print("newcomers are refused; \(sessions). `mystel drain --undo` ends that")
      case .stopping: print("newcomers are refused, and the gateway stops; \(sessions)")
      case .serving, .starting: print("newcomers are let in; \(sessions)")
      }
    }
  }
}

/// `mystel log-level`: how much is logged.
struct LogLevelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log-level", abstract: "Print or change how much the running gateway logs.",
    discussion: """
      A change holds until the next start, or until log.level in the file says something else. At \
      debug every connection is a line with the player's address.
      """)

  @OptionGroup var options: ControlOptions

  @Argument(help: "trace, debug, info, notice, warning or error; none to print it.")
  var level: Configuration.Log.Level?

  func run() throws {
    let line =
      level.map { ControlRequest.line(.setLogLevel, LogLevel(level: $0)) }
      ?? ControlRequest.line(.logLevel)
    try options.connect().print(line, options) { (answer: LogLevel) in
      print(answer.level.rawValue)
    }
  }
}

extension Configuration.Log.Level: ExpressibleByArgument {}
