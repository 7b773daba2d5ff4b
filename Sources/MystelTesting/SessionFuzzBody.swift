import MystelCore
import MystelWire

/// Plays a TERA session whose packets, cuts and verdicts the bytes choose, and checks the outcome
/// with a cipher of its own. Then throws the bytes themselves at whole sessions.
///
/// Traps on a violation, as a fuzz body must: every packet is judged once and in order, and what
/// leaves deciphers to exactly what the verdicts say, however the stream was cut.
package func fuzzTeraSession(_ bytes: [UInt8]) {
  var play = ScriptedPlay(script: bytes)
  play.run()
  throwAtSession(bytes, accept: .off, game: .tera)
  throwAtSession(bytes, accept: .any, game: .tera)
  throwAtSession(bytes, accept: .any, game: .none)
}

// MARK: A session with a known outcome

/// Bytes of both directions, appended in place.
private struct Streams {
  private(set) var bytes = PerDirection<[UInt8]>(toBackend: [], toClient: [])

  subscript(direction: Direction) -> [UInt8] { bytes[direction] }

  mutating func append(_ more: some Sequence<UInt8>, _ direction: Direction) {
    switch direction {
    case .toBackend: bytes.toBackend.append(contentsOf: more)
    case .toClient: bytes.toClient.append(contentsOf: more)
    }
  }

  mutating func removeAll() { bytes = PerDirection(toBackend: [], toClient: []) }
}

/// Gives each packet the verdict that its opcode asks for, and keeps what should come of it.
private struct ScriptedInspector: PacketInspector {
  /// Every packet judged, in order.
  var judged = Streams()
  /// The plaintext that must leave.
  var expected = Streams()
  /// Answers to the sender; they leave at the end of the turn.
  var replies = Streams()

  mutating func inspect(
    _ packet: RawSpan, opcode: UInt16, direction: Direction, outlet: inout PacketOutlet
  ) -> Verdict {
    let bytes = packet.withUnsafeBytes { Array($0) }
    precondition(bytes.count >= 4, "a packet shorter than its header was judged")
    judged.append(bytes, direction)
    let own = ScriptedPlay.packet(bytes: 4 + bytes.count % 13, opcode: ~opcode, fill: 0xa5)
    switch opcode & 7 {
    case 4:
      return .drop(.packetTooLong)
    case 5:
      outlet.replacement.append(own)
      expected.append(own, direction)
      return .rewrite
    case 6:
      outlet.ahead.append(own)
      expected.append(own + bytes, direction)
      return .forward
    case 7 where opcode >> 12 == 0xf:
      return .close(.packetTooLong)
    case 7:
      outlet.replies.append(own)
      replies.append(own, direction.opposite)
      expected.append(bytes, direction)
      return .forward
    default:
      expected.append(bytes, direction)
      return .forward
    }
  }
}

/// Keys, and both keystreams as the textbook makes them: slow, hence made once for all scripts.
private struct ScriptedKeys: Sendable {
  let client: [UInt8]
  let backend: [UInt8]
  let streams: PerDirection<[UInt8]>

  /// More than a script can make either direction carry.
  private static let streamBytes = 32 * 1024
  static let all = (0..<4).map { ScriptedKeys(seed: UInt64($0)) }

  private init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    client = random.bytes(256)
    backend = random.bytes(256)
    guard let client1 = SessionKey(client[..<128]), let client2 = SessionKey(client[128...]),
      let server1 = SessionKey(backend[..<128]), let server2 = SessionKey(backend[128...])
    else { preconditionFailure("128 bytes are a key") }
    let cipher = TextbookCipher(
      keys: SessionKeys(client1: client1, server1: server1, client2: client2, server2: server2),
      schedule: .current)
    streams = PerDirection(
      toBackend: cipher.toBackend.take(ScriptedKeys.streamBytes),
      toClient: cipher.toClient.take(ScriptedKeys.streamBytes))
  }

  func mix(_ bytes: [UInt8], _ direction: Direction) -> [UInt8] {
    precondition(bytes.count <= ScriptedKeys.streamBytes, "more bytes than the stream is long")
    return zip(bytes, streams[direction]).map { $0 ^ $1 }
  }
}

