import ArgumentParser
import Foundation
import MystelConfig
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
      a file is no transcript, 66 where it cannot be read.
      """)

  @Flag(name: .shortAndLong, help: "Print only the summary of each file.")
  var quiet = false

  @Option(help: "The profile that packets are held to: observe, balanced or strict.")
  var profile = InspectionPolicy.Profile.balanced

  @Argument(help: "Transcript files (mystel-session-1, one JSON object a line).")
  var files: [String]

  func run() throws {
    var isExact = true
    var held = Configuration.Inspection()
    held.profile = profile
    let inspection = try ConfigurationSource.inspection(held)
    for file in files {
      let transcript: Transcript
      do {
        transcript = try Transcript(parsing: ReplayCommand.contents(of: file))
      } catch let error as Transcript.ParseError {
        StandardError.write("\(file):\(error)\n")
        throw ExitCode(65)
      } catch {
        StandardError.write("\(file): cannot be read: \(error)\n")
        throw ExitCode(66)
      }
      var replay = TranscriptReplay(transcript, inspection: inspection.policy)
      let (outcomes, ended) = replay.run()
      if !quiet { printVerdicts(transcript, outcomes) }
      let forwarded = outcomes.count { $0 == .forwarded }
      let end = ended.map { ", ended early: \($0.label)" } ?? ""
      print("\(file): \(forwarded) of \(outcomes.count) packets forwarded byte-exact\(end)")
      isExact = isExact && forwarded == outcomes.count
    }
    if !isExact { throw ExitCode(1) }
  }

  /// The whole file, which may be a pipe.
  ///
  /// - Throws: `Unreadable`.
  private static func contents(of path: String) throws -> Data {
    guard let file = fopen(path, "re") else { throw Unreadable(errno) }
    defer { fclose(file) }
    var data = Data()
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      guard ferror(file) == 0 else { throw Unreadable(errno) }
      guard count > 0 else { return data }
      data += chunk.prefix(count)
      guard data.count <= longestFileBytes else { throw Unreadable(EFBIG) }
    }
  }

  /// A file that no transcript is as long as; a recorded hour is some 20 MB.
  private static let longestFileBytes = 1 << 30

  /// Why a file cannot be read.
  private struct Unreadable: Error, CustomStringConvertible {
    let description: String

    init(_ code: CInt) { description = String(cString: strerror(code)) }
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

extension InspectionPolicy.Profile: ExpressibleByArgument {}
