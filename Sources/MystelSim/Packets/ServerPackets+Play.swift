import MystelWire

extension ServerPackets {
  static func spawnUser(_ user: Character, at place: SimPlace) -> [UInt8] {
    simPacket(.spawnUser) { body in
      for _ in 0..<2 { body.array([Int]()) { _, _ in } }
      body.string(user.name)
      body.string("Poporion Club")
      body.string("")
      body.bytes(user.details)
      body.string("")
      body.bytes(user.looks)
      body.u32(serverID)
      body.u32(user.playerID)
      body.u64(user.gameID)
      body.vector(place)
      body.heading(place)
      body.i32(1)
      body.i32(user.templateID)
      for value: Int16 in [0, 50, 160] { body.i16(value) }
      body.zeros(72..<76)
      body.bool(true)
      body.bool(true)
      body.zeros(78..<199)
      body.i32(65)
      body.zeros(203..<383)
      body.f32(1)
    }
  }

  static func spawnNPC(_ gameID: UInt64, template: UInt32, at place: SimPlace) -> [UInt8] {
    simPacket(.spawnNPC) { body in
      for _ in 0..<2 { body.array([Int]()) { _, _ in } }
      body.string("")
      body.u64(gameID)
      body.u64(0)
      body.vector(place)
      body.heading(place)
      body.i32(12)
      body.u32(template)
      body.u16(13)
      body.i32(Int32(truncatingIfNeeded: template) &+ 300_000)
      for value: Int16 in [50, 140] { body.i16(value) }
      body.zeros(62..<70)
      body.i16(5)
      body.i16(0)
      body.bool(true)
      body.zeros(75..<135)
    }
  }

  static func userLocation(_ gameID: UInt64, from place: SimPlace, to goal: SimPlace) -> [UInt8] {
    simPacket(.userLocation) { body in
      body.u64(gameID)
      body.vector(place)
      body.heading(place)
      body.i16(0)
      body.i16(160)
      body.vector(goal)
      body.i32(0)
      body.bool(false)
    }
  }

  static func npcLocation(_ gameID: UInt64, from place: SimPlace, to goal: SimPlace) -> [UInt8] {
    simPacket(.npcLocation) { body in
      body.u64(gameID)
      body.vector(place)
      body.heading(place)
      body.i16(50)
      body.vector(goal)
      body.i32(1)
    }
  }

  static func actionStage(
    _ actor: Character, skill: SkillID, actionID: UInt32, at place: SimPlace
  ) -> [UInt8] {
    simPacket(.actionStage) { body in
      body.array([Int32(600)]) { element, milliseconds in
        element.i32(milliseconds)
        for value: Float in [1, 1, 330] { element.f32(value) }
      }
      body.u64(actor.gameID)
      body.vector(place)
      body.heading(place)
      body.i32(actor.templateID)
      body.skill(skill)
      body.i32(0)
      body.f32(1)
      body.f32(1)
      body.u32(actionID)
      body.f32(1)
      body.bool(false)
      body.vector(place.ahead(300))
      body.u64(0)
    }
  }

  static func actionEnd(
    _ actor: Character, skill: SkillID, actionID: UInt32, at place: SimPlace
  ) -> [UInt8] {
    simPacket(.actionEnd) { body in
      body.u64(actor.gameID)
      body.vector(place)
      body.heading(place)
      body.i32(actor.templateID)
      body.skill(skill)
      body.i32(0)
      body.u32(actionID)
    }
  }

  static func eachSkillResult(
    _ actor: Character, target: UInt64, skill: SkillID, actionID: UInt32, damage: Int64
  ) -> [UInt8] {
    simPacket(.eachSkillResult) { body in
      body.array([Int]()) { _, _ in }
      body.u64(actor.gameID)
      body.u64(0)
      body.u64(target)
      body.i32(actor.templateID)
      body.skill(skill)
      body.zeros(44..<52)
      body.u32(actionID)
      body.i32(100)
      body.i64(damage)
      body.i16(1)
      body.zeros(70..<119)
    }
  }

  static func startCooltimeSkill(_ skill: SkillID, milliseconds: Int32) -> [UInt8] {
    simPacket(.startCooltimeSkill) { body in
      body.skill(skill)
      body.i32(milliseconds)
    }
  }

  static func spawnDropItem(
    _ gameID: UInt64, item: Int32, owner: Character, source: UInt64, at place: SimPlace
  ) -> [UInt8] {
    simPacket(.spawnDropItem) { body in
      // The owners are referred to before their name, and written after it.
      let owners = body.reserveArray()
      body.string(owner.name)
      body.array([owner.playerID], at: owners) { element, id in element.u32(id) }
      body.u64(gameID)
      body.vector(place)
      for value: Int32 in [item, 9, 60_000] { body.i32(value) }
      body.bool(true)
      body.zeros(43..<48)
      body.u64(source)
      body.bool(false)
    }
  }

  static func despawnDropItem(_ gameID: UInt64) -> [UInt8] {
    simPacket(.despawnDropItem) { $0.u64(gameID) }
  }

  static func lootMessage(item: Int32, amount: Int32) -> [UInt8] {
    simPacket(.systemMessageLootItem) { body in
      body.string("@379\u{b}ItemAmount\u{b}\(amount)")
      for value: Int32 in [item, 0, amount] { body.i32(value) }
      body.zeros(18..<33)
    }
  }

  static func chat(_ message: String, channel: UInt32, from speaker: Character) -> [UInt8] {
    simPacket(.serverChat) { body in
      body.string(speaker.name)
      body.string(message)
      body.u32(channel)
      body.u64(speaker.gameID)
      body.zeros(20..<23)
    }
  }
}
