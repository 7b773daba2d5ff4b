import ArgumentParser
import MystelCore
import MystelManage

/// `mystel allow`: whom wider bans do not meet.
struct AllowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allow", abstract: "List and change the networks that wider bans do not meet.",
    discussion: """
      Of a ban and an entry here the longer prefix counts, and the ban where they are equal: an entry \
      for one address frees it from the ban of its /24, not from a ban of its own.
      """,
    subcommands: [List.self, Add.self, Remove.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the allow-list.")

    @OptionGroup var options: ControlOptions

    func run() throws {
      let line = ControlRequest.line(.listAllowed, BanQuery(limit: PageRequest.most))
      try options.connect().print(line, options) { (page: Page<AllowAnswer>) in
        var table = TextTable("TARGET", "NOTE")
        for entry in page.items { table.add("\(entry.target)", entry.note) }
        print(table.isEmpty ? "the allow-list is empty" : table.text)
        if let total = page.total, total > page.items.count {
          print("and \(total - page.items.count) more")
        }
      }
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add an address or a network.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "203.0.113.7 or 203.0.113.0/24.")
    var target: BanTarget

    @Option(help: "Why, for those who ask later.")
    var note: String?

    func run() throws {
      let line = ControlRequest.line(.addAllowed, AllowOrder(target: target, note: note))
      try options.connect().print(line, options) { (answer: AllowAnswer) in
        print("wider bans no longer meet \(answer.target)")
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove an address or a network.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "The target, as `mystel allow list` shows it.")
    var target: BanTarget

    func run() throws {
      let line = ControlRequest.line(.removeAllowed, TargetOrder(target: target))
      try options.connect().print(line, options) { (answer: AllowAnswer) in
        print("\(answer.target) is no longer on the allow-list")
      }
    }
  }
}

/// `mystel explain`: the evidence behind a ban, a close or a finding.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Show the evidence behind a ban, a close or a finding.",
    discussion: "The id stands in the log line of the close, and in `mystel bans check`.")

  @OptionGroup var options: ControlOptions

  @Argument(help: "The evidence's id.")
  var id: String

  func run() throws {
    let line = ControlRequest.line(.explain, EvidenceQuery(id: id))
    try options.connect().print(line, options) { (answer: EvidenceAnswer) in print(answer.text) }
  }
}
