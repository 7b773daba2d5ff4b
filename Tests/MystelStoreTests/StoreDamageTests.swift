import Foundation
import GRDB
import MystelCore
import MystelStore
import MystelTesting
import MystelWire
import Testing

@Suite("A damaged store")
struct StoreDamageTests {
  private static let many = Set((0..<500).map { "203.0.\($0 / 250).\($0 % 250)" })

  /// A store with bans, closed; its copy is beside it.
  private static func filled() async throws -> StoreRig {
    let rig = try StoreRig()
    let reputation = rig.open()
    let entries = many.map {
      (target: BanTarget($0) ?? .account(0), seconds: Int64?(3600), reason: "x")
    }
    _ = try await reputation.importBans(entries, list: "test", by: "tester")
    await reputation.finish()
    return rig
  }

  private static func expectRestored(_ rig: StoreRig, _ what: Comment) async throws {
    let reputation = rig.open()
    #expect(await reputation.targets == many, what)
    #expect(rig.lines.all.contains { $0.hasPrefix("error") }, what)
    // What comes next is written, and the restored state with it.
    try await reputation.ban("198.51.100.1")
    try FileManager.default.removeItem(atPath: rig.copyPath)
    #expect(await rig.open().targets == many.union(["198.51.100.1"]), what)
  }

  @Test("G6: cut off anywhere: its bans come from the copy, and it is kept beside the new one")
  func truncated() async throws {
    for share in [0.0, 0.01, 0.3, 0.5, 0.9] {
      let rig = try await Self.filled()
      let bytes = try rig.bytes
      try rig.replace(bytes.prefix(Int(Double(bytes.count) * share)))
      try await Self.expectRestored(rig, "\(share)")
      #expect(rig.quarantined.count == (share == 0 ? 0 : 1), "\(share)")
    }
  }

  @Test("G6: bits flipped anywhere: every ban is there, whole, or the file is replaced")
  func flipped() async throws {
    let pristine = try await Self.filled()
    let bytes = try pristine.bytes
    let copy = try Data(contentsOf: URL(fileURLWithPath: pristine.copyPath))
    var generator = SplitMix64(seed: 11)
    for round in 0..<60 {
      let rig = try StoreRig()
      var broken = bytes
      for _ in 0..<(1 + round % 4) {
        let at = Int(generator.next() % UInt64(bytes.count))
        broken[at] ^= 1 << UInt8(generator.next() % 8)
      }
      try rig.replace(broken)
      try copy.write(to: URL(fileURLWithPath: rig.copyPath))
      let reputation = rig.open()
      let targets = await reputation.targets
      #expect(targets == Self.many, "round \(round)")
    }
  }

  @Test("G6: without a copy, what is whole in a damaged file is kept")
  func salvaged() async throws {
    let rig = try await Self.filled()
    try FileManager.default.removeItem(atPath: rig.copyPath)
    let file = try DatabaseQueue(path: rig.path)
    try await file.write { db in
      try db.execute(
        sql: "UPDATE bans SET expires = expires + 1 WHERE target = '203.0.0.7'")
    }
    try file.close()
    let reputation = rig.open()
    #expect(await reputation.targets == Self.many.subtracting(["203.0.0.7"]))
    #expect(rig.quarantined.count == 1)
    #expect(rig.lines.all.contains { $0.contains("1 rows are damaged") })
  }

  @Test("G6: written by a later version: put aside as it is, and its bans hold")
  func newer() async throws {
    let rig = try await Self.filled()
    let file = try DatabaseQueue(path: rig.path)
    try await file.write { db in
      try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('2 something')")
      try db.execute(sql: "ALTER TABLE bans DROP COLUMN evidence")
    }
    try file.close()
    try await Self.expectRestored(rig, "newer")
    let aside = try #require(rig.quarantined.first)
    let kept = try DatabaseQueue(path: rig.directory + "/" + aside)
    let (count, last) = try await kept.read { db in
      (
        try Int.fetchOne(db, sql: "SELECT count(*) FROM bans"),
        try String.fetchOne(db, sql: "SELECT max(identifier) FROM grdb_migrations")
      )
    }
    #expect(count == 500 && last == "2 something")
  }

  @Test("G6: not a database at all, and a directory in its place")
  func foreign() async throws {
    let rig = try await Self.filled()
    try rig.replace(Data("<html><body>hello</body></html>".utf8))
    try await Self.expectRestored(rig, "html")

    let other = try await Self.filled()
    try FileManager.default.removeItem(atPath: other.path)
    try FileManager.default.createDirectory(
      atPath: other.path, withIntermediateDirectories: false)
    let reputation = other.open()
    #expect(await reputation.targets == Self.many)
    #expect(await !reputation.status.isStored)
  }

