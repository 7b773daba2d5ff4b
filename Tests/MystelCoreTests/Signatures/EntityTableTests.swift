import MystelCore
import Testing

/// What the server announced to a player.
@Suite struct EntityTableTests {
  @Test("knows what was announced, by its kind")
  func kinds() {
    var table = EntityTable()
    table.announce(7, .npc, at: 1)
    #expect(table.holds(7, .npc))
    #expect(table.holds(7, [.npc, .user]))
    #expect(!table.holds(7, .dropItem))
    #expect(!table.holds(8, .npc))
    #expect(!table.holds(0, .npc))
  }

  @Test("what was withdrawn counts as known for a minute, and may be forgotten then")
  func grace() {
    var table = EntityTable()
    table.announce(7, .npc, at: 1)
    table.withdraw(7, at: 1000)
    for id in 100..<200 as Range<UInt64> { table.announce(id, .npc, at: 30_000) }
    #expect(table.holds(7, .npc))
    for id in 200..<900 as Range<UInt64> { table.announce(id, .npc, at: 70_000) }
    #expect(!table.holds(7, .npc))
    #expect(table.holds(100, .npc))
  }

  @Test("is incomplete when it is full, and whole again a minute into the next zone")
  func overflow() {
    var table = EntityTable()
    for id in 1...UInt64(EntityTable.mostEntities) { table.announce(id, .npc, at: 1) }
    #expect(!table.isIncomplete(at: 1))
    #expect(table.count == EntityTable.mostEntities)
    table.announce(1_000_000, .npc, at: 1)
    #expect(table.isIncomplete(at: 1))
    table.withdrawAll(at: 2)
    // What was missed may still be acted on for as long as what was not.
    #expect(table.isIncomplete(at: 60_001))
    #expect(!table.isIncomplete(at: 60_002))
    // What is long gone makes room.
    table.announce(1_000_000, .npc, at: 100_000)
    #expect(table.holds(1_000_000, .npc))
    #expect(!table.isIncomplete(at: 100_000))
  }

  @Test("projectiles, which nothing withdraws, do not fill it")
  func projectiles() {
    var table = EntityTable()
    for shot in 1...UInt64(20_000) {
      table.announce(shot, .projectile, at: UInt32(shot) * 200)
    }
    #expect(!table.isIncomplete(at: 4_000_000))
    #expect(table.capacity <= 512)
    #expect(table.holds(20_000, .projectile))
  }

  @Test("counts the client's packets about a thing")
  func acts() {
    var table = EntityTable()
    table.announce(7, .projectile, at: 1)
    for _ in 0..<3 { table.act(on: 7) }
    table.act(on: 8)
    #expect(table.entity(7, .projectile)?.packets == 3)
    #expect(table.entity(8, .projectile) == nil)
  }
}
