import ArgumentParser
import MystelConfig
import MystelCore
import MystelManage

/// `mystel rules`: what packets are held to.
struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "List, explain and try the rules that packets are held to.",
    subcommands: [
      List.self, Show.self, Test.self, Score.self, Counts.self, SwitchMode.self, Try.self,
    ])

  /// Which rules are meant, and in which mode they are.
  struct Source: ParsableArguments {
    @Option(
      name: [.short, .long],
      help: "A configuration file, for its profile, its modes and its directories.")
    var config: String?

    @Option(help: "A profile: observe, balanced or strict. The configuration's, or balanced.")
    var profile: InspectionPolicy.Profile?

    @Option(help: "A directory of rule files beside the program's own.")
    var directory: String?

    /// - Parameter everyRule: a mode for all rules, whatever they and the configuration say.
    func load(everyRule mode: Configuration.Mode? = nil) throws -> LoadedInspection {
      var inspection = Configuration.Inspection()
      if let config { inspection = try ConfigurationSource.load(config).configuration.inspection }
      if let profile { inspection.profile = profile }
      if let directory { inspection.rulesDirectory = directory }
      let loaded = try ConfigurationSource.inspection(inspection)
      guard let mode else { return loaded }
      for rule in loaded.policy.rules { inspection.rules[rule.id] = mode }
      return try ConfigurationSource.inspection(inspection)
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print every rule: mode, action, confidence, classes, title and source.")

    @OptionGroup var source: Source

    func run() throws {
      let policy = try source.load().policy
      let width = policy.rules.map(\.id.count).max() ?? 0
      for (rule, mode) in zip(policy.rules, policy.modes) {
        let columns = [
          pad(rule.id, width), pad(mode.rawValue, 7), pad(rule.action.rawValue, 7),
          pad(rule.confidence.rawValue, 7), pad(rule.classes.joined(separator: ","), 8), rule.title,
        ]
        print("\(columns.joined(separator: "  "))  [\(rule.source)]")
      }
    }

    private func pad(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Explain one rule: why it is there, what it looks at, how to change its mode.")

    @OptionGroup var source: Source

    @Argument(help: "The rule's id, such as 400-amounts.")
    var id: String

    func run() throws {
      let loaded = try source.load()
      guard let index = loaded.policy.rules.firstIndex(where: { $0.id == id }) else {
        StandardError.write("there is no rule \(id); `mystel rules list` shows them all\n")
        throw ExitCode(64)
      }
      print(RuleText.text(of: loaded.policy.rules[index], mode: loaded.policy.modes[index]))
    }
  }

  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Try rules on the cases of a test folder.",
      discussion: """
        The folder holds one folder a rule, named by its id, with files of cases. Every rule needs \
        a case that hits and one that misses. Exit status 1 if a case fails or is missing.
        """)

    @OptionGroup var source: Source

    @Argument(help: "The folder with the cases, such as Packs/tera/tests.")
    var folder: String

    @Option(help: "Only the rules whose id begins like this.")
    var rule: String = ""

    func run() throws {
      let loaded = try source.load()
      let reports = try RuleTestFolder.run(
        folder, rules: loaded.policy.rules.filter { $0.id.hasPrefix(rule) },
        packs: loaded.packs.packs)
      for report in reports {
        for failure in report.failures { print(failure) }
      }
      let tried = reports.map(\.tried).reduce(0, +)
      let bad = reports.count { !$0.isGood }
      print(
        "\(reports.count - bad) of \(reports.count) rules are as their cases say, \(tried) tries")
      if bad > 0 || reports.isEmpty { throw ExitCode(1) }
    }
  }

  struct Counts: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print how often each rule of the running gateway was broken.")

    @OptionGroup var options: ControlOptions

    @Flag(help: "Rules that nothing broke, too.")
    var all = false

    func run() throws {
      let line = ControlRequest.line(.ruleCounts)
      try options.connect().print(line, options) { (page: Page<RuleAnswer>) in
        var table = TextTable("RULE", "MODE", "ACTED", "IN SHADOW", "TITLE")
        for rule in page.items where all || rule.enforced + rule.shadowed > 0 {
          table.add(rule.id, rule.mode, "\(rule.enforced)", "\(rule.shadowed)", rule.title)
        }
        print(table.isEmpty ? "no rule was broken" : table.text)
      }
    }
  }
}
