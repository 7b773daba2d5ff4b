import ArgumentParser
import Foundation
import MystelCore
import MystelSim

/// `mystel replay`: a recorded session through a session of the gateway.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Play a recorded session through the gateway and print every verdict.",
    discussion: """
      Prints time, direction, opcode, length and verdict of each packet. Exit status: 0 where every \
      packet arrived byte for byte, 1 where one was changed, dropped or ended the session, 65 where \
      a file is no transcript.
      """)

  @Flag(name: .shortAndLong, help: "Print only the summary of each file.")
  var quiet = false

  @Argument(help: "Transcript files (mystel-session-1, one JSON object a line).")
  var files: [String]

  func run() throws {
    var isExact = true
    for file in files {
      let transcript: Transcript
      do {
        transcript = try Transcript(parsing: try Data(contentsOf: URL(fileURLWithPath: file)))
      } catch let error as Transcript.ParseError {
        FileHandle.standardError.write(Data("\(file):\(error)\n".utf8))
        throw ExitCode(65)
      } catch {
        let message = "\(file): cannot be read: \(error.localizedDescription)\n"
        FileHandle.standardError.write(Data(message.utf8))
        throw ExitCode(66)
      }
      var replay = TranscriptReplay(transcript)
      let (outcomes, ended) = replay.run()
      if !quiet { printVerdicts(transcript, outcomes) }
      let forwarded = outcomes.count { $0 == .forwarded }
      let end = ended.map { ", ended early: \($0.label)" } ?? ""
      print("\(file): \(forwarded) of \(outcomes.count) packets forwarded byte-exact\(end)")
      isExact = isExact && forwarded == outcomes.count
    }
    if !isExact { throw ExitCode(1) }
  }

  private func printVerdicts(_ transcript: Transcript, _ outcomes: [TranscriptReplay.Outcome]) {
    for (frame, outcome) in zip(transcript.frames, outcomes) {
      let opcode = frame.bytes.count >= 4 ? Int(frame.bytes[2]) | Int(frame.bytes[3]) << 8 : 0
      let arrow = frame.from == .client ? "client -> backend" : "backend -> client"
      let time = String(format: "%12.3f ms", frame.milliseconds)
      print("\(time)  \(arrow)  opcode \(opcode)  \(frame.bytes.count) bytes  \(text(outcome))")
    }
  }

  private func text(_ outcome: TranscriptReplay.Outcome) -> String {
    switch outcome {
    case .forwarded: "forward"
    case .rewritten(let bytes): "rewrite (\(bytes.count) bytes)"
    case .dropped: "drop"
    case .closed(let reason): "close (\(reason.label))"
    case .notSent: "not sent"
    }
  }
}
