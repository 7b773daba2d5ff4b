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
      Prints time, direction, opcode, length and verdict of each packet; with --explain only those \
      that a rule was broken by, with the rule, the field and its bytes. Exit status: 0 where every \
      packet came through byte-exact, 1 where one did not, 65 where a file is no transcript, 66 \
      where one cannot be read.
      """)

  @Flag(name: .shortAndLong, help: "Print only the summary of each file.")
  var quiet = false

  @Flag(help: "Print which rule held back which packet, and why.")
  var explain = false

  @Flag(help: "With --explain: print also what rules in shadow would have done.")
  var shadow = false

  @OptionGroup var source: RulesCommand.Source

  @Argument(help: "Transcript files (mystel-session-1, one JSON object a line).")
  var files: [String]

  func run() throws {
    var isExact = true
    let inspection = try source.load().policy
    for file in files {
      let transcript = try TranscriptFile.load(file)
      var replay = TranscriptReplay(transcript, inspection: inspection)
      var counts = Counts()
      let ended = replay.run { frame, outcome, findings in
        counts.add(outcome, findings)
        if explain {
          explain(frame, outcome, findings, inspection.builds[transcript.build])
        } else if !quiet {
          print(line(frame, outcome))
        }
      }
      print("\(file): \(counts.text)" + (ended.map { ", ended early: \($0.label)" } ?? ""))
      isExact = isExact && counts.forwarded == counts.all
    }
    if !isExact { throw ExitCode(1) }
  }

  /// What became of a file's packets.
  private struct Counts {
    var all = 0
    var forwarded = 0
    private var rules: [String: RuleTally.Count] = [:]

    mutating func add(_ outcome: TranscriptReplay.Outcome, _ findings: [RuleTally.Recent]) {
      all += 1
      if outcome == .forwarded { forwarded += 1 }
      for found in findings {
        if found.finding.isEnforced {
          rules[found.rule.id, default: .init()].enforced += 1
        } else {
          rules[found.rule.id, default: .init()].shadowed += 1
        }
      }
    }

    var text: String {
      var text = "\(forwarded) of \(all) packets forwarded byte-exact"
      for (rule, count) in rules.sorted(by: { $0.key < $1.key }) {
        text += "\n  \(rule): \(count.enforced) enforced, \(count.shadowed) in shadow"
      }
      return text
    }
  }

  private func line(_ frame: Transcript.Frame, _ outcome: TranscriptReplay.Outcome) -> String {
    let arrow = frame.from == .client ? "client -> backend" : "backend -> client"
    let time = String(format: "%12.3f ms", frame.milliseconds)
    return "\(time)  \(arrow)  opcode \(frame.opcode)  \(frame.bytes.count) bytes  \(text(outcome))"
  }

  private func explain(
    _ frame: Transcript.Frame, _ outcome: TranscriptReplay.Outcome,
    _ findings: [RuleTally.Recent], _ build: BuildPolicy?
  ) {
    let told = findings.filter { shadow || $0.finding.isEnforced }
    guard outcome != .notSent, outcome != .forwarded || !told.isEmpty else { return }
    let name = build?.names[frame.opcode] ?? "opcode \(frame.opcode)"
    let time = String(format: "%12.3f ms", frame.milliseconds)
    print("\(time)  line \(frame.line)  \(name), \(frame.bytes.count) bytes: \(text(outcome))")
    for found in told {
      let finding = found.finding
      let mode = finding.isEnforced ? found.rule.action.rawValue : "in shadow"
      print("    \(found.rule.id) (\(mode)): \(found.rule.title)")
      let field = found.build.fieldNames[Int(finding.field)]
      let from = Int(finding.offset)
      let bytes = frame.bytes.dropFirst(from).prefix(min(Int(finding.byteCount), 64))
      let hex = bytes.map { String(format: "%02x", $0) }.joined()
      print(
        "    \(field.isEmpty ? "the packet" : "field \(field)") at byte \(from), "
          + "\(finding.byteCount) bytes: \(hex)\(Int(finding.byteCount) > 64 ? "..." : "")")
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

extension Transcript.Frame {
  /// The packet's opcode; 0 where it is too short to have one.
  var opcode: UInt16 { bytes.count >= 4 ? UInt16(bytes[2]) | UInt16(bytes[3]) << 8 : 0 }
}

extension InspectionPolicy.Profile: ExpressibleByArgument {}