/// One scripted session from the first key to the last byte.
private struct ScriptedPlay: ~Copyable {
  private var codec = TeraCodec(
    inspector: ScriptedInspector(), schedule: .current, limits: Limits())
  private var output = SessionOutput()
  private var random: SplitMix64
  private let keys: ScriptedKeys
  /// What each side sends; the client's keys are sent before.
  private var streams = Streams()
  private var position = PerDirection(toBackend: 0, toClient: 0)
  private var plain = Streams()
  private var sent = Streams()
  private var longestCut: UInt64
  private let script: [UInt8]

  /// Seed, longest cut, then two bytes a packet, a hundred at most: verdict and direction,
  /// length.
  init(script: [UInt8]) {
    self.script = script
    random = SplitMix64(seed: UInt64(script.first ?? 0))
    longestCut = 1 + UInt64(script.dropFirst().first ?? 0) * 8
    keys = ScriptedKeys.all[Int(script.first ?? 0) % ScriptedKeys.all.count]
    let packets = script.dropFirst(2).prefix(200)
    for at in stride(from: packets.startIndex, to: packets.endIndex - 1, by: 2) {
      let (kind, length) = (packets[at], packets[at + 1])
      let direction: Direction = kind & 8 == 0 ? .toBackend : .toClient
      plain.append(
        ScriptedPlay.packet(
          bytes: 4 + Int(length), opcode: UInt16(kind) << 8 | UInt16(kind & 7), fill: length),
        direction)
    }
    streams.append(keys.mix(plain[.toBackend], .toBackend), .toBackend)
    streams.append([1, 0, 0, 0] + keys.backend, .toClient)
    streams.append(keys.mix(plain[.toClient], .toClient), .toClient)
  }

  static func packet(bytes count: Int, opcode: UInt16, fill: UInt8) -> [UInt8] {
    [
      UInt8(truncatingIfNeeded: count), UInt8(truncatingIfNeeded: count >> 8),
      UInt8(truncatingIfNeeded: opcode), UInt8(truncatingIfNeeded: opcode >> 8),
    ] + [UInt8](repeating: fill, count: count - 4)
  }

  mutating func run() {
    codec.begin(output: &output)
    collect([], from: .client)
    guard send(keys.client, from: .client) == nil else {
      preconditionFailure("genuine keys were refused")
    }
    var ended = false
    while !ended, left(.toBackend) > 0 || left(.toClient) > 0 {
      let mayClientSpeak = codec.keysAreComplete && left(.toBackend) > 0
      let direction: Direction =
        mayClientSpeak && (left(.toClient) == 0 || random.next(below: 2) == 0)
        ? .toBackend : .toClient
      let count = min(Int(1 + random.next(below: longestCut)), left(direction))
      let start = position[direction]
      position[direction] += count
      ended = send(Array(streams[direction][start..<start + count]), from: direction.source) != nil
    }
    check(ended: ended)
    for side in [Side.client, .backend] where !ended { ended = send(script, from: side) != nil }
  }

  private func left(_ direction: Direction) -> Int {
    streams[direction].count - position[direction]
  }

  /// Hands in bytes turn by turn, as an engine does.
  private mutating func send(_ bytes: [UInt8], from side: Side) -> Reason? {
    var rest = bytes
    var turns = 0
    while true {
      let reason = codec.receive(rest.span.bytes, from: side, output: &output)
      let (consumed, hasMore) = (output.consumed, output.hasMore)
      collect(rest, from: side)
      if reason != nil { return reason }
      precondition(consumed <= rest.count, "took bytes that are not there")
      precondition(
        hasMore || consumed == rest.count, "left bytes behind without asking for a turn")
      rest.removeFirst(consumed)
      if !hasMore { return nil }
      turns += 1
      precondition(turns <= 2 + bytes.count, "asks for turns without end")
    }
  }

  private mutating func collect(_ bytes: [UInt8], from side: Side) {
    sent.append(output.toClient.unsafeBytes, .toClient)
    sent.append(output.toBackend.unsafeBytes, .toBackend)
    let pass = output.passThrough
    precondition(pass.lowerBound >= 0 && pass.upperBound <= bytes.count, "passes on too much")
    sent.append(bytes[pass], side.outgoing)
    for direction in Direction.allCases {
      codec.inspector.expected.append(codec.inspector.replies[direction], direction)
    }
    codec.inspector.replies.removeAll()
    output.reset()
  }

