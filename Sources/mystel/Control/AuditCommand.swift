import ArgumentParser
import MystelCore
import MystelManage

/// `mystel audit`: what operators did.
struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Print what operators did lately, the latest first.",
    discussion: """
      Bans, kicks, reloads, tokens and changes of the allow-list, with who asked: `uid N` at the \
      control socket, `token NAME` over HTTP. Kept in the store, the latest 100,000.
      """)

  @OptionGroup var options: ControlOptions

  @Option(help: "The most to print, up to 1000.")
  var limit = 50

  func run() throws {
    let line = ControlRequest.line(.audit, AuditQuery(limit: limit))
    try options.connect().print(line, options) { (page: Page<AuditAnswer>) in
      var table = TextTable("TIME (UTC)", "WHO", "DID", "TO", "OUTCOME")
      for entry in page.items {
        table.add(entry.at, entry.actor, entry.action, entry.subject, entry.outcome)
      }
      print(table.isEmpty ? "nothing was done yet" : table.text)
    }
  }
}
