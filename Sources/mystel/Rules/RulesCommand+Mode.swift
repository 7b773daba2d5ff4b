import ArgumentParser
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
}
