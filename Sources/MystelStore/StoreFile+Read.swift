import GRDB
import MystelCore
import MystelWire

extension StoreFile {
  /// Everything whose seal is whole.
  ///
  /// - Throws: `DatabaseError` where the file is not what it should be.
  func read() throws -> StoreContents {
    try queue.read { db in
      var contents = StoreContents()
      for table in Self.tables {
        let rows = try Row.fetchCursor(db, sql: "SELECT * FROM \(table.name)")
        while let row = try rows.next() { table.take(row, &contents) }
      }
      return contents
    }
  }

  /// What can still be read of a damaged file: of each table the rows up to the first fault.
  func salvage() -> StoreContents {
    let contents = try? queue.read { db in
      var contents = StoreContents()
      for table in Self.tables {
        guard let rows = try? Row.fetchCursor(db, sql: "SELECT * FROM \(table.name)") else {
          continue
        }
        while let row = try? rows.next() { table.take(row, &contents) }
      }
      return contents
    }
    return contents ?? StoreContents()
  }

  private static let tables: [(name: String, take: @Sendable (Row, inout StoreContents) -> Void)] =
    [
      ("bans", takeBan), ("scores", takeScore), ("allowed", takeAllowed), ("marks", takeMark),
    ]

  private static func takeBan(_ row: Row, _ contents: inout StoreContents) {
    guard let ban = Ban(row) else { return contents.brokenRows += 1 }
    contents.bans[ban.target] = ban
    contents.version = max(contents.version, ban.version)
  }

  private static func takeScore(_ row: Row, _ contents: inout StoreContents) {
    guard let score = ScoreRecord(row) else { return contents.brokenRows += 1 }
    contents.scores.append(score)
  }

  private static func takeAllowed(_ row: Row, _ contents: inout StoreContents) {
    let text = row.text("network") ?? ""
    let comment = row.text("comment") ?? ""
    guard RowSeal.of([text, comment]) == row.integer("seal"),
      let network = try? AddressPrefix(parsing: text)
    else { return contents.brokenRows += 1 }
    contents.allowed[network] = comment
  }

  private static func takeMark(_ row: Row, _ contents: inout StoreContents) {
    guard let book = row.integer("book"),
      let boot = row.text("boot"),
      let uptime = row.integer("uptime"),
      let wall = row.integer("wall"),
      let version = row.integer("version"),
      RowSeal.of(["\(book)", boot, "\(uptime)", "\(wall)", "\(version)"])
        == row.integer("seal")
    else { return contents.brokenRows += 1 }
    contents.mark = ClockMark(
      book: book, reading: ClockReading(boot: boot, uptime: uptime, wall: wall))
    contents.version = max(contents.version, UInt64(clamping: version))
  }
}
