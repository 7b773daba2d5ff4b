import ArgumentParser
import MystelCore
import MystelManage

/// `mystel config`: what a running gateway is set to.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Show the configuration of the running gateway.",
    subcommands: [Get.self])

  struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print every key with the value in force, as a file that could be loaded.")

    @OptionGroup var options: ControlOptions

    func run() throws {
      let line = ControlRequest.line(.configuration)
      try options.connect().print(line, options) { (answer: ConfigurationAnswer) in
        print(answer.yaml, terminator: answer.yaml.hasSuffix("\n") ? "" : "\n")
      }
    }
  }
}
