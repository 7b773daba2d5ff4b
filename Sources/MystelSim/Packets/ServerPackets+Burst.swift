import MystelWire

extension ServerPackets {
  /// 65,468 bytes: 2,045 achievements, all with one requirement but the last, which has two.
  static func updateAchievementProgress(first: Int32) -> [UInt8] {
    simPacket(.updateAchievementProgress) { body in
      body.array(Array(0..<Int32(2_045))) { achievement, index in
        achievement.array(index == 2_044 ? [0, 1] : [Int32(0)]) { requirement, number in
          for value in [number, 0, index * 37 % 1_000, 0] { requirement.i32(value) }
        }
        achievement.i32(first &+ index)
      }
    }
  }

  /// 16,168 bytes: 505 villagers.
  static func worldQuestVillagerInfo(random: inout SimRandom) -> [UInt8] {
    let villagers = (0..<Int32(505)).map { index in
      (template: 1_000 + index, place: SimPlace.square.near(20_000, random: &random))
    }
    return simPacket(.worldQuestVillagerInfo) { body in
      body.array(villagers) { element, villager in
        for value: Int32 in [1, villager.template, 13] { element.i32(value) }
        element.vector(villager.place)
        element.i32(7_013)
      }
    }
  }

  /// 244 bytes of unknown layout: the body is noise.
  static func inGameShopProductData(random: inout SimRandom) -> [UInt8] {
    let noise = random.bytes(240)
    return simPacket(.inGameShopProductData) { body in
      for byte in noise { body.u8(byte) }
    }
  }
}
