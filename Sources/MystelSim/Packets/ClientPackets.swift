import MystelWire

/// The packets of a simulated player, in the layout of build 367081.
/// Source: docs/protocol/tera.md#body
enum ClientPackets {
  static func empty(_ opcode: SimOpcode) -> [UInt8] { simPacket(opcode) }

  static func word(_ opcode: SimOpcode, _ value: UInt32) -> [UInt8] {
    simPacket(opcode) { $0.u32(value) }
  }

  /// Two elements, index and value: 0 is the protocol version, 1 the client's own.
  static func checkVersion(build: UInt32) -> [UInt8] {
    simPacket(.checkVersion) { body in
      body.array([(Int32(0), build), (1, 363_186)]) { element, version in
        element.i32(version.0)
        element.u32(version.1)
      }
    }
  }

  static func loginArbiter(account: String, ticket: [UInt8]) -> [UInt8] {
    simPacket(.loginArbiter) { body in
      body.string(account)
      body.bytes(ticket)
      body.zeros(10..<15)
      body.u32(6)
      body.i32(SimBuild.patch)
    }
  }

  static func hardwareInfo() -> [UInt8] {
    simPacket(.hardwareInfo) { body in
      for text in ["Windows 10", "Simulated CPU", "Simulated GPU"] { body.string(text) }
      for number: UInt32 in [16_384, 8_192, 1_920, 1_080] { body.u32(number) }
      body.bool(true)
      for number: UInt32 in [1_920, 1_080, 1, 1_920, 1_080, 4, 8] { body.u32(number) }
    }
  }

  static func selectUser(id: UInt32) -> [UInt8] {
    simPacket(.selectUser) { body in
      body.u32(id)
      body.u8(0)
    }
  }

  static func visitNewSection(map: UInt32, guardID: UInt32, section: UInt32) -> [UInt8] {
    simPacket(.visitNewSection) { body in
      for number in [map, guardID, section] { body.u32(number) }
    }
  }

  /// The layout is not public: 20 zero bytes, the shortest body seen, unless more are wanted.
  static func updateContentsPlaytime(bytes: Int = 20) -> [UInt8] {
    simPacket(.updateContentsPlaytime) { $0.zeros(4..<(4 + bytes)) }
  }

  /// - Parameter type: 0 running, 7 standing still.
  static func playerLocation(
    _ place: SimPlace, towards goal: SimPlace, type: Int32, timeMilliseconds: UInt32
  ) -> [UInt8] {
    simPacket(.playerLocation) { body in
      body.vector(place)
      body.heading(place)
      body.heading(place)
      body.vector(goal)
      body.i32(type)
      body.zeros(36..<39)
      body.u32(timeMilliseconds)
    }
  }

  static func startSkill(
    _ skill: SkillID, from place: SimPlace, towards goal: SimPlace
  ) -> [UInt8] {
    simPacket(.startSkill) { body in
      body.skill(skill)
      body.heading(place)
      body.vector(place)
      body.vector(goal)
      body.zeros(38..<50)
    }
  }

  static func notifyLocationInAction(
    _ skill: SkillID, stage: Int32, at place: SimPlace
  ) -> [UInt8] {
    simPacket(.notifyLocationInAction) { body in
      body.skill(skill)
      body.i32(stage)
      body.vector(place)
      body.heading(place)
    }
  }

  static func chat(_ message: String, channel: UInt32) -> [UInt8] {
    simPacket(.chat) { body in
      body.string("<FONT>\(message)</FONT>")
      body.u32(channel)
    }
  }

  static func tryLoot(_ gameID: UInt64) -> [UInt8] {
    simPacket(.tryLootDropItem) { $0.u64(gameID) }
  }
}
