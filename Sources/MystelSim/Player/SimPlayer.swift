import MystelCore
import MystelWire

/// An honest player: handshake, login, lobby, loading screen, and then running about, using
/// skills, picking up items and chatting until told to leave.
package struct SimPlayer: SimMachine {
  package enum Phase: Int, Sendable, Comparable {
    case keys, version, login, lobby, selecting, loading, world, leaving, gone

    package static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
  }

  /// What the player does of its own accord.
  enum Event: Sendable {
    case select, loaded, step, skill, strike(SkillID), loot(UInt64), chat, probe, leave
  }

  package let account: String
  package private(set) var phase = Phase.keys
  package private(set) var wish = SimWish.stay
  /// The server's packets that this player had no use for where they came.
  package private(set) var surprises = 0

  private(set) var link: SimLink
  let pace: SimPace
  var random: SimRandom
  var agenda = SimAgenda<Event>()
  var place = SimPlace.square
  var lastStep = Instant(nanoseconds: 0)
  /// Steps until the player stops for a while; 0 while standing.
  var stepsLeft = 0
  let clockBase: UInt32
  private let dialect: SimDialect
  private let stay: Duration?
  private var characterID: UInt32?
  private var wantsToLeave = false

  /// - Parameter stay: how long the player plays after spawning; nil means until `leave`.
  package init(
    account: String, seed: UInt64, pace: SimPace = .natural, stay: Duration? = nil,
    dialect: SimDialect = .native
  ) {
    self.dialect = dialect
    self.account = account
    self.pace = pace
    self.stay = stay
    random = SimRandom(seed: seed)
    clockBase = random.number(in: 1_000_000...4_000_000)
    link = SimLink(end: .player, random: &random)
  }

  package var deadline: Instant? { wish == .stay ? agenda.deadline : nil }

  package mutating func start(now: Instant) { link.start() }

  package mutating func receive(_ bytes: some Collection<UInt8>, now: Instant) {
    link.receive(bytes)
    while let event = link.next() {
      switch event {
      case .established:
        phase = .version
        send(ClientPackets.checkVersion(build: dialect.build))
      case .packet(let packet): take(dialect.understand(packet), now: now)
      case .malformed, .notAHandshake:
        surprises += 1
        wish = .reset
      }
    }
  }

  package mutating func receiveEnd(now: Instant) {
    phase = .gone
    if wish == .stay { wish = .finish }
  }

  package mutating func tick(now: Instant) {
    while wish == .stay, let event = agenda.next(until: now) { perform(event, now: now) }
  }

  package mutating func takeOutput() -> [UInt8] { link.takeOutput() }

  /// Asks to leave the game: at once in lobby or world, otherwise as soon as one is reached.
  package mutating func leave(now: Instant) {
    wantsToLeave = true
    if phase == .lobby || phase == .world {
      agenda.clear()
      send(ClientPackets.empty(.exit))
      phase = .leaving
    }
  }

  /// The report for the ledger.
  package func record(ending: SimEnding) -> StreamRecord {
    StreamRecord(
      account: account, end: .player, sent: link.sent, received: link.received,
      unfinishedBytes: link.isEstablished ? link.unfinishedBytes : 0, ending: ending)
  }

  mutating func send(_ packet: [UInt8]) { link.send(dialect.speak(packet)) }

  /// Sends a packet as it is, whatever the dialect: what a tool would do.
  package mutating func inject(_ packet: [UInt8]) { link.send(packet) }

  private mutating func take(_ packet: [UInt8], now: Instant) {
    guard let opcode = packet.sim16(at: 2).flatMap(SimOpcode.init(rawValue:)) else {
      surprises += 1
      return
    }
    switch (phase, opcode) {
    case (.version, .serverCheckVersion):
      phase = .login
      send(ClientPackets.loginArbiter(account: account, ticket: random.bytes(50)))
    case (.login, .serverLoginArbiter): enterLobby()
    case (.lobby, .serverGetUserList): readCharacters(packet, now: now)
    case (.selecting, .loadTopo): load(packet, now: now)
    case (.loading, .spawnMe): enterWorld(now: now)
    case (.world, .ping): send(ClientPackets.empty(.pong))
    case (.world, .spawnDropItem):
      if let gameID = packet.sim64(at: 10) {
        agenda.add(.loot(gameID), at: now + random.around(pace.loot))
      }
    case (.leaving, .serverExit):
      phase = .gone
      wish = .finish
    default: break
    }
  }

  private mutating func enterLobby() {
    phase = .lobby
    if random.number(in: 0...9) < 4 { send(ClientPackets.hardwareInfo()) }
    send(ClientPackets.word(.setVisibleRange, 2_000))
    send(ClientPackets.empty(.getUserList))
  }

  /// The id of the first character stands 20 bytes into its element.
  private mutating func readCharacters(_ packet: [UInt8], now: Instant) {
    guard let first = packet.sim16(at: 6), let id = packet.sim32(at: Int(first) + 20) else {
      surprises += 1
      return
    }
    characterID = id
    agenda.add(.select, at: now + random.around(pace.lobby))
    if wantsToLeave { leave(now: now) }
  }

  private mutating func load(_ packet: [UInt8], now: Instant) {
    guard let x = packet.simFloat(at: 8), let y = packet.simFloat(at: 12),
      let z = packet.simFloat(at: 16)
    else {
      surprises += 1
      return
    }
    phase = .loading
    place = SimPlace(x: x, y: y, z: z, heading: place.heading)
    agenda.add(.loaded, at: now + random.around(pace.loading))
  }

  private mutating func enterWorld(now: Instant) {
    phase = .world
    lastStep = now
    greetWorld()
    agenda.add(.step, at: now + random.around(pace.step))
    agenda.add(.skill, at: now + random.around(pace.skill))
    agenda.add(.chat, at: now + random.around(pace.chat, share: 0.8))
    agenda.add(.probe, at: now + random.around(pace.probe, share: 0.8))
    if let stay { agenda.add(.leave, at: now + stay) }
    if wantsToLeave { leave(now: now) }
  }

  mutating func perform(_ event: Event, now: Instant) {
    switch event {
    case .select:
      guard let characterID else { return }
      phase = .selecting
      send(ClientPackets.selectUser(id: characterID))
    case .loaded: send(ClientPackets.empty(.loadTopoFin))
    case .leave: leave(now: now)
    case .step, .skill, .strike, .loot, .chat, .probe: play(event, now: now)
    }
  }
}
