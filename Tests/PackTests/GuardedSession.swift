import MystelConfig
import MystelCore
import MystelSim
import MystelTesting
import MystelWire

/// A whole session between a client of the test's own and a simulated world: keys, ciphers, framing
/// and inspection are those of the gateway, and what reaches the world is read with the keys alone.
final class GuardedSession {
  let pack: BuildPack
  /// Why the gateway ended the session; nil while it lives.
  private(set) var closed: Reason?
  let tally = Tally()

  private let session: Session
  private var world: SimWorldConnection
  private var output = SessionOutput()
  private var now = Instant(nanoseconds: 1_000_000_000_000)
  private let keys: (SessionKey, SessionKey)
  private var writing = Tap(skipping: 0)
  private var toWorld = Tap(skipping: 256)
  private var fromWorld = Tap(skipping: 260)

  struct Failure: Error { var what: String }

  /// - Parameter served: the builds that the backend lists; the client's own where there are none.
  init(_ pack: BuildPack, _ policy: InspectionPolicy, served: [UInt32]? = nil) throws {
    self.pack = pack
    session = Session(
      id: 1,
      policy: SessionPolicy(
        listener: .init(name: "l", bind: .name("l", port: 1), backend: "b"),
        backend: .init(
          name: "b", address: .name("b", port: 1), builds: served ?? [pack.build]),
        limits: Limits(), timeouts: Timeouts(), instance: 7, inspection: policy),
      socket: .init(
        source: Endpoint(IPAddress(ipv4: 0x7f00_0009), port: 40_000),
        destination: Endpoint(IPAddress(ipv4: 0x7f00_0001), port: 7801)),
      now: now, tally: tally)
    var random = SplitMix64(seed: 99)
    guard let first = SessionKey(random.bytes(128)), let second = SessionKey(random.bytes(128))
    else { throw Failure(what: "a key has 128 bytes") }
    keys = (first, second)
    var traits = SimWorldTraits()
    traits.sendsBurst = false
    guard let native = Shipped.packs.first(where: { $0.build == SimBuild.number }) else {
      throw Failure(what: "the simulation's own build is missing")
    }
    traits.dialects = Shipped.packs.map { SimDialect($0, native: native) }
    world = SimWorldConnection(seed: 5, traits: traits, content: Shipped.content)
    session.open(now: now, output: &output)
    deliver([], from: .client)
  }

  // MARK: What a client does

  /// The key exchange.
  func exchangeKeys() throws {
    sendPlain(keys.0.bytes)
    sendPlain(keys.1.bytes)
    guard let server1 = SessionKey(fromWorld.head.dropFirst(4).prefix(128)),
      let server2 = SessionKey(fromWorld.head.dropFirst(132).prefix(128))
    else { throw Failure(what: "the world sent no keys") }
    let cipher = SessionCipher(
      keys: SessionKeys(client1: keys.0, server1: server1, client2: keys.1, server2: server2),
      schedule: .current)
    writing.start(cipher.toBackend)
    toWorld.start(cipher.toBackend)
    fromWorld.start(cipher.toClient)
  }

  /// Goes up to a phase, as a client does.
  func enter(_ phase: GamePhase) throws {
    try exchangeKeys()
    guard phase != .start else { return }
    send(CheckVersion(build: pack.build, second: 1).packet())
    guard phase != .login else { return }
    try send("C_LOGIN_ARBITER", [.init(name: "name", value: .text("player"))])
    guard phase != .lobby else { return }
    try send("C_SELECT_USER", [.init(name: "id", value: .integer(Int64(world.characterNumber)))])
    guard phase != .loading else { return }
    try send("C_LOAD_TOPO_FIN")
  }

  /// Sends a packet by name and fields.
  func send(_ name: String, _ fields: [PacketFields.Entry] = []) throws {
    send(try bytes(name, fields))
  }

  /// A packet of this build.
  func bytes(_ name: String, _ fields: [PacketFields.Entry] = []) throws -> [UInt8] {
    guard let opcode = pack.opcodes[name] else { throw Failure(what: "no \(name)") }
    let layout =
      pack.packets[name]?.layout
      ?? PacketLayout(name: name, body: LayoutLevel(fields: [], fixedEnd: 4))
    var fields = fields
    if name == "C_PLAYER_LOCATION", !fields.contains(where: { $0.name == "time" }) {
      // A client whose clock says 0 is none.
      fields.append(.init(name: "time", value: .unsigned(74_312)))
    }
    return try layout.encode(PacketFields(fields), opcode: opcode)
  }

  /// Sends a whole packet, or bytes that are none, enciphered.
  func send(_ packet: [UInt8]) {
    guard closed == nil else { return }
    sendPlain(writing.apply(packet))
  }

  /// Sends bytes as they are.
  func sendPlain(_ bytes: [UInt8]) { take(bytes, from: .client) }

  func wait(_ duration: Duration) {
    now = now + duration
    guard closed == nil, session.deadline <= now else { return }
    session.handleTimeout(now: now, output: &output)
    deliver([], from: .client)
  }

  // MARK: What reached the world

