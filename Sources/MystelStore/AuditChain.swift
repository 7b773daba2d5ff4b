import Crypto
import GRDB
import MystelCore
import MystelWire

/// The record of what operators did: each row's link is the digest of the row before it and of itself, so
/// that a row that is changed, taken out or put in breaks every link behind it.
///
/// Who can write the file can make the whole chain anew, or cut off its end; the latest link, kept somewhere
/// else, is what such a chain does not have.
enum AuditChain {
  /// Of a record that nothing comes before.
  private static let start = ""

  /// - Returns: 64 hex digits.
  private static func link(of record: AuditRecord, behind last: String) -> String {
    var digest = SHA256()
    // The length goes first, so that fields cannot run into each other.
    for field in [
      last, "\(record.at)", record.actor, record.action, record.subject, record.outcome,
    ] {
      digest.update(data: Array("\(field.utf8.count):".utf8))
      digest.update(data: Array(field.utf8))
    }
    return String(hex: digest.finalize())
  }

  // MARK: In the file

  static func append(_ records: [AuditRecord], _ db: Database) throws {
    guard !records.isEmpty else { return }
    var last = try lastLink(db)
    for record in records {
      last = link(of: record, behind: last)
      try db.cachedStatement(
        sql: """
          INSERT INTO audit (at, actor, action, subject, outcome, seal, link) \
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """
      ).execute(arguments: [
        record.at, record.actor, record.action, record.subject, record.outcome, record.seal, last,
      ])
    }
    try trim(to: StoreFile.Bound.audit, db)
  }

  private static func lastLink(_ db: Database) throws -> String {
    try String.fetchOne(db, sql: "SELECT link FROM audit ORDER BY id DESC LIMIT 1") ?? anchor(db)
  }

  /// The link of the last row that went for want of room.
  private static func anchor(_ db: Database) throws -> String {
    try String.fetchOne(db, sql: "SELECT link FROM audit_anchor WHERE id = 1") ?? start
  }

  private static func trim(to most: Int, _ db: Database) throws {
    // Numbers are given in order, and only the oldest rows go: nothing needs counting.
    let newest = try Int64.fetchOne(db, sql: "SELECT max(id) FROM audit") ?? 0
    let last = try Row.fetchOne(
      db, sql: "SELECT id, link FROM audit WHERE id <= ? ORDER BY id DESC LIMIT 1",
      arguments: [newest - Int64(most)])
    guard let last, let id = last.integer("id") else { return }
    try db.execute(
      sql: "INSERT OR REPLACE INTO audit_anchor VALUES (1, ?)", arguments: [last.text("link")])
    try db.execute(sql: "DELETE FROM audit WHERE id <= ?", arguments: [id])
  }

  /// Goes over the chain from its oldest row on. Rows from before there was a chain have no link.
  static func verify(_ db: Database) throws -> AuditVerdict {
    var verdict = AuditVerdict()
    var last = try anchor(db)
    let rows = try Row.fetchCursor(db, sql: "SELECT * FROM audit ORDER BY id")
    while let row = try rows.next() {
      if verdict.entries == 0 { verdict.gone = max(0, (row.integer("id") ?? 1) - 1) }
      verdict.entries += 1
      let stored = row.text("link")
      if stored == nil, last == start { continue }
      let isWhole = AuditRecord(row).map { link(of: $0, behind: last) == stored } ?? false
      guard isWhole, let stored else {
        verdict.brokenAt =
          verdict.brokenAt ?? row.integer("id").flatMap { UInt64(exactly: $0) } ?? 0
        break
      }
      last = stored
    }
    verdict.head = last == start ? nil : last
    return verdict
  }
}

extension StoreFile {
  /// The latest first.
  func audit(limit: Int) async throws -> [AuditRecord] {
    try await queue.read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM audit ORDER BY id DESC LIMIT ?", arguments: [limit])
        .compactMap { AuditRecord($0) }
    }
  }

  func verifyAudit() async throws -> AuditVerdict {
    try await queue.read { db in try AuditChain.verify(db) }
  }
}
