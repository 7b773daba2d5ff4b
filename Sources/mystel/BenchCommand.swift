import ArgumentParser
import MystelCore

/// `mystel bench`: what Mystel costs, as ratios to peers measured in the same minute.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure this machine: relays, cipher, handshake, memory, refusals, API, tunnel.",
    discussion: """
      Numbers of one machine mean little on another, so every figure comes with the ratio to a \
      peer that was measured in the same run, in turns, and medians with their extremes.
      """,
    subcommands: [
      RelayBenchCommand.self, CipherBenchCommand.self, HandshakeBenchCommand.self,
      MemoryBenchCommand.self, InspectBenchCommand.self, RefuseBenchCommand.self,
      StormBenchCommand.self, ApiBenchCommand.self, TunnelBenchCommand.self, StepsBenchCommand.self,
    ],
    defaultSubcommand: RelayBenchCommand.self)
}

extension Configuration.Engine: ExpressibleByArgument {}

/// Of benchmarks that run a gateway.
struct BenchEngineOption: ParsableArguments {
  @Option(help: "The gateway's engine: auto, ring or nio.")
  var engine = Configuration.Engine.auto
}

/// Options that every benchmark has.
struct BenchOutputOptions: ParsableArguments {
  @Flag(help: "Print JSON instead of a table.")
  var json = false

  @Flag(help: "Exit with status 1 when a limit is exceeded.")
  var gate = false

  /// Prints the report, and ends the command when the gate is shut.
  func finish(_ report: BenchReport) throws {
    print(json ? report.json.text : report.table)
    guard gate else { return }
    #if DEBUG
      throw BenchFailure("the gate needs a release build: this one is not optimised")
    #else
      if report.limits.contains(where: { !$0.isMet }) { throw ExitCode(1) }
    #endif
  }

  /// Says on standard error what is going on.
  func note(_ text: String) {
    Terminal.note(text)
  }
}