  @Test("G6: deleted between two runs: its bans come from the copy, with an alert")
  func deleted() async throws {
    let rig = try await Self.filled()
    try FileManager.default.removeItem(atPath: rig.path)
    try await Self.expectRestored(rig, "deleted")
    #expect(rig.lines.all.contains { $0.contains("gone") })
  }

  @Test("G6: deleted while it is in use: another one is made, with everything in it")
  func deletedInUse() async throws {
    let rig = try StoreRig()
    let reputation = rig.open()
    try await reputation.ban("203.0.113.7")
    try FileManager.default.removeItem(atPath: rig.path)
    await reputation.keepStore()
    #expect(rig.lines.all.contains { $0.contains("is gone") })
    #expect(await reputation.status.isStored)
    #expect(await rig.open().targets == ["203.0.113.7"])
  }

  @Test("G6: overwritten while it is in use: put aside, and another one is made")
  func overwrittenInUse() async throws {
    let rig = try StoreRig()
    let reputation = rig.open()
    try await reputation.ban("203.0.113.7")
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: rig.path))
    try handle.write(contentsOf: Data(repeating: 0x5a, count: 65_536))
    try handle.close()
    try? await reputation.ban("203.0.113.8")
    for _ in 0..<3 {
      rig.pass(10)
      await reputation.keepStore()
    }
    let expected: Set = ["203.0.113.7", "203.0.113.8"]
    #expect(await reputation.targets == expected)
    await reputation.finish()
    #expect(await rig.open().targets == expected)
  }

  @Test("G7: out of reach: bans hold in memory, one alert a minute, and all are written later")
  func outOfReach() async throws {
    let rig = try StoreRig()
    // A file where the directory should be.
    let blocked = rig.directory + "/blocked"
    try Data().write(to: URL(fileURLWithPath: blocked))
    let path = blocked + "/reputation.db"
    let reputation = rig.open(path: path)
    await #expect(throws: NotStored.self) { try await reputation.ban("203.0.113.7") }
    #expect(await reputation.targets == ["203.0.113.7"])
    for _ in 0..<130 {
      rig.pass(1)
      await reputation.keepStore()
    }
    let alerts = rig.lines.all.filter { $0.hasPrefix("error") }
    #expect(alerts.count == 3, "\(alerts)")
    #expect(await !reputation.status.isStored)
    try FileManager.default.removeItem(atPath: blocked)
    rig.pass(10)
    await reputation.keepStore()
    #expect(await reputation.status.isStored)
    #expect(await rig.open(path: path).targets == ["203.0.113.7"])
  }

  @Test("G7: a full disk: bans hold, the operator is told, and they are written when there is room")
  func full() async throws {
    let rig = try StoreRig()
    let reputation = rig.open()
    try await reputation.ban("203.0.113.7")
    await reputation.limitPages(to: 1)
    await #expect(throws: NotStored.self) {
      for number in 0..<2000 { try await reputation.ban("198.51.\(number / 250).\(number % 250)") }
    }
    let held = await reputation.targets
    #expect(held.count > 1)
    #expect(rig.lines.all.filter { $0.hasPrefix("error") }.count == 1)
    await reputation.limitPages(to: 1_000_000)
    rig.pass(10)
    await reputation.keepStore()
    #expect(await rig.open().targets == held)
  }

  @Test("G7: a disk turned read-only: bans and liftings hold, and are written when it is not")
  func readOnly() async throws {
    let rig = try StoreRig()
    let reputation = rig.open()
    try await reputation.ban("203.0.113.7")
    try await reputation.ban("203.0.113.8")
    await reputation.setReadOnly(true)
    await #expect(throws: NotStored.self) { try await reputation.ban("203.0.113.9") }
    await #expect(throws: NotStored.self) { try await reputation.lift("203.0.113.7") }
    let held: Set = ["203.0.113.8", "203.0.113.9"]
    #expect(await reputation.targets == held)
    #expect(await !reputation.status.isStored)
    for _ in 0..<50 {
      rig.pass(1)
      await reputation.keepStore()
    }
    #expect(rig.lines.all.filter { $0.hasPrefix("error") }.count == 1)
    // The file itself is as it was, and nothing was put aside.
    #expect(rig.quarantined == [])
    await reputation.setReadOnly(false)
    rig.pass(10)
    await reputation.keepStore()
    #expect(await reputation.status.isStored)
    #expect(await rig.open().targets == held)
  }
}
