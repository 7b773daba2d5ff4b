import ArgumentParser
import Foundation
import MystelCore
import MystelManage

extension RulesCommand {
  struct SwitchMode: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "mode", abstract: "Switch a rule of the running gateway.",
      discussion: """
        A change of the configuration like any other: see `mystel config history`. Sessions that are \
        open are judged by it from their next packet on.
        """)

    @OptionGroup var options: ControlOptions

    @Argument(help: "The rule's id, such as 400-amounts.")
    var id: String

    @Argument(help: "off, shadow or enforce.")
    var mode: String

    func run() throws {
      let line = ControlRequest.line(.setRuleMode, RuleModeOrder(id: id, mode: mode))
      try options.connect().print(line, options) { (rule: RuleAnswer) in
        print("\(rule.id) is in mode \(rule.mode)")
      }
    }
  }

  struct Try: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Try cases on the rules of the running gateway, in their modes.",
      discussion: """
        The file is one of a rule's test folder (docs/operating/rules.md). Nothing is changed. Exit \
        status 1 where a case goes otherwise than it expects.
        """)

    @OptionGroup var options: ControlOptions

    @Argument(help: "The file with the cases; - for standard input.")
    var file: String

    @Option(help: "A rule that is tried alone and in force, whatever its mode.")
    var rule: String?

    func run() throws {
      let data =
        file == "-"
        ? FileHandle.standardInput.readDataToEndOfFile()
        : FileManager.default.contents(atPath: file)
      guard let data else {
        StandardError.write("\(file) cannot be read\n")
        throw ExitCode(66)
      }
      let connection = try options.connect()
      for line in ControlRequest.attaching(String(decoding: data, as: UTF8.self)) {
        _ = try connection.ask(line, as: Attached.self)
      }
      let line = ControlRequest.line(.testRules, RuleTestOrder(rule: rule))
      var isGood = true
      try connection.print(line, options) { (answer: RuleTestAnswer) in
        isGood = answer.failures.isEmpty
        for failure in answer.failures { print(failure) }
        print("\(answer.cases) cases, \(answer.tried) tries, \(answer.failures.count) failures")
      }
      if !isGood { throw ExitCode(1) }
    }

    private struct Attached: Decodable {
      var bytes: Int
    }
  }
}
