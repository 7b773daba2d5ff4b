import MystelCore
import MystelWire

/// The server's end of one connection: arbiter and world in one.
///
/// It sends the hello, exchanges keys, answers the login sequence with the login burst, and once
/// the player has spawned moves creatures and answers movement, skills, chat, loot and pings.
package struct SimWorldConnection: SimMachine {
  /// How far the player has come.
  enum Phase: Sendable { case keys, version, login, lobby, loading, world, left }

  /// What reached the world that a healthy client would never send.
  package struct Faults: Sendable, Equatable {
    /// Handshake bytes that are none, or a packet header that claims fewer than four bytes.
    package var malformed = 0
    /// Known packets at the wrong time, and packets that are too short for their fields.
    package var unexpected = 0
    /// Opcodes that the simulation does not know.
    package var unknown = 0
    package var refusedBuilds = 0
    package var floods = 0

    package init() {}
  }

  package private(set) var account = ""
  package private(set) var faults = Faults()
  package private(set) var wish = SimWish.stay

  private(set) var link: SimLink
  /// The client's build, once it has named one that the world speaks.
  private var dialect = SimDialect.native
  private(set) var phase = Phase.keys
  var random: SimRandom
  let traits: SimWorldTraits
  let content: SimWorldContent
  var character: ServerPackets.Character
  /// Of one connection alone: a banned account must not be another's by chance.
  private let accountID: UInt64
  /// The number of the account's one character.
  package var characterNumber: UInt32 { character.playerID }
  var place = SimPlace.square
  /// Items on the ground, by game id; the simulation keeps at most 32.
  var drops: [UInt64: Int32] = [:]
  var agenda = SimAgenda<Event>()
  private var nextNumber: UInt32 = 1
  private var floodWindow = Instant(nanoseconds: 0)
  private var floodPackets = 0

  /// What the world does of its own accord.
  enum Event: Sendable {
    case ping
    case monsterStep
    case neighbourStep
    case skillHit(SkillID, actionID: UInt32)
    case skillEnd(SkillID, actionID: UInt32)
  }

  package init(seed: UInt64, traits: SimWorldTraits, content: SimWorldContent) {
    random = SimRandom(seed: seed)
    link = SimLink(end: .world, random: &random)
    self.traits = traits
    self.content = content
    let playerID = random.number(in: UInt32(10_000)...UInt32(99_999))
    character = ServerPackets.Character(
      name: "Haldric", playerID: playerID, gameID: 0x8000_0000_0000 | UInt64(playerID),
      looks: random.bytes(64))
    accountID = UInt64(random.number(in: UInt32(1_000_000)...UInt32(Int32.max)))
  }

  package var deadline: Instant? { wish == .stay ? agenda.deadline : nil }

  package mutating func start(now: Instant) { link.start() }

  package mutating func receive(_ bytes: some Collection<UInt8>, now: Instant) {
    guard phase != .left else { return }
    link.receive(bytes)
    while wish == .stay, let event = link.next() {
      switch event {
      case .established: phase = .version
      case .packet(let packet): take(dialect.understand(packet), now: now)
      case .malformed, .notAHandshake:
        faults.malformed += 1
        wish = .reset
      }
    }
  }

  package mutating func receiveEnd(now: Instant) {
    if wish == .stay { wish = .finish }
  }

  package mutating func tick(now: Instant) {
    while wish == .stay, let event = agenda.next(until: now) { perform(event, now: now) }
  }

  package mutating func takeOutput() -> [UInt8] { link.takeOutput() }

  /// The report for the ledger.
  package func record(ending: SimEnding) -> StreamRecord {
    StreamRecord(
      account: account, end: .world, sent: link.sent, received: link.received,
      unfinishedBytes: link.isEstablished ? link.unfinishedBytes : 0, ending: ending)
  }

  mutating func send(_ packet: [UInt8]) { link.send(dialect.speak(packet)) }

  /// A number no other action or drop of this connection has.
  mutating func drawNumber() -> UInt32 {
    defer { nextNumber &+= 1 }
    return nextNumber
  }

  private mutating func take(_ packet: [UInt8], now: Instant) {
    countForFlood(now: now)
    guard wish == .stay else { return }
    guard let opcode = packet.sim16(at: 2).flatMap(SimOpcode.init(rawValue:)) else {
      faults.unknown += 1
      return
    }
    if !answer(opcode, packet, now: now) { faults.unexpected += 1 }
  }

  private mutating func countForFlood(now: Instant) {
    guard let limit = traits.floodPacketsPerSecond else { return }
    if now >= floodWindow + .seconds(1) {
      floodWindow = now
      floodPackets = 0
    }
    floodPackets += 1
    if floodPackets > limit {
      faults.floods += 1
      wish = .reset
    }
  }

  /// False where the packet does not belong here.
  private mutating func answer(_ opcode: SimOpcode, _ packet: [UInt8], now: Instant) -> Bool {
    switch phase {
    case .keys, .left: return false
    case .version:
      guard opcode == .checkVersion else { return false }
      return answerVersion(packet)
    case .login:
      guard opcode == .loginArbiter else { return false }
      return answerLogin(packet)
    case .lobby: return answerInLobby(opcode, packet)
    case .loading:
      guard opcode == .loadTopoFin else { return false }
      enterWorld(now: now)
      return true
    case .world:
      if opcode == .exit {
        leave()
        return true
      }
      return answerInWorld(opcode, packet, now: now)
    }
  }

  /// The version list is walked by its links, so that any order of elements is understood.
  private mutating func answerVersion(_ packet: [UInt8]) -> Bool {
    guard let count = packet.sim16(at: 4), let first = packet.sim16(at: 6) else { return false }
    var element = Int(first)
    for _ in 0..<min(count, 8) {
      guard let next = packet.sim16(at: element + 2), let index = packet.sim32(at: element + 4),
        let value = packet.sim32(at: element + 8)
      else { return false }
      if index == 0 {
        let isServed = traits.dialects.contains { $0.build == value }
        dialect = traits.dialects.first { $0.build == value } ?? dialect
        send(ServerPackets.checkVersion(isServed: isServed))
        phase = .login
        if !isServed {
          faults.refusedBuilds += 1
          wish = .finish
        }
        return true
      }
      element = Int(next)
    }
    return false
  }

  private mutating func answerLogin(_ packet: [UInt8]) -> Bool {
    guard let offset = packet.sim16(at: 4), let name = packet.simText(at: Int(offset)),
      let language = packet.sim32(at: 15)
    else { return false }
    account = name
    phase = .lobby
    send(ServerPackets.loadingScreenControlInfo())
    send(ServerPackets.remainPlayTime())
    send(ServerPackets.loginArbiter(language: language))
    send(ServerPackets.loginAccountInfo(accountID: accountID))
    return true
  }

  private mutating func answerInLobby(_ opcode: SimOpcode, _ packet: [UInt8]) -> Bool {
    switch opcode {
    case .hardwareInfo, .setVisibleRange: return true
    case .getUserList:
      send(ServerPackets.getUserList(character))
      return true
    case .selectUser:
      guard packet.sim32(at: 4) == character.playerID else { return false }
      selectCharacter()
      return true
    case .exit:
      leave()
      return true
    default: return isHarmless(opcode)
    }
  }

  private mutating func selectCharacter() {
    phase = .loading
    send(ServerPackets.selectUser())
    send(ServerPackets.login(character))
    send(ServerPackets.itemList(character, items: (0..<12).map { 88_576 + $0 }))
    send(ServerPackets.skillList(SimWorldContent.skills))
    send(ServerPackets.playerStatUpdate(level: 65))
    if traits.sendsBurst { for packet in content.burst { send(packet) } }
    send(ServerPackets.currentChannel(zone: SimWorldContent.zone))
    send(ServerPackets.loadTopo(zone: SimWorldContent.zone, at: place))
  }

  private mutating func enterWorld(now: Instant) {
    phase = .world
    send(ServerPackets.spawnMe(character.gameID, at: place))
    for packet in content.spawns { send(packet) }
    agenda.add(.ping, at: now + random.around(traits.ping))
    agenda.add(.monsterStep, at: now + random.around(traits.monsterStep))
    agenda.add(.neighbourStep, at: now + random.around(traits.neighbourStep))
  }

  private mutating func leave() {
    send(ServerPackets.prepareExit(seconds: 0))
    send(ServerPackets.exit())
    phase = .left
    wish = .finish
  }
}
