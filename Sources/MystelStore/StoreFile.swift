import GRDB
import MystelCore
import MystelWire

/// What a database holds of the reputation.
package struct StoreContents: Sendable {
  package var bans: [BanTarget: Ban] = [:]
  package var scores: [ScoreRecord] = []
  package var allowed: [AddressPrefix: String] = [:]
  package var mark: ClockMark?
  /// The highest version ever written.
  package var version: UInt64 = 0
  /// Rows whose seal is broken.
  package var brokenRows = 0

  package init() {}

  /// Takes in what another file knows better or beside.
  mutating func merge(_ other: StoreContents) {
    for (target, ban) in other.bans where ban.version > bans[target]?.version ?? 0 {
      bans[target] = ban
    }
    allowed.merge(other.allowed) { mine, _ in mine }
    if scores.isEmpty { scores = other.scores }
    if mark?.book ?? .min < other.mark?.book ?? .min { mark = other.mark }
    version = max(version, other.version)
  }
}

/// What is to be written in one transaction; of several words on one thing the last remains.
struct StoreBatch: Sendable {
  enum Word: Sendable {
    case put(Ban)
    case forget(version: UInt64)

    var version: UInt64 {
      switch self {
      case .put(let ban): ban.version
      case .forget(let version): version
      }
    }
  }

  var bans: [BanTarget: Word] = [:]
  /// Nil to take the network out.
  var allowed: [AddressPrefix: String?] = [:]
  var scores: [BanTarget: ScoreRecord] = [:]
  var evidence: [EvidenceRecord] = []
  var audit: [AuditRecord] = []
  var mark: ClockMark?
  /// The highest version so far, where `bans` may not have it.
  var version: UInt64 = 0

  /// The most of each that waits for a disk that does not take it.
  static let mostWaiting = 10_000

  var isEmpty: Bool {
    bans.isEmpty && allowed.isEmpty && scores.isEmpty && evidence.isEmpty && audit.isEmpty
  }

  var highestVersion: UInt64 { bans.values.reduce(version) { max($0, $1.version) } }

  mutating func add(_ change: ReputationBook.Change) {
    switch change {
    case .put(let ban): bans[ban.target] = .put(ban)
    case .forget(let target, let version): bans[target] = .forget(version: version)
    case .allow(let network, let comment): allowed[network] = .some(comment)
    case .disallow(let network): allowed[network] = .some(nil)
    }
  }

  /// Takes back what could not be written, behind what has come since.
  mutating func putBack(_ older: StoreBatch) {
    bans.merge(older.bans) { newer, old in newer.version >= old.version ? newer : old }
    allowed.merge(older.allowed) { newer, _ in newer }
    scores.merge(older.scores) { newer, _ in newer }
    evidence = Array((older.evidence + evidence).suffix(Self.mostWaiting))
    audit = Array((older.audit + audit).suffix(Self.mostWaiting))
  }
}

