import ArgumentParser
import Foundation
import MystelConfig
import MystelCore
import MystelSim
import MystelWire

/// `mystel inspect`: what is in a recorded or captured session.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Print the packets of recorded or captured sessions by name, with their fields.",
    discussion: """
      Takes transcripts, and captures (pcap or pcapng, of Ethernet, loopback, cooked or plain IP) \
      that have sessions from their first byte on: the keys are in them. Login tickets and \
      passwords are left out unless --secrets is given. A packet that does not fit its layout is \
      marked with the field and what is wrong there. Exit status: 0; 64 where no pack describes the \
      build; 65 where a file is neither, is damaged or lacks bytes of a session; 66 where one \
      cannot be read.
      """)

  @Option(help: "Only packets of these names, with commas between them.")
  var only: String?

  @Option(help: "Only packets from this side: client or server.")
  var from: From?

  @Option(help: "Only the captured session of this client: its address and port.")
  var client: String?

  @Option(help: "The build; what the transcript or the client says without it.")
  var build: UInt32?

  @Option(help: "How the keys of captured sessions are mixed: current, or legacy below patch 45.")
  var keySchedule: Configuration.Backend.KeySchedule = .current

  @Option(help: "A directory of imported packs.")
  var packs: String?

  @Flag(help: "Print a JSON object a packet.")
  var json = false

  @Flag(help: "Print the bytes too.")
  var hex = false

  @Flag(help: "Print login tickets and passwords too.")
  var secrets = false

  @Argument(help: "Transcripts (mystel-session-1, one JSON object a line) and captures.")
  var files: [String]

  enum From: String, ExpressibleByArgument { case client, server }

  func run() throws {
    var configuration = Configuration.Inspection()
    configuration.packsDirectory = packs
    let policy = try ConfigurationSource.inspection(configuration).policy
    if let build { _ = try known(build, policy) }
    let printer = PacketPrinter(
      names: only.map { Set($0.split(separator: ",").map(String.init)) },
      side: from.map { $0 == .client ? .client : .backend }, hex: hex, secrets: secrets, json: json)
    var isWhole = true
    for file in files {
      try TranscriptFile.reporting(file) {
        var input = try InputFile.open(file)
        if CaptureReader.recognises(try input.peek(4)) {
          isWhole = try printCapture(input, file, policy, printer) && isWhole
        } else {
          try printTranscript(&input, file, policy, printer)
        }
      }
    }
    if !isWhole { throw ExitCode(65) }
  }

  private func printTranscript(
    _ input: inout CaptureInput, _ file: String, _ policy: InspectionPolicy,
    _ printer: PacketPrinter
  ) throws {
    let transcript = try TranscriptFile.load(&input)
    let known = try known(build ?? transcript.build, policy)
    for frame in transcript.frames {
      let found = PacketPrinter.Found(
        milliseconds: frame.milliseconds, from: frame.from, bytes: frame.bytes,
        place: .line(frame.line))
      if let line = printer.line(found, file: file, known) { print(line) }
    }
  }

  private func known(_ number: UInt32, _ policy: InspectionPolicy) throws -> BuildPolicy {
    guard let known = policy.builds[number] else {
      StandardError.write("no pack describes build \(number); `mystel packs list` shows them all\n")
      throw ExitCode(64)
    }
    return known
  }

  /// - Returns: whether every session could be read to its end.
  private func printCapture(
    _ input: CaptureInput, _ file: String, _ policy: InspectionPolicy, _ printer: PacketPrinter
  ) throws -> Bool {
    var reader = try CaptureReader(input)
    var sessions = CapturedSessions(schedule: keySchedule == .legacy ? .legacy : .current)
    var headed: Set<Int> = []
    var isWhole = true
    let each = { (event: CapturedSessions.Event) in
      switch event {
      case .packet(let packet):
        guard client.map({ $0 == "\(packet.session.client)" }) ?? true else { return }
        let known = (build ?? packet.session.build).flatMap { policy.builds[$0] }
        if headed.insert(packet.session.number).inserted, !json {
          print(head(packet.session, known))
        }
        let found = PacketPrinter.Found(
          milliseconds: packet.milliseconds, from: packet.from, bytes: packet.bytes,
          place: .session(packet.session))
        if let line = printer.line(found, file: file, known) { print(line) }
      case .problem(let session, let milliseconds, let problem):
        guard client.map({ $0 == "\(session.client)" }) ?? true else { return }
        isWhole = false
        let time = String(format: "%.3f ms", milliseconds)
        StandardError.write(
          "\(file): \(session.client) -> \(session.server), at \(time): \(problem)\n")
      }
    }
    do {
      while let record = try reader.next() {
        try sessions.receive(record, at: reader.offset, each)
      }
      sessions.finish(each)
    } catch {
      // What was there before is told all the same.
      sessions.finish(each)
      throw error
    }
    if isWhole, sessions.counts.sessions == 0 {
      throw CaptureError(offset: reader.offset, problem: nothing(sessions.counts))
    }
    return isWhole
  }

  private func head(_ session: CapturedSessions.Session, _ known: BuildPolicy?) -> String {
    var text = "\(session.client) -> \(session.server): "
    text += session.build.map { "build \($0)" } ?? "a client that does not say its build"
    if let build { text += ", read as \(build)" }
    return known == nil ? text + ", which no pack describes: see --build and --packs" : text
  }

  /// Why there may be no session.
  private func nothing(_ counts: CapturedSessions.Counts) -> String {
    var text = """
      no session of TERA in \(counts.frames) frames: \(counts.segments) TCP segments of \
      \(counts.connections) connections, none of which opens with a server's hello and four keys. \
      Begin to capture before the client connects
      """
    if counts.fragments > 0 { text += "; \(counts.fragments) IP fragments were left out" }
    if counts.unknownLinks > 0 {
      text += "; \(counts.unknownLinks) frames are of link type \(counts.unknownLink), unknown here"
    }
    return text
  }
}

extension Configuration.Backend.KeySchedule: ExpressibleByArgument {}