  private func check(ended: Bool) {
    for direction in Direction.allCases {
      let judged = codec.inspector.judged[direction]
      precondition(
        ended ? plain[direction].starts(with: judged) : plain[direction] == judged,
        "packets were judged that nobody sent, or not all")
      let clear = direction == .toBackend ? 256 : 260
      let (head, tail) = (sent[direction].prefix(clear), Array(sent[direction].dropFirst(clear)))
      precondition(head.count == clear, "the keys were not relayed")
      precondition(
        keys.mix(tail, direction) == codec.inspector.expected[direction],
        "what left is not what the verdicts say")
    }
  }
}

// MARK: Bytes nobody chose well

/// Takes the bytes for a list of events, a byte each, with the bytes that an event needs after it.
private func throwAtSession(
  _ bytes: [UInt8], accept: Configuration.ProxyProtocolAccept.Mode,
  game: Configuration.Listener.Game
) {
  let address = IPAddress(ipv4: 0x7f00_0001)
  let policy = SessionPolicy(
    listener: Configuration.Listener(
      name: "fuzz", bind: .endpoint(Endpoint(address, port: 1)), game: game, backend: "fuzz",
      proxyProtocol: .init(mode: accept)),
    backend: Configuration.Backend(
      name: "fuzz", address: .endpoint(Endpoint(address, port: 2)), builds: [367_081],
      proxyProtocol: .v2),
    limits: tight(bytes.first ?? 0), timeouts: Timeouts(), instance: 1, inspection: .bare())
  let ends = ProxyHeader.Endpoints(
    source: Endpoint(address, port: 3), destination: Endpoint(address, port: 1))
  var now = Instant(nanoseconds: 1)
  let session = Session(id: 1, policy: policy, socket: ends, now: now, tally: Tally())
  var output = SessionOutput()
  session.open(now: now, output: &output)
  var rest = bytes[...]
  var isConnected = false
  while let event = rest.popFirst(), output.close == nil {
    let wantsBackend = output.connectBackend
    output.reset()
    if wantsBackend, !isConnected {
      isConnected = true
      session.backendConnected(now: now, output: &output)
      continue
    }
    switch event & 7 {
    case 0: now = now + .milliseconds(Int(event) * 20)
    case 1: session.handleTimeout(now: now, output: &output)
    case 2: session.queueChanged(.toClient, isFull: event & 8 == 0, now: now)
    case 3:
      let side: Side = event & 8 == 0 ? .client : .backend
      if event & 0xf0 == 0xf0, side == .client || isConnected {
        session.inputEnded(side, now: now, output: &output)
      }
    default:
      let side: Side = event & 8 == 0 || !isConnected ? .client : .backend
      let count = min(rest.count, (Int(event) >> 4) * 17 + 1)
      hand(Array(rest.prefix(count)), to: session, from: side, now: now, output: &output)
      rest = rest.dropFirst(count)
    }
    precondition(output.close != nil || session.deadline > .init(nanoseconds: 0), "no deadline")
  }
}

/// Limits that a few packets reach, under every reaction.
private func tight(_ seed: UInt8) -> Limits {
  var limits = Limits()
  limits.session.packetsPerSecond = 3
  limits.session.bytesPerSecond = 300
  let reactions = SessionLimits.Reaction.allCases
  limits.session.reaction = reactions[Int(seed) % reactions.count]
  return limits
}

private func hand(
  _ bytes: [UInt8], to session: Session, from side: Side, now: Instant,
  output: inout SessionOutput
) {
  var rest = bytes
  var connects = false
  for _ in 0...bytes.count + 1 {
    session.receive(rest.span.bytes, from: side, now: now, output: &output)
    connects = connects || output.connectBackend
    if output.close != nil { return }
    precondition(output.consumed <= rest.count, "took bytes that are not there")
    precondition(
      output.passThrough.lowerBound >= 0 && output.passThrough.upperBound <= rest.count,
      "passes on too much")
    rest.removeFirst(output.consumed)
    guard output.hasMore else {
      if session.isHeld(side) { return }
      precondition(rest.isEmpty, "left bytes behind without asking for a turn")
      output.connectBackend = connects
      return
    }
    output.reset()
  }
  preconditionFailure("asks for turns without end")
}
