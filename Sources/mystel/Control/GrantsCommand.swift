import ArgumentParser
import MystelCore
import MystelManage

/// `mystel grants`: whose launcher has logged in.
struct GrantsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grants",
    abstract: "List launcher logins that let players in, and take them back.",
    discussion: """
      tera-api tells of them, or is asked: see launcher.mode. A grant that is over ends no session. With \
      launcher.mode: off nobody needs one.
      """,
    subcommands: [List.self, Revoke.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print from where launchers have logged in.")

    @OptionGroup var options: ControlOptions

    func run() throws {
      let line = ControlRequest.line(.listGrants, BanQuery(limit: PageRequest.most))
      try options.connect().print(line, options) { (page: Page<LauncherGrantAnswer>) in
        var table = TextTable("ADDRESS", "LEFT", "FROM", "ACCOUNTS")
        for grant in page.items {
          let accounts = grant.logins.map {
            "\($0.account)" + ($0.name.isEmpty ? "" : " \($0.name)")
          }
          table.add(
            "\(grant.target)", Shown.duration(grant.secondsLeft), grant.origin,
            accounts.isEmpty ? "-" : accounts.joined(separator: ", "))
        }
        print(table.isEmpty ? "nobody has a grant" : table.text)
        if let total = page.total, total > page.items.count {
          print("and \(total - page.items.count) more")
        }
      }
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take the grants of an address, a network or an account back.",
      discussion: "Sessions go on; `mystel sessions kick` ends them.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "203.0.113.7, 203.0.113.0/24 or account:500001.")
    var target: BanTarget

    func run() throws {
      let line = ControlRequest.line(.revokeGrants, TargetOrder(target: target))
      try options.connect().print(line, options) { (answer: LauncherRevokeAnswer) in
        print("\(answer.count) grants of \(answer.target) are taken back")
      }
    }
  }
}
