import ArgumentParser
import Foundation
import MystelCore
import MystelManage

/// `mystel config`: what a running gateway is set to, and changes of it.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Show and change the configuration of the running gateway.",
    discussion: """
      Changes lie on top of the file, which stays as it is: a merge patch of keys, with its history. \
      They are in force at once, and again after a reload and a start.
      """,
    subcommands: [Get.self, Validate.self, Apply.self, History.self, RollBack.self])

  struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print every key with the value in force, as a file that could be loaded.",
      discussion: "Of named keys and sections: values, usual ones, and where they come from.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "Keys or sections, such as timeouts.idle or limits.")
    var keys: [String] = []

    func run() throws {
      let line = ControlRequest.line(.configuration)
      try options.connect().print(line, options) { (answer: ConfigurationAnswer) in
        guard !keys.isEmpty else {
          print(answer.yaml, terminator: answer.yaml.hasSuffix("\n") ? "" : "\n")
          return
        }
        var table = TextTable("KEY", "VALUE", "FROM", "USUAL")
        for key in answer.keys
        where keys.contains(where: { key.path == $0 || key.path.hasPrefix($0 + ".") }) {
          table.add(key.path, key.value.text, key.origin, key.usual?.text ?? "required")
        }
        print(table.isEmpty ? "there is no such key" : table.text)
      }
    }
  }

  /// What is to be changed.
  struct Patch: ParsableArguments {
    @Argument(help: "A file with a merge patch in JSON; - for standard input.")
    var file: String?

    @Option(
      name: .customLong("set"),
      help: "KEY=VALUE, such as timeouts.idle=5m; the value is JSON, or else text.")
    var values: [String] = []

    @Option(name: .customLong("unset"), help: "A key that is as the file says again.")
    var unset: [String] = []

    func read() throws -> JSONValue {
      var patch = JSONValue.empty
      if let file {
        let data =
          file == "-"
          ? FileHandle.standardInput.readDataToEndOfFile()
          : FileManager.default.contents(atPath: file)
        guard let data else { throw ValidationError("\(file) cannot be read") }
        do {
          patch = try JSONParser.value(of: Array(data))
        } catch {
          throw ValidationError("\(file) \(error)")
        }
      }
      for text in values {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
          throw ValidationError("--set \(text): write KEY=VALUE")
        }
        let value = try? JSONParser.value(of: Array(parts[1].utf8))
        patch = Patch.placing(value ?? .string(String(parts[1])), at: parts[0], in: patch)
      }
      for key in unset { patch = Patch.placing(.null, at: key[...], in: patch) }
      guard patch != .empty else {
        throw ValidationError("nothing is to be changed: name a file, --set or --unset")
      }
      return patch
    }

    /// A patch with a value at a dotted path.
    private static func placing(
      _ value: JSONValue, at path: Substring, in patch: JSONValue
    ) -> JSONValue {
      var members = patch.members ?? [:]
      guard let dot = path.firstIndex(of: ".") else {
        members[String(path)] = value
        return .object(members)
      }
      let name = String(path[..<dot])
      members[name] = placing(
        value, at: path[path.index(after: dot)...], in: members[name] ?? .empty)
      return .object(members)
    }
  }

  struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what a change would do, and what is wrong with it; exit status 78 if anything."
    )

    @OptionGroup var options: ControlOptions
    @OptionGroup var patch: Patch

    func run() throws {
      let line = ControlRequest.line(
        .validateConfiguration, ConfigurationOrder(patch: try patch.read()))
      var isValid = true
      try options.connect().print(line, options) { (answer: ValidationAnswer) in
        isValid = answer.isValid
        for problem in answer.problems { StandardError.write("\(problem)\n") }
        ConfigCommand.show(answer.changes, answer.warnings, answer.needsRestart)
      }
      if !isValid { throw ExitCode(78) }
    }
  }

  struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put a change into force and keep it: all of it or nothing.")

    @OptionGroup var options: ControlOptions
    @OptionGroup var patch: Patch

    @Option(help: "Why, for the history.")
    var note: String?

    @Option(help: "The version it is made for, of `mystel config get --json`; else any.")
    var ifMatch: String?

    func run() throws {
      let order = ConfigurationOrder(patch: try patch.read(), ifMatch: ifMatch, note: note)
      let line = ControlRequest.line(.applyConfiguration, order)
      try options.connect().print(line, options) { ConfigCommand.show($0) }
    }
  }

  struct History: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print what was changed, the latest first.")

    @OptionGroup var options: ControlOptions

    @Option(help: "The most to print.")
    var limit = 20

    func run() throws {
      let line = ControlRequest.line(.listChanges, BanQuery(limit: limit))
      try options.connect().print(line, options) { (page: Page<ChangeAnswer>) in
        var table = TextTable("CHANGE", "TIME (UTC)", "WHO", "KIND", "KEYS", "NOTE")
        for change in page.items {
          table.add(
            "\(change.number)", change.at, change.by, change.kind,
            change.changes.map(\.path).joined(separator: " "), change.note)
        }
        print(table.isEmpty ? "nothing was changed: the file alone is in force" : table.text)
      }
    }
  }

  struct RollBack: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rollback",
      abstract: "Bring back what was in force after a change; 0 is the file alone.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "The number of the change, of `mystel config history`.")
    var number: Int

    @Option(help: "The version that is to be left; else any.")
    var ifMatch: String?

    func run() throws {
      let line = ControlRequest.line(.rollBack, RollbackOrder(number: number, ifMatch: ifMatch))
      try options.connect().print(line, options) { ConfigCommand.show($0) }
    }
  }

  // MARK: Text

  private static func show(_ answer: AppliedAnswer) {
    show(answer.changes, answer.warnings, answer.needsRestart)
    print("change \(answer.number) is in force, version \(answer.version)")
    if !answer.isStored {
      print("it lives in memory and is lost at a stop: name a file as management.changes")
    }
  }

  private static func show(
    _ changes: [ConfigurationDifference], _ warnings: [ConfigurationProblem],
    _ needsRestart: [String]
  ) {
    for warning in warnings { StandardError.write("warning: \(warning)\n") }
    for change in changes {
      let wait = needsRestart.contains(change.path) ? " (at the next start)" : ""
      print("\(change.path): \(change.before.text) -> \(change.after.text)\(wait)")
    }
    if changes.isEmpty { print("no value is another one") }
  }
}
