import ArgumentParser
import Foundation
import MystelConfig
import MystelCore
import MystelSim
import MystelWire

/// `mystel inspect`: what is in a recorded session.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Print the packets of a recorded session by name, with their fields.",
    discussion: """
      Login tickets and passwords are left out unless --secrets is given. A packet that does not \
      fit its layout is marked with the field and what is wrong there. Exit status: 0, 65 where a \
      file is no transcript, 66 where one cannot be read.
      """)

  @Option(help: "Only packets of these names, with commas between them.")
  var only: String?

  @Option(help: "Only packets from this side: client or server.")
  var from: From?

  @Option(help: "The build; the transcript's own without it.")
  var build: UInt32?

  @Option(help: "A directory of imported packs.")
  var packs: String?

  @Flag(help: "Print the bytes too.")
  var hex = false

  @Flag(help: "Print login tickets and passwords too.")
  var secrets = false

  @Argument(help: "Transcript files (mystel-session-1, one JSON object a line).")
  var files: [String]

  enum From: String, ExpressibleByArgument { case client, server }

  /// Fields that nobody needs to see to understand a session.
  private static let secretFields: [String: Set<String>] = [
    "C_LOGIN_ARBITER": ["ticket"], "C_SECOND_PASSWORD_AUTH": ["hash"],
    "C_CREATE_PRIVATE_CHANNEL": ["password"], "C_JOIN_PRIVATE_CHANNEL": ["password"],
    "C_EDIT_PRIVATE_CHANNEL": ["password"],
  ]

  func run() throws {
    var configuration = Configuration.Inspection()
    configuration.packsDirectory = packs
    let policy = try ConfigurationSource.inspection(configuration).policy
    let names = only.map { Set($0.split(separator: ",").map(String.init)) }
    for file in files {
      let transcript = try TranscriptFile.load(file)
      let number = build ?? transcript.build
      guard let known = policy.builds[number] else {
        StandardError.write(
          "no pack describes build \(number); `mystel packs list` shows them all\n")
        throw ExitCode(64)
      }
      for frame in transcript.frames {
        let name = known.names[frame.opcode] ?? "opcode \(frame.opcode)"
        guard names?.contains(name) ?? true, from.map({ frame.from == $0.side }) ?? true else {
          continue
        }
        print(line(frame, name, known.pack.packets[name]))
      }
    }
  }

  private func line(_ frame: Transcript.Frame, _ name: String, _ traits: PacketTraits?) -> String {
    let side = frame.from == .client ? "client" : "server"
    var text = String(format: "%12.3f ms", frame.milliseconds)
    text += "  \(side)  \(name)  \(frame.bytes.count) bytes"
    if let layout = traits?.layout, let view = PacketView(frame.bytes.span.bytes) {
      text += "  " + fields(layout, view, traits?.integrity ?? .absent)
    }
    guard hex, secrets || Self.secretFields[name] == nil else { return text }
    return text + "\n    " + frame.bytes.map { String(format: "%02x", $0) }.joined()
  }

  /// The fields, read with an integrity header where they only fit so.
  private func fields(
    _ layout: PacketLayout, _ view: borrowing PacketView,
    _ integrity: PacketTraits.IntegrityHeader
  ) -> String {
    let header = PacketView.integrityHeaderBytes - PacketView.headerBytes
    var decoding = layout.decode(view)
    var mark = ""
    if integrity != .absent, decoding.problem != nil || decoding.consumedEnd < view.byteCount {
      let shifted = layout.decode(view, bodyOffset: header)
      if shifted.problem == nil, shifted.consumedEnd > 0, let stamp = view.integrityHeader {
        decoding = shifted
        mark = "count \(stamp.count), hash \(stamp.hash) "
      }
    }
    for name in secrets ? [] : Self.secretFields[layout.name] ?? [] {
      decoding.fields[name] = .text("left out")
    }
    var text = mark + decoding.fields.description
    if let problem = decoding.problem { text += "  ! \(problem.field): \(problem.fault)" }
    return text
  }
}

extension InspectCommand.From {
  fileprivate var side: Side { self == .client ? .client : .backend }
}
