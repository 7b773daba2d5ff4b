import ArgumentParser
import MystelCore
import MystelManage

/// `mystel evidence`: what was found lately.
struct EvidenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evidence",
    abstract: "Print the latest evidence of findings, ends and floods; explain tells all of one.")

  @OptionGroup var options: ControlOptions

  @Option(name: .customLong("of"), help: "Only of an address, a network or an account.")
  var target: BanTarget?

  @Option(help: "Only of a session, by its number.")
  var session: UInt64?

  @Option(help: "The most to print, up to 1000.")
  var limit = 50

  func run() throws {
    let query = EvidenceListQuery(target: target, session: session, limit: limit)
    let line = ControlRequest.line(.listEvidence, query)
    try options.connect().print(line, options) { (page: Page<EvidenceEntry>) in
      var table = TextTable("ID", "TIME (UTC)", "CLIENT", "ACCOUNT", "RULE", "PACKET", "ACTED")
      for entry in page.items {
        table.add(
          entry.id, entry.at, entry.client, entry.account.map { "\($0)" } ?? "", entry.rule,
          entry.packet, entry.isEnforced ? "yes" : "in shadow")
      }
      print(table.isEmpty ? "nothing was found" : table.text)
    }
  }
}
