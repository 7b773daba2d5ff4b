import Foundation
import GRDB
import MystelCore
import MystelStore
import MystelWire
import Testing

@Suite("The store")
struct StoreTests {
  @Test("is made on the first start, for its owner alone, and keeps bans over a restart")
  func restart() async throws {
    let rig = try StoreRig()
    let first = rig.open()
    try await first.ban("203.0.113.7")
    try await first.ban("account:5", .permanent)
    try await first.ban("2001:db8::/56", .seconds(60))
    try await first.lift("203.0.113.7")
    await first.finish()
    for file in ["reputation.db", "reputation.db.copy"] {
      let attributes = try FileManager.default.attributesOfItem(
        atPath: rig.directory + "/" + file)
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
    }
    rig.pass(30)
    let second = rig.open()
    #expect(await second.targets == ["account:5", "2001:db8::/56"])
    rig.pass(30)
    await second.tick()
    #expect(await second.targets == ["account:5"])
    #expect(!rig.lines.all.contains { $0.hasPrefix("error") })
  }

  @Test("of what operators did the latest 100,000 stay, in a chain that says how many had to go")
  func longAudit() async throws {
    let rig = try StoreRig()
    let first = rig.open()
    await first.finish()
    let queue = try DatabaseQueue(path: rig.directory + "/reputation.db")
    try await queue.write { db in
      // As by a release that knew no chain.
      for number in 1...100_000 {
        try db.cachedStatement(
          sql:
            "INSERT INTO audit (id, at, actor, action, subject, outcome) VALUES (?, 0, '', '', '', '')"
        ).execute(arguments: [number])
      }
    }
    try queue.close()
    let second = rig.open()
    for number in 0..<7 { await second.audit("tester", "late", "\(number)", "done") }
    await second.finish()
    let third = rig.open()
    let verdict = try #require(try await third.verifyAudit())
    #expect(verdict.gone == 7)
    #expect(await third.audits(limit: 1)[0].subject == "6")
    await third.finish()
  }

