import MystelCore
import MystelWire

extension SimWorldConnection {
  /// Packets that need no answer wherever they come after the login.
  func isHarmless(_ opcode: SimOpcode) -> Bool {
    switch opcode {
    case .simpleTipRepeatCheck, .guardPKPolicy, .tradeBrokerHighestItemLevel, .serverTime,
      .updateContentsPlaytime, .eventGuide, .pong, .notifyLocationInAction:
      true
    default: false
    }
  }

  /// False where the packet does not belong in the world, or is too short.
  mutating func answerInWorld(_ opcode: SimOpcode, _ packet: [UInt8], now: Instant) -> Bool {
    switch opcode {
    case .playerLocation: return move(packet)
    case .startSkill: return startSkill(packet, now: now)
    case .tryLootDropItem: return loot(packet)
    case .chat: return speak(packet)
    case .visitNewSection:
      guard let map = packet.sim32(at: 4), let guardID = packet.sim32(at: 8),
        let section = packet.sim32(at: 12)
      else { return false }
      send(ServerPackets.visitNewSection(map: map, guardID: guardID, section: section))
      return true
    case .requestGamestatPing:
      send(ServerPackets.empty(.responseGamestatPong))
      return true
    case .checkRTT:
      send(ServerPackets.empty(.serverCheckRTT))
      return true
    default: return isHarmless(opcode)
    }
  }

  mutating func perform(_ event: Event, now: Instant) {
    switch event {
    case .ping:
      send(ServerPackets.empty(.ping))
      agenda.add(.ping, at: now + random.around(traits.ping))
    case .monsterStep:
      let monster = content.monsters[random.number(in: 0...content.monsters.count - 1)]
      let goal = monster.place.near(200, random: &random)
      send(ServerPackets.npcLocation(monster.gameID, from: monster.place, to: goal))
      agenda.add(.monsterStep, at: now + random.around(traits.monsterStep))
    case .neighbourStep:
      let user = content.neighbours[random.number(in: 0...content.neighbours.count - 1)]
      let goal = user.place.near(100, random: &random)
      send(ServerPackets.userLocation(user.gameID, from: user.place, to: goal))
      agenda.add(.neighbourStep, at: now + random.around(traits.neighbourStep))
    case .skillHit(let skill, let actionID): hit(with: skill, actionID: actionID)
    case .skillEnd(let skill, let actionID):
      send(ServerPackets.actionEnd(character, skill: skill, actionID: actionID, at: place))
    }
  }

  private mutating func move(_ packet: [UInt8]) -> Bool {
    guard let x = packet.simFloat(at: 4), let y = packet.simFloat(at: 8),
      let z = packet.simFloat(at: 12), let heading = packet.simNumber(at: 16, as: Int16.self)
    else { return false }
    place = SimPlace(x: x, y: y, z: z, heading: heading)
    return true
  }

  private mutating func startSkill(_ packet: [UInt8], now: Instant) -> Bool {
    guard let skill = packet.sim64(at: 4).map(SkillID.init(wide:)) else { return false }
    let actionID = 0x23_0000 + drawNumber()
    send(ServerPackets.startCooltimeSkill(skill, milliseconds: 1_000))
    send(ServerPackets.actionStage(character, skill: skill, actionID: actionID, at: place))
    agenda.add(.skillHit(skill, actionID: actionID), at: now + traits.skillLasts * 0.5)
    agenda.add(.skillEnd(skill, actionID: actionID), at: now + traits.skillLasts)
    return true
  }

  private mutating func hit(with skill: SkillID, actionID: UInt32) {
    let monster = content.monsters[random.number(in: 0...content.monsters.count - 1)]
    let damage = random.number(in: Int64(1_000)...Int64(50_000))
    send(
      ServerPackets.eachSkillResult(
        character, target: monster.gameID, skill: skill, actionID: actionID, damage: damage))
    guard drops.count < 32, random.number(in: 0...2) == 0 else { return }
    let gameID = 0x8000_0000_0000 | UInt64(0x40_0000 + drawNumber())
    let item = random.number(in: Int32(8_000)...Int32(9_000))
    drops[gameID] = item
    send(
      ServerPackets.spawnDropItem(
        gameID, item: item, owner: character, source: monster.gameID,
        at: place.near(150, random: &random)))
  }

  /// An item that is already gone is nobody's fault: two key presses may be on their way.
  private mutating func loot(_ packet: [UInt8]) -> Bool {
    guard let gameID = packet.sim64(at: 4) else { return false }
    guard let item = drops.removeValue(forKey: gameID) else { return true }
    send(ServerPackets.lootMessage(item: item, amount: 9))
    send(ServerPackets.despawnDropItem(gameID))
    return true
  }

  private mutating func speak(_ packet: [UInt8]) -> Bool {
    guard let offset = packet.sim16(at: 4), let channel = packet.sim32(at: 6),
      let message = packet.simText(at: Int(offset))
    else { return false }
    // What a packet can carry, the answer with its longer header might not.
    let text = String(message.prefix(2_000))
    send(ServerPackets.chat(text, channel: channel, from: character))
    return true
  }
}
