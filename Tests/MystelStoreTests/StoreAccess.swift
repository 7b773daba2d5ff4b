import GRDB
import MystelCore
import MystelStore

/// What tests do to a store that no caller may.
enum StoreAccess {
  static func write(_ ban: Ban, _ db: Database) throws { try StoreFile.write(ban, db) }
}

extension Reputation {
  /// As if the disk were full beyond so many pages.
  func limitPages(to count: Int) async {
    try? await file?.queue.write { db in
      try db.execute(sql: "PRAGMA max_page_count = \(count)")
    }
  }

  /// As if the disk had become read-only, which SQLite tells by the same error.
  func setReadOnly(_ isReadOnly: Bool) async {
    try? await file?.queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA query_only = \(isReadOnly ? 1 : 0)")
    }
  }

  /// What `PRAGMA synchronous` says; 2 where a commit waits for the disk.
  var synchronous: Int? {
    get async {
      try? await file?.queue.read { db in try Int.fetchOne(db, sql: "PRAGMA synchronous") }
    }
  }
}
