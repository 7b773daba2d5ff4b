import ArgumentParser
import Foundation
import MystelConfig

/// `mystel check`: says everything that is wrong with a configuration, or prints what it means.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a configuration, packs and rules; print it with every default written out.",
    discussion: """
      Reports every problem in one pass as file:line:column: key: what is wrong. MYSTEL_ variables \
      of the environment are applied. Packs and rules are loaded as `run` loads them; the last two \
      lines say how many there are, the packs' hash, and how many rules the profile enforces. Exit \
      status 78 if there is a problem.
      """)

  @Option(
    name: [.short, .long],
    help: "The configuration file; also MYSTEL_CONFIG. Environment variables override it.")
  var config: String?

  func run() throws {
    let report = CheckReport(path: config, environment: ProcessInfo.processInfo.environment)
    StandardError.write(report.diagnostics)
    if report.status == 0 {
      _ = try ConfigurationSource.outward(of: ConfigurationSource.start(config).candidate)
    }
    print(report.output, terminator: "")
    guard report.status == 0 else { throw ExitCode(report.status) }
  }
}