  @Test("an acknowledged ban is on the disk: nothing but the file is left of the gateway")
  func acknowledged() async throws {
    let rig = try StoreRig()
    let first = rig.open()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask { try await first.ban("203.0.\(number).7") }
      }
      try await group.waitForAll()
    }
    // Neither closed nor told to finish, as after kill -9.
    let second = rig.open()
    #expect(await second.targets.count == 200)
  }

  @Test("G14: of a ban and its lifting the later word stays, whichever the disk gets first")
  func versions() async throws {
    let rig = try StoreRig()
    let first = rig.open()
    for round in 0..<20 {
      let text = "203.0.\(round).7"
      // Both are decided before either is written.
      async let banned: Void = first.ban(text)
      async let lifted: Void = first.lift(text)
      _ = try await (banned, lifted)
    }
    let expected = await first.targets
    #expect(await rig.open().targets == expected)

    let target = try #require(BanTarget("198.51.100.1"))
    let older = Ban(
      target: target, source: .manual, reason: "", created: 0, expires: nil, version: 900)
    var newer = older
    newer.version = 901
    newer.isLifted = true
    for words in [[older, newer], [newer, older]] {
      let other = try StoreRig()
      await other.open().finish()
      let file = try DatabaseQueue(path: other.path)
      try await file.write { db in
        for word in words { try StoreAccess.write(word, db) }
      }
      try file.close()
      #expect(await other.open().targets == [])
    }
  }

  @Test("G8: a wall clock set a day forth or back ends no ban and prolongs none")
  func clockJumps() async throws {
    for jump: Int64 in [86_400, -86_400] {
      let rig = try StoreRig()
      let reputation = rig.open()
      try await reputation.ban("203.0.113.7", .seconds(3600))
      rig.jump(jump)
      rig.pass(3599)
      await reputation.tick()
      #expect(await reputation.targets == ["203.0.113.7"], "jump \(jump)")
      rig.pass(1)
      await reputation.tick()
      #expect(await reputation.targets == [], "jump \(jump)")
    }
  }

  @Test("G8: nor does it across a restart, or back across a reboot")
  func clockJumpsAndRestarts() async throws {
    for jump: Int64 in [86_400, -86_400] {
      let rig = try StoreRig()
      let first = rig.open()
      try await first.ban("203.0.113.7", .seconds(3600))
      await first.finish()
      rig.jump(jump)
      rig.pass(1800)
      let second = rig.open()
      #expect(await second.targets == ["203.0.113.7"], "jump \(jump)")
      rig.pass(1800)
      await second.tick()
      #expect(await second.targets == [], "jump \(jump)")
    }
    let rig = try StoreRig()
    let first = rig.open()
    try await first.ban("203.0.113.7", .seconds(3600))
    await first.finish()
    rig.reboot(after: -86_400)
    let second = rig.open()
    #expect(await second.targets == ["203.0.113.7"])
    rig.pass(3600)
    await second.tick()
    #expect(await second.targets == [])
  }

  @Test("a reboot goes on where the wall clock is")
  func reboot() async throws {
    let rig = try StoreRig()
    let first = rig.open()
    try await first.ban("203.0.113.7", .seconds(3600))
    try await first.ban("203.0.113.8", .seconds(9000))
    await first.finish()
    rig.reboot(after: 4000)
    #expect(await rig.open().targets == ["203.0.113.8"])
  }

  @Test("scores come back, and what workers tell is published as bans")
  func scores() async throws {
    let rig = try StoreRig()
    let first = rig.open()
    let client = IPAddress(ipv4: 0xcb00_7107)
    func incident() -> Report {
      .incident(
        Incident(session: 1, client: client, signal: "weak_keys", weight: 20, isPreLogin: true))
    }
    await first.take([incident(), incident(), incident()])
    await first.finish()
    let second = rig.open()
    await second.take([incident()])
    #expect(await second.targets == [])
    await second.take([incident()])
    #expect(await second.targets == ["203.0.113.7"])
  }

  @Test("evidence is found by its id, before and after it was written; operators are audited")
  func evidence() async throws {
    let rig = try StoreRig()
    let first = rig.open()
    let record = EvidenceRecord(
      id: "e-1", at: 5, session: .max, address: "203.0.113.7", account: 9, rule: "r",
      json: "{\"packets\": []}")
    await first.keep(record)
    #expect(await first.evidence("e-1") == record)
    try await first.ban("203.0.113.7")
    let own = try AddressPrefix(parsing: "10.0.0.1")
    let second = rig.open(protected: [own])
    #expect(await second.evidence("e-1") == record)
    #expect(await second.evidence("e-2") == nil)
    await #expect(throws: BanRefusal.self) { try await second.ban("10.0.0.1") }
    await second.finish()
    let third = rig.open()
    let audits = await third.audits(limit: 10)
    #expect(audits.map(\.subject) == ["10.0.0.1", "203.0.113.7"])
    #expect(audits[0].outcome.hasPrefix("refused") && audits[1].actor == "tester")
  }

  @Test("a ban of protected addresses is refused, and lists are taken but for what cannot be")
  func imports() async throws {
    let rig = try StoreRig()
    let own = try AddressPrefix(parsing: "10.0.0.1")
    let reputation = rig.open(protected: [own])
    let entries: [(target: BanTarget, seconds: Int64?, reason: String)] = [
      (try #require(BanTarget("10.0.0.0/8")), 60, "a"),
      (try #require(BanTarget("203.0.113.0/24")), nil, "b"),
      (.account(7), 60, "c"),
    ]
    let refused = try await reputation.importBans(entries, list: "test.txt", by: "tester")
    #expect(refused.map { "\($0.target)" } == ["10.0.0.0/8"])
    let expected: Set = ["203.0.113.0/24", "account:7"]
    #expect(await reputation.targets == expected)
    #expect(await rig.open().targets == expected)
  }

  @Test("what a list takes back was banned by a list: bans by hand stay")
  func listsLift() async throws {
    let rig = try StoreRig()
    let reputation = rig.open()
    let (mine, listed) = (BanTarget.account(1), BanTarget.account(2))
    try await reputation.ban(mine, reason: "seen live", by: "tester")
    _ = try await reputation.importBans([(listed, 60, "a")], list: "l", by: "tester")
    let lifted = try await reputation.liftListed([mine, listed, .account(3)], by: "tester")
    #expect(lifted.map(\.target) == [listed])
    #expect(await reputation.targets == ["account:1"])
  }

  @Test("a commit waits for the disk")
  func synchronous() async throws {
    let rig = try StoreRig()
    #expect(await rig.open().synchronous == 2)
    // And of a file that was there.
    #expect(await rig.open().synchronous == 2)
  }
}
