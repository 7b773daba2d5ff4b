import MystelCore
import MystelStore

/// Evidence in words.
enum EvidenceText {
  static func of(_ record: EvidenceRecord) -> String {
    var table = TextTable("evidence", record.id)
    table.add("at", CalendarTime.text(record.at) + " UTC")
    if Reason.allCases.contains(where: { $0.label == record.rule }) {
      table.add("reason", record.rule)
    } else {
      table.add("rule", "\(record.rule) (`mystel rules show \(record.rule)`)")
    }
    table.add("session", record.session == 0 ? "none: refused before it" : "\(record.session)")
    table.add("address", record.address)
    table.add("account", record.account.map { "\($0)" } ?? "not logged in")
    return table.text + "\n\n" + record.json
  }
}
