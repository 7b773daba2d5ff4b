import MystelWire

/// How a simulated world behaves; the defaults are what the transcripts of real sessions suggest.
package struct SimWorldTraits: Sendable {
  /// The builds whose C_CHECK_VERSION is answered with yes, and how they are spoken.
  package var dialects = [SimDialect.native]
  /// Between two S_PINGs.
  package var ping = Duration.seconds(5)
  /// Between two movements of a monster, and of a neighbour.
  package var monsterStep = Duration.milliseconds(800)
  package var neighbourStep = Duration.milliseconds(600)
  /// From a skill's start to its end.
  package var skillLasts = Duration.milliseconds(600)
  /// Whether selecting a character brings the login burst of about 400 KB.
  package var sendsBurst = true
  /// Packets of one player in one second beyond which the world disconnects; nil means never.
  package var floodPacketsPerSecond: Int?

  package init() {}
}

/// What all connections to one world share: packets built once.
package struct SimWorldContent: Sendable {
  struct Creature: Sendable {
    var gameID: UInt64
    var place: SimPlace
  }

  static let zone: Int32 = 7_013
  static let skills = [11_800, 81_500, 22_100, 32_100, 42_020].compactMap { number in
    SkillID(player: number)
  }

  let burst: [[UInt8]]
  let spawns: [[UInt8]]
  let monsters: [Creature]
  let neighbours: [Creature]

  /// - Parameter seed: every byte of the content follows from it.
  package init(seed: UInt64) {
    var random = SimRandom(seed: seed)
    var burst: [[UInt8]] = []
    for index: Int32 in 0..<3 {
      burst.append(ServerPackets.updateAchievementProgress(first: index * 2_045))
    }
    for _ in 0..<10 { burst.append(ServerPackets.worldQuestVillagerInfo(random: &random)) }
    for _ in 0..<106 { burst.append(ServerPackets.inGameShopProductData(random: &random)) }
    self.burst = burst

    var spawns: [[UInt8]] = []
    var neighbours: [Creature] = []
    for index: UInt32 in 0..<10 {
      let user = ServerPackets.Character(
        name: "Neighbour\(index)", playerID: 1_000 + index,
        gameID: 0x8000_0000_0000 | UInt64(0x10_0000 + index), looks: random.bytes(64))
      let place = SimPlace.square.near(800, random: &random)
      spawns.append(ServerPackets.spawnUser(user, at: place))
      neighbours.append(Creature(gameID: user.gameID, place: place))
    }
    var monsters: [Creature] = []
    for index: UInt32 in 0..<20 {
      let gameID = 0x8000_0000_0000 | UInt64(0x20_0000 + index)
      let place = SimPlace.square.near(1_500, random: &random)
      spawns.append(ServerPackets.spawnNPC(gameID, template: 100 + index, at: place))
      monsters.append(Creature(gameID: gameID, place: place))
    }
    self.spawns = spawns
    self.neighbours = neighbours
    self.monsters = monsters
  }
}
