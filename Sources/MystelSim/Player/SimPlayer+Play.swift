import MystelCore

extension SimPlayer {
  /// Units a second, as the world's S_PLAYER_STAT_UPDATE allows.
  private static let runSpeed: Float = 110
  /// The client's word for standing still.
  private static let standing: Int32 = 7

  /// What the client asks for once it stands in the world.
  mutating func greetWorld() {
    for _ in 0..<random.number(in: 5...12) {
      send(ClientPackets.word(.simpleTipRepeatCheck, random.number(in: 1...20_000)))
    }
    send(ClientPackets.visitNewSection(map: 1, guardID: 24, section: 7_013))
    send(ClientPackets.empty(.guardPKPolicy))
    send(ClientPackets.empty(.tradeBrokerHighestItemLevel))
    send(ClientPackets.empty(.serverTime))
    send(ClientPackets.updateContentsPlaytime())
    send(ClientPackets.empty(.eventGuide))
  }

  mutating func play(_ event: Event, now: Instant) {
    switch event {
    case .step: step(now: now)
    case .skill:
      useSkill(now: now)
      agenda.add(.skill, at: now + random.around(pace.skill))
    case .strike(let skill):
      send(ClientPackets.notifyLocationInAction(skill, stage: 0, at: place))
    case .loot(let gameID): send(ClientPackets.tryLoot(gameID))
    case .chat:
      let words = ["hi all", "anyone for a dungeon?", "wts 20 charms", "gz!", "brb", "ty"]
      let message = words[random.number(in: 0...words.count - 1)]
      send(ClientPackets.chat(message, channel: random.number(in: 0...1) == 0 ? 0 : 27))
      agenda.add(.chat, at: now + random.around(pace.chat, share: 0.8))
    case .probe:
      send(ClientPackets.empty(.checkRTT))
      if random.number(in: 0...3) == 0 { send(ClientPackets.empty(.requestGamestatPing)) }
      agenda.add(.probe, at: now + random.around(pace.probe, share: 0.8))
    case .select, .loaded, .leave: break
    }
  }

  /// Runs for some steps, stands for a while, and turns back before the square is out of sight.
  private mutating func step(now: Instant) {
    let elapsed = min(now.nanoseconds &- lastStep.nanoseconds, 500_000_000)
    lastStep = now
    if stepsLeft == 0 {
      stepsLeft = random.number(in: 10...30)
      place.heading = random.number(in: Int16.min...Int16.max)
    } else {
      place = place.ahead(SimPlayer.runSpeed * Float(elapsed) / 1e9)
      stepsLeft -= 1
    }
    let strayed = abs(place.x - SimPlace.square.x) + abs(place.y - SimPlace.square.y)
    place.heading &+= random.number(in: -900...900)
    if strayed > 4_000 { place.heading &+= 16_384 }
    guard stepsLeft > 0 else {
      report(towards: place, type: SimPlayer.standing, now: now)
      agenda.add(.step, at: now + random.around(pace.step * 8))
      return
    }
    report(towards: place.ahead(50), type: 0, now: now)
    agenda.add(.step, at: now + random.around(pace.step))
  }

  private mutating func report(towards goal: SimPlace, type: Int32, now: Instant) {
    let time = clockBase &+ UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000)
    send(ClientPackets.playerLocation(place, towards: goal, type: type, timeMilliseconds: time))
  }

  private mutating func useSkill(now: Instant) {
    let skill = SimWorldContent.skills[random.number(in: 0...SimWorldContent.skills.count - 1)]
    send(ClientPackets.startSkill(skill, from: place, towards: place.ahead(300)))
    agenda.add(.strike(skill), at: now + random.around(.milliseconds(300)))
  }
}