/// An open database. Every call blocks until the disk has answered, so nothing of the data path may
/// wait for one.
package struct StoreFile: Sendable {
  /// Rows kept, the oldest going first.
  enum Bound {
    static let evidence = 10_000
    static let audit = 100_000
    static let scores = 200_000
  }

  let path: String
  package let queue: DatabaseQueue

  /// Opens or makes a database.
  ///
  /// - Parameter isWAL: false for a copy, which is one file and written once.
  /// - Throws: `DatabaseError`, `StoreFault.newerVersion`.
  init(path: String, isWAL: Bool = true) throws {
    self.path = path
    var configuration = GRDB.Configuration()
    configuration.journalMode = isWAL ? .wal : .default
    configuration.busyMode = .timeout(5)
    configuration.label = "reputation"
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA cell_size_check = ON")
    }
    queue = try DatabaseQueue(path: path, configuration: configuration)
    // Afterwards, since GRDB makes it NORMAL with WAL, where a commit waits for no disk.
    try queue.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
    let schema = Self.schema
    try queue.write { db in
      let isNewer = try schema.hasBeenSuperseded(db)
      if isNewer { throw StoreFault.newerVersion }
      let verdict = try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
      if verdict != "ok" { throw StoreFault.damaged(verdict ?? "no answer") }
    }
    try schema.migrate(queue)
  }

  /// Opens a database for `read` alone, as it is.
  ///
  /// - Throws: `DatabaseError`.
  init(reading path: String) throws {
    self.path = path
    var configuration = GRDB.Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    queue = try DatabaseQueue(path: path, configuration: configuration)
  }

  func close() { try? queue.close() }

  private static var schema: DatabaseMigrator {
    var schema = DatabaseMigrator()
    schema.registerMigration("1 reputation") { db in
      try db.execute(
        sql: """
          CREATE TABLE bans (
            target TEXT PRIMARY KEY, source TEXT, scope TEXT, reason TEXT, origin TEXT,
            evidence TEXT, count INTEGER, created INTEGER, expires INTEGER, version INTEGER,
            lifted INTEGER, seal INTEGER) WITHOUT ROWID;
          CREATE TABLE allowed (
            network TEXT PRIMARY KEY, comment TEXT, seal INTEGER) WITHOUT ROWID;
          CREATE TABLE scores (
            target TEXT PRIMARY KEY, score REAL, second REAL, updated INTEGER, signals TEXT,
            seal INTEGER) WITHOUT ROWID;
          CREATE INDEX scores_updated ON scores (updated);
          CREATE TABLE evidence (
            id TEXT PRIMARY KEY, at INTEGER, session TEXT, address TEXT, account TEXT, rule TEXT,
            json TEXT, seal INTEGER);
          CREATE TABLE audit (
            id INTEGER PRIMARY KEY, at INTEGER, actor TEXT, action TEXT, subject TEXT,
            outcome TEXT, seal INTEGER);
          CREATE TABLE marks (
            id INTEGER PRIMARY KEY, book INTEGER, boot TEXT, uptime INTEGER, wall INTEGER,
            version INTEGER, seal INTEGER);
          """)
    }
    schema.registerMigration("2 audit chain") { db in
      try db.execute(
        sql: """
          ALTER TABLE audit ADD COLUMN link TEXT;
          CREATE TABLE audit_anchor (id INTEGER PRIMARY KEY, link TEXT);
          CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
          """)
    }
    return schema
  }

  // MARK: Asking

  func evidence(_ id: String) async throws -> EvidenceRecord? {
    try await queue.read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM evidence WHERE id = ?", arguments: [id])
        .flatMap { EvidenceRecord($0) }
    }
  }

  /// The latest first.
  func evidence(limit: Int) async throws -> [EvidenceRecord] {
    try await queue.read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM evidence ORDER BY rowid DESC LIMIT ?", arguments: [limit]
      ).compactMap { EvidenceRecord($0) }
    }
  }

  // MARK: Writing

  /// Writes a batch, all or nothing, and returns when it is on the disk.
  func write(_ batch: StoreBatch) async throws {
    try await queue.write { db in try Self.write(batch, db) }
  }

  /// Writes a copy of the whole state beside a path, and puts it there when it is complete.
  static func writeCopy(_ batch: StoreBatch, to path: String) async throws {
    let temporary = path + ".new"
    StoreDisk.remove(temporary)
    try StoreDisk.create(temporary)
    let file = try StoreFile(path: temporary, isWAL: false)
    do {
      try await file.write(batch)
      file.close()
      try StoreDisk.replace(path, with: temporary)
    } catch {
      file.close()
      StoreDisk.remove(temporary)
      throw error
    }
  }

  private static func write(_ batch: StoreBatch, _ db: Database) throws {
    for (target, word) in batch.bans {
      switch word {
      case .put(let ban): try write(ban, db)
      case .forget(let version):
        try db.cachedStatement(sql: "DELETE FROM bans WHERE target = ? AND version <= ?")
          .execute(arguments: ["\(target)", Int64(clamping: version)])
      }
    }
    for (network, comment) in batch.allowed {
      if let comment {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO allowed VALUES (?, ?, ?)")
          .execute(
            arguments: ["\(network)", comment, RowSeal.of(["\(network)", comment])])
      } else {
        try db.cachedStatement(sql: "DELETE FROM allowed WHERE network = ?")
          .execute(arguments: ["\(network)"])
      }
    }
    for score in batch.scores.values {
      try db.cachedStatement(sql: "INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?, ?, ?)")
        .execute(arguments: [
          "\(score.target)", Double(score.score), Double(score.second), score.updated,
          score.signalText, score.seal,
        ])
    }
    try write(evidence: batch.evidence, audit: batch.audit, db)
    if let mark = batch.mark { try write(mark, batch, db) }
  }

  package static func write(_ ban: Ban, _ db: Database) throws {
    let columns = ban.columns
    let names = columns.map(\.name)
    let updates = names.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
    let places = names.map { _ in "?" }.joined(separator: ", ")
    // Of two words on a target the later one stays, whichever comes first.
    try db.cachedStatement(
      sql: """
        INSERT INTO bans (\(names.joined(separator: ", "))) VALUES (\(places)) \
        ON CONFLICT (target) DO UPDATE SET \(updates) WHERE excluded.version > bans.version
        """
    ).execute(arguments: StatementArguments(columns.map(\.value)))
  }

  private static func write(
    evidence: [EvidenceRecord], audit: [AuditRecord], _ db: Database
  ) throws {
    for record in evidence {
      try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
      ).execute(arguments: [
        record.id, record.at, "\(record.session)", record.address,
        record.account.map { "\($0)" }, record.rule, record.json, record.seal,
      ])
    }
    if !evidence.isEmpty { try trim("evidence", by: "rowid", to: Bound.evidence, db) }
    try AuditChain.append(audit, db)
  }

  private static func write(_ mark: ClockMark, _ batch: StoreBatch, _ db: Database) throws {
    let reading = mark.reading
    let before = try Int64.fetchOne(db, sql: "SELECT version FROM marks WHERE id = 1") ?? 0
    let version = max(before, Int64(clamping: batch.highestVersion))
    let seal = RowSeal.of([
      "\(mark.book)", reading.boot, "\(reading.uptime)", "\(reading.wall)", "\(version)",
    ])
    try db.execute(
      sql: "INSERT OR REPLACE INTO marks VALUES (1, ?, ?, ?, ?, ?, ?)",
      arguments: [mark.book, reading.boot, reading.uptime, reading.wall, version, seal])
    try db.execute(
      sql: "DELETE FROM bans WHERE lifted = 1 AND expires < ?", arguments: [mark.book])
    if !batch.scores.isEmpty { try trim("scores", by: "updated", to: Bound.scores, db) }
  }

  private static func trim(_ table: String, by order: String, to most: Int, _ db: Database) throws {
    let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0
    guard count > most else { return }
    let limit = try Int64.fetchOne(
      db, sql: "SELECT \(order) FROM \(table) ORDER BY \(order) LIMIT 1 OFFSET ?",
      arguments: [count - most])
    try db.execute(sql: "DELETE FROM \(table) WHERE \(order) < ?", arguments: [limit])
  }
}
