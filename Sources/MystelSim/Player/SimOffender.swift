import MystelCore

/// A client that behaves until the moment of its offence, and then commits it.
///
/// Only `resetMidPacket` ends its connection itself; all others wait to be closed.
package struct SimOffender: SimMachine {
  package let offender: Offender
  package let account: String
  package private(set) var wish = SimWish.stay
  /// Whether the offending bytes are on their way.
  package private(set) var hasOffended = false

  private static let dripEvery = Duration.milliseconds(200)
  private static let floodEvery = Duration.milliseconds(10)
  /// Packets written at a time; the driver does not ask again before they are sent.
  package static let floodPacketsPerTick = 2_000

  /// Of the flood of long packets: their size, about, and how many at a time.
  package static let floodPacketBytes = 8_000
  package static let longPacketsPerTick = 16

  private enum Event { case drip, flood }

  private var link: SimLink
  private var random: SimRandom
  private var agenda = SimAgenda<Event>()
  private var helloBytes = 0
  private var dripped = 0

  package init(_ offender: Offender, account: String, seed: UInt64) {
    self.offender = offender
    self.account = account
    // To come in such numbers is the offence.
    hasOffended = offender.connections > 1
    random = SimRandom(seed: seed)
    link = SimLink(end: .player, random: &random)
  }

  package var deadline: Instant? { wish == .stay ? agenda.deadline : nil }

  package mutating func start(now: Instant) { link.start() }

  package mutating func receive(_ bytes: some Collection<UInt8>, now: Instant) {
    if offender.isBeforeKeys {
      let hadHello = helloBytes >= SimLink.hello.count
      helloBytes += bytes.count
      if !hadHello && helloBytes >= SimLink.hello.count { answerHello(now: now) }
      return
    }
    link.receive(bytes)
    while let event = link.next() {
      switch event {
      case .established: beginEncrypted()
      case .packet(let packet): take(packet, now: now)
      case .malformed, .notAHandshake: wish = .finish
      }
    }
  }

  package mutating func receiveEnd(now: Instant) {
    if wish == .stay { wish = .finish }
  }

  package mutating func tick(now: Instant) {
    guard let event = agenda.next(until: now) else { return }
    switch event {
    case .drip: drip(now: now)
    case .flood: flood(now: now)
    }
  }

  package mutating func takeOutput() -> [UInt8] { link.takeOutput() }

  private mutating func answerHello(now: Instant) {
    switch offender {
    case .halfKeys:
      link.sendPlain(link.firstKey.prefix(64))
      hasOffended = true
    case .handshakeFlood: link.sendPlain(link.firstKey)
    case .dripFeed: drip(now: now)
    case .httpAsKey:
      let fields = [
        "GET /index.html HTTP/1.1", "Host: game.example.invalid:7801", "User-Agent: curl/8.5.0",
        "Accept: text/html,application/xhtml+xml", "Accept-Language: en", "Connection: close",
      ]
      link.sendPlain((fields.joined(separator: "\r\n") + "\r\n\r\n").utf8)
      hasOffended = true
    default: hasOffended = true
    }
  }

  private mutating func drip(now: Instant) {
    let key = link.firstKey
    guard dripped < key.count else { return }
    link.sendPlain([key[dripped]])
    dripped += 1
    hasOffended = true
    agenda.add(.drip, at: now + SimOffender.dripEvery)
  }

  private mutating func beginEncrypted() {
    switch offender {
    case .garbageAfterKeys:
      link.sendPlain(random.bytes(512))
      hasOffended = true
    case .wrongBuild:
      link.send(ClientPackets.checkVersion(build: 376_012))
      hasOffended = true
    default: link.send(ClientPackets.checkVersion(build: SimBuild.number))
    }
  }

  private mutating func take(_ packet: [UInt8], now: Instant) {
    guard !hasOffended, let opcode = packet.sim16(at: 2).flatMap(SimOpcode.init(rawValue:)) else {
      return
    }
    switch opcode {
    case .serverCheckVersion:
      link.send(ClientPackets.loginArbiter(account: account, ticket: random.bytes(50)))
    case .serverLoginArbiter where offender == .toolUser:
      link.send(ClientPackets.empty(.getUserList))
    case .serverGetUserList:
      // The id of the first character stands 20 bytes into its element.
      guard let first = packet.sim16(at: 6), let id = packet.sim32(at: Int(first) + 20) else {
        return
      }
      link.send(ClientPackets.selectUser(id: id))
    case .loadTopo: link.send(ClientPackets.empty(.loadTopoFin))
    case .spawnMe: useTool()
    case .serverLoginArbiter: offendAfterLogin(now: now)
    default: break
    }
  }

  private mutating func offendAfterLogin(now: Instant) {
    hasOffended = true
    if let length = offender.claimedLength {
      let opcode = SimOpcode.chat.rawValue
      let header = [length, opcode].flatMap {
        [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
      }
      link.sendEnciphered(header + random.bytes(28))
    } else if offender == .tinyFlood || offender == .byteFlood {
      flood(now: now)
    } else {
      let packet = ClientPackets.chat("this will never arrive", channel: 0)
      link.sendEnciphered(Array(packet.prefix(packet.count / 2)))
      wish = .reset
    }
  }

  private mutating func useTool() {
    hasOffended = true
    link.send(ClientPackets.chat("<IMG src='x'>hello</IMG>", channel: 0))
    let empty = Float(bitPattern: 0x7fc0_0000)
    let nowhere = SimPlace(x: empty, y: empty, z: empty)
    for step in 1...3 as ClosedRange<UInt32> {
      link.send(
        ClientPackets.playerLocation(
          nowhere, towards: nowhere, type: 0, timeMilliseconds: 1000 * step))
    }
  }

  private mutating func flood(now: Instant) {
    let isTiny = offender == .tinyFlood
    let packet =
      isTiny
      ? ClientPackets.empty(.serverTime)
      : ClientPackets.updateContentsPlaytime(bytes: SimOffender.floodPacketBytes)
    let count = isTiny ? SimOffender.floodPacketsPerTick : SimOffender.longPacketsPerTick
    for _ in 0..<count { link.sendEnciphered(packet) }
    agenda.add(.flood, at: now + SimOffender.floodEvery)
  }
}
