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

  @Flag(
    help: """
      Check instead that no record was changed, taken out or put in; exit status 1 where one was.
      """)
  var verify = false

  @Option(help: "The most to print, up to 1000.")
  var limit = 50

  func run() throws {
    guard !verify else { return try check() }
    let line = ControlRequest.line(.audit, AuditQuery(limit: limit))
    try options.connect().print(line, options) { (page: Page<AuditAnswer>) in
      var table = TextTable("TIME (UTC)", "WHO", "DID", "TO", "OUTCOME")
      for entry in page.items {
        table.add(entry.at, entry.actor, entry.action, entry.subject, entry.outcome)
      }
      print(table.isEmpty ? "nothing was done yet" : table.text)
    }
  }

  private func check() throws {
    let (verdict, answer) = try options.connect().ask(
      ControlRequest.line(.verifyAudit), as: AuditVerdict.self)
    if options.json {
      ControlConnection.printJSON(answer)
    } else if let broken = verdict.brokenAt {
      print("BROKEN at record \(broken): it, or one before it, is not as it was written")
    } else {
      print("\(verdict.entries) records are as they were written; the link of the latest:")
      print(verdict.head ?? "(none)")
      if verdict.gone > 0 { print("\(verdict.gone) older ones had to make room for them") }
    }
    if verdict.brokenAt != nil { throw ExitCode(1) }
  }
}
