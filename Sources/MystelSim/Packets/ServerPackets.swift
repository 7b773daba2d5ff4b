import MystelWire

/// The packets of the simulated world, in the layout of build 367081. Fields that the simulation
/// does not vary are zero, as many as the layout has.
/// Source: docs/protocol/tera.md#body
enum ServerPackets {
  /// One character, as the lobby and the login describe it.
  struct Character: Sendable {
    var name: String
    var playerID: UInt32
    var gameID: UInt64
    /// Convention: 10101 is a warrior.
    var templateID: Int32 = 10_101
    var looks: [UInt8]

    var details: [UInt8] { Array(looks.prefix(32)) }
  }

  static let serverID: UInt32 = 30

  static func empty(_ opcode: SimOpcode) -> [UInt8] { simPacket(opcode) }

  static func checkVersion(isServed: Bool) -> [UInt8] {
    simPacket(.serverCheckVersion) { $0.bool(isServed) }
  }

  static func loadingScreenControlInfo() -> [UInt8] {
    simPacket(.loadingScreenControlInfo) { $0.bool(false) }
  }

  static func remainPlayTime() -> [UInt8] {
    simPacket(.remainPlayTime) { body in
      body.i32(6)
      body.i32(0)
    }
  }

  static func loginArbiter(language: UInt32) -> [UInt8] {
    simPacket(.serverLoginArbiter) { body in
      body.bool(true)
      body.zeros(5..<14)
      body.u32(language)
      body.zeros(18..<23)
    }
  }

  static func loginAccountInfo(accountID: UInt64) -> [UInt8] {
    simPacket(.loginAccountInfo) { body in
      body.string("Mystel")
      body.u64(accountID)
    }
  }

  static func getUserList(_ character: Character) -> [UInt8] {
    simPacket(.serverGetUserList) { body in
      body.array([character]) { element, character in
        // The custom strings are referred to first, and written last.
        let customStrings = element.reserveArray()
        element.string(character.name)
        element.bytes(character.details)
        element.bytes(character.looks)
        element.string("")
        element.array([Int](), at: customStrings) { _, _ in }
        element.u32(character.playerID)
        for value: Int32 in [2, 0, 0, 65] { element.i32(value) }
        element.i64(100_000)
        element.i32(2_000)
        element.zeros(52..<456)
      }
      body.zeros(8..<13)
      body.i32(14)
      body.bool(true)
      body.zeros(18..<35)
    }
  }

  static func selectUser() -> [UInt8] {
    simPacket(.serverSelectUser) { body in
      body.u8(1)
      body.zeros(5..<15)
    }
  }

  static func login(_ character: Character) -> [UInt8] {
    simPacket(.login) { body in
      let servants = body.reserveArray()
      body.string(character.name)
      body.bytes(character.details)
      body.bytes(character.looks)
      body.array([Int](), at: servants) { _, _ in }
      body.i32(character.templateID)
      body.u64(character.gameID)
      body.u32(serverID)
      body.u32(character.playerID)
      body.zeros(38..<42)
      body.bool(true)
      for value: Int32 in [0, 50, 110] { body.i32(value) }
      body.zeros(55..<63)
      body.bool(true)
      body.bool(false)
      body.u16(65)
      body.zeros(67..<309)
      body.f32(1)
      body.zeros(313..<317)
    }
  }

  static func skillList(_ skills: [SkillID]) -> [UInt8] {
    simPacket(.skillList) { body in
      body.array(skills) { element, skill in
        element.u64(UInt64(skill.number))
        element.bool(true)
      }
    }
  }

  static func itemList(_ character: Character, items: [Int32]) -> [UInt8] {
    simPacket(.itemList) { body in
      body.array(Array(items.enumerated())) { element, item in
        for _ in 0..<3 { element.array([Int]()) { _, _ in } }
        element.string("")
        element.i32(item.element)
        element.u64(0x5a_0000 + UInt64(item.offset))
        element.u64(UInt64(character.playerID))
        element.u32(40 + UInt32(item.offset))
        element.i32(1 + Int32(item.offset))
        element.zeros(46..<143)
      }
      body.u64(character.gameID)
      body.zeros(16..<28)
      body.i32(72)
      body.i64(1_000_000)
      body.zeros(40..<46)
      for flag in [true, false, true] { body.bool(flag) }
    }
  }

  static func playerStatUpdate(level: UInt16) -> [UInt8] {
    simPacket(.playerStatUpdate) { body in
      body.i64(120_000)
      body.i32(1_500)
      body.i64(0)
      body.i64(120_000)
      body.i32(2_000)
      body.zeros(36..<64)
      for value: Int16 in [100, 110, 50] { body.i16(value) }
      body.zeros(70..<232)
      body.u16(level)
      body.zeros(234..<238)
      body.bool(true)
      body.zeros(239..<331)
    }
  }

  static func loadTopo(zone: Int32, at place: SimPlace) -> [UInt8] {
    simPacket(.loadTopo) { body in
      body.i32(zone)
      body.vector(place)
      body.bool(false)
    }
  }

  static func spawnMe(_ gameID: UInt64, at place: SimPlace) -> [UInt8] {
    simPacket(.spawnMe) { body in
      body.u64(gameID)
      body.vector(place)
      body.heading(place)
      body.bool(true)
      body.bool(false)
    }
  }

  static func currentChannel(zone: Int32) -> [UInt8] {
    simPacket(.currentChannel) { body in
      for value: Int32 in [zone, 3, 1, 1] { body.i32(value) }
    }
  }

  static func visitNewSection(map: UInt32, guardID: UInt32, section: UInt32) -> [UInt8] {
    simPacket(.serverVisitNewSection) { body in
      body.bool(false)
      for number in [map, guardID, section] { body.u32(number) }
    }
  }

  static func prepareExit(seconds: UInt32) -> [UInt8] {
    simPacket(.prepareExit) { $0.u32(seconds) }
  }

  static func exit() -> [UInt8] { simPacket(.serverExit) { $0.zeros(4..<12) } }
}