  /// The time on the session's clock.
  var seconds: Double { Double(now.nanoseconds) / 1e9 }
  /// Every packet that reached the world, deciphered.
  var received: [[UInt8]] { toWorld.packets }
  /// Bytes that reached the world and are no whole packet.
  var looseBytes: Int { toWorld.rest.count }
  /// All bytes that reached the world, those of keys among them.
  var bytesToWorld: Int { toWorld.total }

  /// The fields of a packet; nil where it is another one.
  func fields(_ packet: [UInt8], as name: String) -> PacketFields? {
    guard let view = PacketView(packet.span.bytes), view.opcode == pack.opcodes[name] else {
      return nil
    }
    return pack.packets[name]?.layout?.decode(view).fields
  }

  // MARK: The wires

  private func take(_ bytes: [UInt8], from side: Side) {
    var rest = bytes
    repeat {
      guard closed == nil else { return }
      session.receive(rest.span.bytes, from: side, now: now, output: &output)
      let (hasMore, consumed) = (output.hasMore, min(output.consumed, rest.count))
      deliver(rest, from: side)
      rest.removeFirst(consumed)
      if side == .client, waitWhileHeld() { continue }
      if !hasMore { return }
    } while true
  }

  /// Lets the time pass that a client has to wait which sent more than it may.
  ///
  /// - Returns: whether bytes may be waiting in the session since then.
  private func waitWhileHeld() -> Bool {
    guard closed == nil, session.isHeld(.client) else { return false }
    while closed == nil, session.isHeld(.client) {
      now = max(now, session.deadline)
      session.handleTimeout(now: now, output: &output)
      let hasMore = output.hasMore
      deliver([], from: .client)
      if hasMore { return true }
    }
    return false
  }

  /// Does what the session asks for, as an engine would.
  private func deliver(_ handedIn: [UInt8], from side: Side) {
    var bytes = output.toBackend.unsafeBytes.map { $0 }
    if side == .client { bytes += handedIn[output.passThrough] }
    let connects = output.connectBackend
    closed = closed ?? output.close
    output.reset()
    if connects {
      session.backendConnected(now: now, output: &output)
      deliver([], from: .backend)
      world.start(now: now)
    }
    if !bytes.isEmpty {
      toWorld.take(bytes)
      world.receive(bytes, now: now)
    }
    let answer = world.takeOutput()
    guard !answer.isEmpty else { return }
    fromWorld.take(answer)
    take(answer, from: .backend)
  }
}

/// One direction of a session, read with its keys.
private struct Tap {
  private var cipher: (keystream: Keystream, cursor: Keystream.Cursor)?
  private let headBytes: Int
  /// What crosses before the cipher starts.
  private(set) var head: [UInt8] = []
  private(set) var packets: [[UInt8]] = []
  private(set) var rest: [UInt8] = []
  private(set) var total = 0

  init(skipping headBytes: Int) { self.headBytes = headBytes }

  mutating func start(_ keystream: Keystream) { cipher = (keystream, keystream.origin) }

  mutating func take(_ bytes: [UInt8]) {
    total += bytes.count
    let plain = min(bytes.count, headBytes - head.count)
    head += bytes[..<plain]
    guard plain < bytes.count else { return }
    rest += apply(Array(bytes[plain...]))
    while rest.count >= 4 {
      let count = Int(rest[0]) | Int(rest[1]) << 8
      guard count >= 4, count <= rest.count else { return }
      packets.append(Array(rest[..<count]))
      rest.removeFirst(count)
    }
  }

  mutating func apply(_ bytes: [UInt8]) -> [UInt8] {
    guard var cipher else { return bytes }
    var bytes = bytes
    cipher.keystream.apply(to: &bytes, at: &cipher.cursor)
    self.cipher = cipher
    return bytes
  }
}

/// What all of these tests share, made once.
enum Shipped {
  static let packs = PackLoader.embedded().packs
  static let content = SimWorldContent(seed: 1)

  private static let profiles = [InspectionPolicy.Profile: InspectionPolicy](
    uniqueKeysWithValues: InspectionPolicy.Profile.allCases.compactMap { profile in
      (try? load(profile, [:])).map { (profile, $0) }
    })

  static func policy(
    _ profile: InspectionPolicy.Profile, _ modes: [String: Configuration.Mode] = [:]
  ) throws -> InspectionPolicy {
    if modes.isEmpty, let made = profiles[profile] { return made }
    return try load(profile, modes)
  }

  private static func load(
    _ profile: InspectionPolicy.Profile, _ modes: [String: Configuration.Mode] = [:]
  ) throws -> InspectionPolicy {
    var configuration = Configuration.Inspection()
    configuration.profile = profile
    configuration.rules = modes
    // What becomes of single packets is looked at here, not what they add up to.
    configuration.score.mode = .shadow
    return try InspectionLoader.load(configuration).policy
  }

  static func pack(_ build: UInt32 = 367_081) throws -> BuildPack {
    guard let pack = packs.first(where: { $0.build == build }) else {
      throw GuardedSession.Failure(what: "no pack of \(build)")
    }
    return pack
  }
}
