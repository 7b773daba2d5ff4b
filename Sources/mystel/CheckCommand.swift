import ArgumentParser
import Foundation
import MystelConfig

/// `mystel check`: says everything that is wrong with a configuration, or prints what it means.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a configuration file and print it with every default written out.",
    discussion: """
      Reports every problem in one pass as file:line:column: key: what is wrong. MYSTEL_ variables \
      of the environment are applied. Exit status 78 if there is a problem.
      """)

  @Option(name: .long, help: "The YAML file; by default the one that MYSTEL_CONFIG names.")
  var config: String?

  func run() throws {
    let report = CheckReport(path: config, environment: ProcessInfo.processInfo.environment)
    FileHandle.standardError.write(Data(report.diagnostics.utf8))
    print(report.output, terminator: "")
    guard report.status == 0 else { throw ExitCode(report.status) }
  }
}
