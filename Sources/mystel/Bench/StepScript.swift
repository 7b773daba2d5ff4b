import MystelCore
import MystelSim
import MystelWire

/// What a simulated player and a simulated world said to each other through a session, to be handed to
/// other sessions: byte for byte, read for read, at the same times.
struct StepScript {
  enum Part {
    case handshake
    /// 1,000 packets of both sides, and one more after each so many, which the client may not send.
    case packets(refusedEach: Int?)
  }

  /// What became of a round.
  struct Result: Equatable {
    var packets: UInt64 = 0
    var dropped: UInt64 = 0
    var forwardedBytes = 0
  }

  private enum Event {
    case connected
    case read([UInt8], Side)
  }

  private static let packetCount = 1000

  /// Sessions or packets in a round.
  let units: Int
  private let policy: SessionPolicy
  private var events: [(event: Event, now: Instant)] = []

  /// - Throws: `BenchFailure`, where the simulation does not get through the session.
  init(_ part: Part, inspection: InspectionPolicy) throws {
    policy = SessionPolicy(
      listener: .init(name: "bench", bind: .name("bench", port: 1), backend: "bench"),
      backend: .init(
        name: "bench", address: .name("bench", port: 1), builds: [SimDialect.native.build]),
      limits: Limits(), timeouts: Timeouts(), instance: 1, inspection: inspection)
    switch part {
    case .handshake:
      units = 1
      try record { $0.keysAreComplete }
    case .packets(let interval):
      units = Self.packetCount
      try record { $0.packets >= Self.packetCount }
      if let interval { try addRefused(each: interval) }
    }
  }

  /// - Throws: `BenchFailure`, where the session was ended.
  func play() throws -> Result {
    let tally = Tally()
    let session = makeSession(tally)
    var output = SessionOutput()
    var forwarded = 0
    session.open(now: Self.start, output: &output)
    output.reset()
    for (event, now) in events {
      switch event {
      case .connected: session.backendConnected(now: now, output: &output)
      case .read(let bytes, let side):
        session.receive(bytes.span.bytes, from: side, now: now, output: &output)
        forwarded += output.passThrough.count
        guard output.consumed == bytes.count else { throw BenchFailure("a read was cut short") }
      }
      forwarded += output.toClient.count + output.toBackend.count
      if let reason = output.close { throw BenchFailure("the session was ended: \(reason)") }
      output.reset()
    }
    let snapshot = tally.snapshot
    return Result(
      packets: snapshot.packets.toBackend + snapshot.packets.toClient, dropped: snapshot.dropped,
      forwardedBytes: forwarded)
  }

  // MARK: Recording

  private static let start = Instant(nanoseconds: 1_000_000_000_000)

  private func makeSession(_ tally: Tally) -> Session {
    Session(
      id: 1, policy: policy,
      socket: .init(
        source: Endpoint(IPAddress(ipv4: 0x7f00_0002), port: 40_000),
        destination: Endpoint(IPAddress(ipv4: 0x7f00_0001), port: 7801)),
      now: Self.start, tally: tally)
  }

  private struct Progress {
    var keysAreComplete: Bool
    var packets: Int
  }

  private mutating func record(until isDone: (Progress) -> Bool) throws {
    var traits = SimWorldTraits()
    traits.sendsBurst = false
    var world = SimWorldConnection(
      seed: 5, traits: traits, content: SimWorldContent(seed: 1))
    var player = SimPlayer(account: "player", seed: 7, pace: .brisk)
    let tally = Tally()
    let session = makeSession(tally)
    var output = SessionOutput()
    var now = Self.start
    /// Bytes on their way to the gateway.
    var waiting: [(bytes: [UInt8], side: Side)] = []

    func settle(_ read: [UInt8], from side: Side?, _ events: inout [(event: Event, now: Instant)]) {
      let passed = side == nil ? [] : Array(read[output.passThrough])
      let toWorld = output.toBackend.unsafeBytes.map { $0 } + (side == .client ? passed : [])
      let toPlayer = output.toClient.unsafeBytes.map { $0 } + (side == .backend ? passed : [])
      let connects = output.connectBackend
      output.reset()
      if connects {
        events.append((.connected, now))
        session.backendConnected(now: now, output: &output)
        output.reset()
        world.start(now: now)
      }
      if !toWorld.isEmpty { world.receive(toWorld, now: now) }
      if !toPlayer.isEmpty { player.receive(toPlayer, now: now) }
    }

    session.open(now: now, output: &output)
    player.start(now: now)
    settle([], from: nil, &events)
    let end = now + .seconds(600)
    while now < end {
      waiting.append((player.takeOutput(), .client))
      waiting.append((world.takeOutput(), .backend))
      waiting.removeAll { $0.bytes.isEmpty }
      guard !waiting.isEmpty else {
        now = min(player.deadline ?? end, world.deadline ?? end, end)
        if let due = player.deadline, due <= now { player.tick(now: now) }
        if let due = world.deadline, due <= now { world.tick(now: now) }
        continue
      }
      let (bytes, side) = waiting.removeFirst()
      events.append((.read(bytes, side), now))
      session.receive(bytes.span.bytes, from: side, now: now, output: &output)
      if let reason = output.close { throw BenchFailure("the session was ended: \(reason)") }
      settle(bytes, from: side, &events)
      let counted = tally.snapshot.packets
      let packets = Int(counted.toBackend + counted.toClient)
      if isDone(Progress(keysAreComplete: session.keysAreComplete, packets: packets)) { return }
    }
    throw BenchFailure("the simulated player did not get that far in ten minutes")
  }

  // MARK: Packets that are left out

  private mutating func addRefused(each interval: Int) throws {
    let keyBytes = SessionKey.byteCount
    var (fromClient, fromBackend): ([UInt8], [UInt8]) = ([], [])
    for case (.read(let bytes, let side), _) in events {
      if side == .client { fromClient += bytes } else { fromBackend += bytes }
    }
    let hello = LoadTraffic.hello.count
    guard let client1 = SessionKey(fromClient.prefix(keyBytes)),
      let client2 = SessionKey(fromClient.dropFirst(keyBytes).prefix(keyBytes)),
      let server1 = SessionKey(fromBackend.dropFirst(hello).prefix(keyBytes)),
      let server2 = SessionKey(fromBackend.dropFirst(hello + keyBytes).prefix(keyBytes))
    else { throw BenchFailure("the recorded session has no keys") }
    let keystream = SessionCipher(
      keys: SessionKeys(client1: client1, server1: server1, client2: client2, server2: server2),
      schedule: .current
    ).toBackend
    let refused = Self.command()
    var (reading, writing) = (keystream.origin, keystream.origin)
    var (clientBytes, soundReads) = (0, 0)
    for index in events.indices {
      soundReads += 1
      guard case .read(var bytes, .client) = events[index].event else { continue }
      defer { clientBytes += bytes.count }
      guard clientBytes >= 2 * keyBytes else { continue }
      keystream.apply(to: &bytes, at: &reading)
      if soundReads >= interval {
        bytes = refused + bytes
        soundReads = 0
      }
      keystream.apply(to: &bytes, at: &writing)
      events[index].event = .read(bytes, .client)
    }
  }

  /// C_ADMIN of this build, which is not a player's to send: the text's offset, and the text.
  /// Source: docs/protocol/tera.md
  private static func command() -> [UInt8] {
    let words: [UInt16] = [10, 61_507, 6, 0x78, 0]
    return words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
  }
}
