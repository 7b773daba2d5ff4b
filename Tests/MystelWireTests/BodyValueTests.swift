import MystelWire
import Testing

@Suite("Values in packet bodies")
struct BodyValueTests {
  @Test("a skill id is not made of parts that do not fit")
  func skillBounds() {
    #expect(SkillID(player: 1 << 28) == nil)
    #expect(SkillID(player: 1, kind: 16) == nil)
    #expect(SkillID(npcAction: 1, huntingZone: 1 << 12) == nil)
    #expect(SkillID(player: (1 << 28) - 1, kind: 15) != nil)
  }

  @Test("a wide skill id has a hunting zone only as an NPC's action")
  func skillParts() {
    let player = SkillID(wide: 0x1010_2774)
    #expect(player.number == 0x0010_2774)
    #expect(player.huntingZone == 0)
    #expect(player.kind == SkillID.action)
    #expect(!player.isNPC)
    let npc = SkillID(wide: 0x1_1010_2774)
    #expect(npc.number == 0x2774)
    #expect(npc.huntingZone == 0x010)
    #expect(npc.isNPC)
    let reaction = SkillID(wide: 0x1_2010_2774)
    #expect(reaction.number == 0x0010_2774)
    #expect(reaction.huntingZone == 0)
    #expect(reaction.kind == SkillID.reaction)
    #expect(SkillID(wide: .max).reserved == 0x7fff_ffff)
  }

  @Test("a narrow skill id keeps every bit, and a wide one that does not fit has no narrow form")
  func narrow() {
    let samples: [UInt32] = [
      0, 1, 0x03ff_ffff, 0x0400_0000, 0x3c00_0000, 0x4000_0000, 0x8000_0000, .max,
    ]
    for bits in samples {
      #expect(SkillID(narrow: bits).narrow == bits)
    }
    let npc = SkillID(narrow: 0x4400_0000 | 9 << 16 | 1102)
    #expect(npc == SkillID(npcAction: 1102, huntingZone: 9))
    #expect(SkillID(wide: 1 << 26).narrow == nil)
    #expect(SkillID(wide: 1 << 27).narrow == nil)
    #expect(SkillID(wide: 1 << 34).narrow == nil)
    #expect(SkillID(wide: 1 << 33).narrow == 0x8000_0000)
  }

  @Test("skill ids are wide from patch 74 on")
  func width() {
    #expect(SkillID.Width(majorPatch: 73) == .narrow)
    #expect(SkillID.Width(majorPatch: 74) == .wide)
    #expect(SkillID.Width(majorPatch: 92) == .wide)
  }

  @Test("an angle is not made of NaN or of numbers too large, and loses whole turns")
  func angles() {
    #expect(Angle(radians: .nan) == nil)
    #expect(Angle(radians: -.infinity) == nil)
    #expect(Angle(radians: .pi)?.raw == -32768)
    #expect(Angle(radians: -.pi)?.raw == -32768)
    #expect(Angle(radians: .pi / 2)?.raw == 16384)
    #expect(Angle(radians: 4.5 * .pi)?.raw == 16384)
    #expect(Angle(radians: 1e300) == nil)
    #expect(Angle(radians: -1e10) != nil)
    #expect(Angle(raw: -32768).radians == -.pi)
    for raw in stride(from: Int16.min, through: Int16.max - 7, by: 7) {
      #expect(Angle(radians: Angle(raw: raw).radians)?.raw == raw)
    }
  }

  @Test("a vector with NaN or infinity anywhere is not finite")
  func vectors() {
    #expect(Vector3.zero.isFinite)
    #expect(!Vector3(x: .nan, y: 0, z: 0).isFinite)
    #expect(!Vector3(x: 0, y: .infinity, z: 0).isFinite)
    #expect(!Vector3(x: 0, y: 0, z: -.infinity).isFinite)
    let quarter = AngleVector(raw: Vector3(x: 16384, y: 0, z: -32768)).radians
    #expect(quarter == Vector3(x: .pi / 2, y: 0, z: -.pi))
  }
}
