import ArgumentParser
import Foundation
import MystelCore
import MystelManage

/// `mystel capture`: the packets of a live session.
struct CaptureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture", abstract: "Take down the packets of a live session, and save them.",
    discussion: """
      What is taken down lies in the gateway's memory, up to a time and a size, until it is removed. A \
      saved one is a transcript: mystel inspect prints its packets. What players wrote, and what they \
      log in with, is struck out unless --secrets is given.
      """,
    subcommands: [Start.self, List.self, Save.self, Stop.self, Remove.self])

  struct Start: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Begin with a session.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "The session's number, as `mystel sessions list` shows it.")
    var session: UInt64

    @Option(name: [.customLong("for")], help: "How long: 30s, 10m, up to 1h.")
    var time = "60s"

    @Option(help: "How many bytes at most, 4096 to 8388608.")
    var bytes = 1 << 20

    func run() throws {
      let order = CaptureOrder(
        session: session, seconds: try BansCommand.seconds(time), bytes: bytes)
      let line = ControlRequest.line(.startCapture, order)
      try options.connect().print(line, options) { (capture: CaptureAnswer) in
        print("capture \(capture.id) of session \(capture.session) has begun")
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the captures there are.")

    @OptionGroup var options: ControlOptions

    func run() throws {
      let line = ControlRequest.line(.listCaptures)
      try options.connect().print(line, options) { (page: Page<CaptureAnswer>) in
        var table = TextTable("CAPTURE", "SESSION", "BEGUN (UTC)", "PACKETS", "BYTES", "STATE")
        for capture in page.items {
          table.add(
            "\(capture.id)", "\(capture.session)", capture.started, "\(capture.packets)",
            "\(capture.bytes)", capture.end.map { CaptureCommand.words($0) } ?? "goes on")
        }
        print(table.isEmpty ? "there are no captures" : table.text)
      }
    }
  }

  struct Save: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a capture to a file, as far as it has come.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "The capture's number.")
    var capture: UInt64

    @Argument(help: "The file; it must not be there yet.")
    var file: String

    @Flag(help: "Leave in what players wrote and log in with.")
    var secrets = false

    func run() throws {
      let connection = try options.connect()
      var query = TranscriptQuery(id: capture, secrets: secrets)
      // Ask first: a capture that is not there must leave no file.
      var part: TranscriptPart = try connection.ask(ControlRequest.line(.transcript, query)).result
      let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
      let descriptor = open(file, flags, 0o600)
      guard descriptor >= 0 else {
        throw ValidationError("\(file): \(String(cString: strerror(errno)))")
      }
      defer { close(descriptor) }
      while true {
        guard StandardError.write(part.text, to: descriptor) else {
          throw ValidationError("\(file): \(String(cString: strerror(errno)))")
        }
        guard let next = part.next else { break }
        query.after = next
        part = try connection.ask(ControlRequest.line(.transcript, query)).result
      }
      print("saved; `mystel inspect \(file)` prints its packets")
    }
  }

  struct Stop: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take nothing more down; what is there stays.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "The capture's number.")
    var capture: UInt64

    func run() throws {
      let line = ControlRequest.line(.stopCapture, CaptureNumber(id: capture))
      try options.connect().print(line, options) { (capture: CaptureAnswer) in
        print("stopped, with \(capture.packets) packets")
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget a capture.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "The capture's number.")
    var capture: UInt64

    func run() throws {
      let line = ControlRequest.line(.removeCapture, CaptureNumber(id: capture))
      try options.connect().print(line, options) { (capture: CaptureAnswer) in
        print("removed capture \(capture.id)")
      }
    }
  }

  private static func words(_ end: PacketRecording.End) -> String {
    switch end {
    case .full: "full"
    case .time: "time is over"
    case .stopped: "stopped"
    case .sessionEnded: "the session ended"
    }
  }
}
