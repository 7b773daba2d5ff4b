import MystelWire

/// One player's session, without sockets and without a clock.
///
/// The engine hands in bytes, events and the time, does what `SessionOutput` says, and calls
/// `handleTimeout` when `deadline` has passed. Confined to one event loop.
package final class Session {
  package let id: UInt64
  package let policy: SessionPolicy
  /// The socket's own ends.
  package let socket: ProxyHeader.Endpoints
  /// The player's address: the socket's, or what a trusted proxy said.
  package private(set) var client: Endpoint
  /// Set when a deadline other than idleness was set or brought forward; the engine clears it.
  package var deadlineMoved = false
  package private(set) var backendIsConnected = false
  /// Set once, when both sides have all keys; the engine frees the half-open slot.
  package private(set) var keysAreComplete = false

  /// What operators are shown of it.
  package internal(set) var counts: SessionCounts
  private var probe = SplitKeyProbe()
  /// What the findings of signatures add up to.
  package internal(set) var scores = SessionScores()
  /// Set when a header told the client's address, or the server its account; the engine clears it.
  package var identityChanged = false
  private var toldAccount: UInt64?
  /// Whether the server has ever named an account of it.
  package private(set) var wasNamed = false

  let tally: Tally
  /// For the client's keys: the policy's, or less while the gateway is under attack.
  private let keysWithin: Duration
  /// What the session's packets are held to.
  private(set) var inspection: InspectionPolicy
  private(set) var phase = Phase.proxyHeader
  private var header: [UInt8] = []
  private(set) var relayed: ProxyHeader?
  /// Nil for `game: none`.
  var tera: TeraCodec<GameInspector>?
  /// Of use for `game: none` only.
  private var opaque: OpaqueCodec
  private(set) var receivedFromClient: UInt64 = 0
  /// Whether the client has sent nothing of the game.
  package private(set) var isSilent = true
  /// The side that sent FIN first.
  private(set) var ended: Side?

  private(set) var lastActivity: Instant
  private var phaseDeadline = Instant.distantFuture
  private var helloDeadline = Instant.distantFuture
  private var packetDeadline = Instant.distantFuture
  private var readHold = ReadHold()
  /// Since when the client is not read because the backend does not take what it sent.
  private var stalledSince: Instant?
  private var closeDeadline = Instant.distantFuture
  private var queueDeadline = PerDirection(
    toBackend: Instant.distantFuture, toClient: Instant.distantFuture)

  enum Phase {
    case proxyHeader, keys, firstPacket, play
  }

  /// A session for an accepted connection whose peer the listener admits.
  package init(
    id: UInt64, policy: SessionPolicy, socket: ProxyHeader.Endpoints, now: Instant,
    keysWithin: Duration? = nil, tally: Tally
  ) {
    self.keysWithin = min(keysWithin ?? policy.timeouts.keys, policy.timeouts.keys)
    self.id = id
    self.policy = policy
    self.socket = socket
    self.tally = tally
    inspection = policy.inspection
    client = socket.source
    lastActivity = now
    opaque = OpaqueCodec(policy.limits, now: now)
    counts = SessionCounts(opened: now)
  }

  /// The moment at which `handleTimeout` must be called. Changes with every call.
  package var deadline: Instant {
    let idle = Instant(nanoseconds: lastActivity.nanoseconds &+ policy.idleNanoseconds)
    return min(
      min(phaseDeadline, helloDeadline, readHold.until ?? .distantFuture),
      min(packetDeadline, closeDeadline, probe.dueAt ?? .distantFuture),
      min(queueDeadline.toBackend, queueDeadline.toClient, idle))
  }

  /// The account that the server named, once it accepted the login.
  package var account: UInt64? { tera?.inspector.account }

  /// Whether the engine should read from a side. Changes with every call.
  package func reads(_ side: Side) -> Bool {
    guard queueDeadline[side.outgoing] == .distantFuture, !isHeld(side) else { return false }
    // What comes behind the half of a key must not overtake the other half.
    if side == .backend, probe.dueAt != nil { return false }
    return side == .backend || tera != nil || phase == .proxyHeader || backendIsConnected
      || (isProbe && opaque.early.isEmpty)
  }

  /// Whether a side has sent more than it may and has to wait. What it sends meanwhile must not be
  /// handed in before `handleTimeout` has set `output.hasMore`.
  package func isHeld(_ side: Side) -> Bool { side == .client && readHold.until != nil }

  /// The engine could not read for a while that ends now: the client is owed what it could not
  /// send.
  package func excuse(since: Instant, now: Instant) {
    tera?.inspector.limits.excuse(since: since, now: now)
    opaque.meter.excuse(since: since, now: now)
  }

  /// Where the server says the player is; nil where no packets are understood.
  var gamePhase: GamePhase? { tera?.inspector.state.phase }
  /// The build that the first packet bound the session to.
  var build: UInt32? { tera?.inspector.build?.pack.build }

  /// Holds the session to other rules from its next packet on.
  package func adopt(_ inspection: InspectionPolicy) {
    self.inspection = inspection
    tera?.inspector.adopt(inspection)
    reviewLearning()
  }

  /// Starts the session.
  package func open(now: Instant, output: inout SessionOutput) {
    if policy.acceptedHeader == nil {
      startGame(now: now, output: &output)
    } else {
      setPhase(.proxyHeader, deadline: now + policy.timeouts.proxyHeader)
    }
  }

  /// Takes in bytes from a side. `output.consumed` tells how many; the rest must be handed in again
  /// after `output.hasMore` sessions had their turn.
  package func receive(
    _ bytes: RawSpan, from side: Side, now: Instant, output: inout SessionOutput
  ) {
    lastActivity = now
    if side == .client {
      receivedFromClient &+= UInt64(bytes.byteCount)
      if phase == .proxyHeader { return receiveHeader(bytes, now: now, output: &output) }
    }
    receiveGame(bytes, from: side, now: now, output: &output)
    tally.bytes[side.outgoing] &+= UInt64(output.consumed)
    counts.bytes[side.outgoing] &+= UInt64(output.consumed)
  }

  private func receiveGame(
    _ bytes: RawSpan, from side: Side, now: Instant, output: inout SessionOutput
  ) {
    if side == .client { isSilent = false }
    if side == .client, let relayed, relayed.command == .proxy, relayed.endpoints == nil {
      output.consumed = bytes.byteCount
      output.close = .sourceUnknown
      return
    }
    if tera == nil {
      let isFirst = opaque.early.isEmpty
      opaque.receive(
        bytes, from: side, isConnected: backendIsConnected, now: now, output: &output)
      if isProbe, isFirst, !opaque.early.isEmpty { output.connectBackend = true }
      if side == .client { hold(until: opaque.heldUntil, now: now) }
      tally.meters = tally.meters + opaque.takeMeterWork()
    } else {
      receiveTera(bytes, from: side, now: now, output: &output)
    }
  }

  private func receiveTera(
    _ bytes: RawSpan, from side: Side, now: Instant, output: inout SessionOutput
  ) {
    tera?.inspector.now = now
    output.close = tera?.receive(bytes, from: side, output: &output)
    if phase == .keys, policy.listener.splitKeyProbe, side == .backend {
      probe.filter(&output.toClient, now: now)
      deadlineMoved = true
    }
    if !output.outlet.findings.isEmpty { countFindings(&output, now: now) }
    if side == .client { hold(until: tera?.heldUntil, now: now) }
    if account != toldAccount {
      (toldAccount, identityChanged) = (account, true)
      if account != nil, !wasNamed {
        wasNamed = true
        tally.players += 1
      }
      reviewLearning()
    }
    let isProgress = countWork(output: &output).toBackend > 0
    if tera?.holdsClientBytes != true {
      packetDeadline = .distantFuture
    } else if packetDeadline == .distantFuture || isProgress {
      packetDeadline = now + policy.timeouts.packet
      deadlineMoved = true
    }
    guard phase != .play else { return }
    if helloDeadline != .distantFuture, tera?.waitsForHello == false {
      helloDeadline = .distantFuture
    }
    if phase == .keys, tera?.keysAreComplete == true {
      keysAreComplete = true
      setPhase(.firstPacket, deadline: now + policy.timeouts.firstPacket)
    }
    if phase == .firstPacket, tera?.inspector.sawFirstPacket == true {
      if isFrameOnly { tally.note(.buildNotServed) }
      setPhase(.play, deadline: .distantFuture)
    }
  }

  private func hold(until: Instant?, now: Instant) {
    guard let until else { return }
    readHold.hold(until: until, now: now)
    deadlineMoved = true
  }

  private func receiveHeader(
    _ bytes: RawSpan, now: Instant, output: inout SessionOutput
  ) {
    guard let acceptance = policy.acceptedHeader else { return }
    let before = header.count
    let room = ProxyHeader.maximumByteCount - before
    bytes.extracting(0..<min(room, bytes.byteCount)).withUnsafeBytes {
      header.append(contentsOf: $0)
    }
    let gathered = header
    switch ProxyHeader.parse(gathered.span.bytes, accepting: acceptance) {
    case .needMore:
      output.consumed = bytes.byteCount
    case .rejected:
      output.consumed = bytes.byteCount
      output.close = .proxyHeaderInvalid
    case .header(let parsed, let byteCount):
      header = []
      relayed = parsed
      if let source = parsed.endpoints?.source {
        client = Endpoint(source.address.canonical, port: source.port)
      }
      if Hops(parsed).contains(policy.instance) {
        output.close = .loop
        return
      }
      identityChanged = parsed.command == .proxy
      startGame(now: now, output: &output)
      guard output.close == nil else {
        output.consumed = bytes.byteCount
        return
      }
      let rest = byteCount - before
      guard rest < bytes.byteCount else {
        output.consumed = bytes.byteCount
        return
      }
      receiveGame(bytes.extracting(rest...), from: .client, now: now, output: &output)
      output.consumed += rest
      output.passThrough =
        output.passThrough.lowerBound + rest..<output.passThrough.upperBound + rest
    }
  }

  private func startGame(now: Instant, output: inout SessionOutput) {
    if let refusal = policy.geo?.refusal(of: client.address), !isProbe {
      guard policy.geo?.rules.mode != .enforce else {
        output.close = refusal
        return
      }
      tally.note(refusal)
    }
    switch policy.listener.game {
    case .tera:
      let codec = TeraCodec(
        inspector: GameInspector(
          policy: inspection, builds: policy.builds, unknownBuild: policy.listener.unknownBuild,
          limits: policy.limits.session, now: now),
        schedule: policy.schedule, limits: policy.limits)
      codec.begin(output: &output)
      tera = codec
      reviewLearning()
      setPhase(.keys, deadline: now + keysWithin)
    case .none:
      setPhase(.play, deadline: .distantFuture)
      output.connectBackend = !isProbe
    }
  }

  /// The backend accepted the connection.
  package func backendConnected(now: Instant, output: inout SessionOutput) {
    backendIsConnected = true
    appendBackendHeader(output: &output)
    if tera == nil {
      output.toBackend.append(opaque.takeEarly())
      output.finishBackend = ended == .client
    } else {
      helloDeadline = now + policy.timeouts.backendHello
      deadlineMoved = true
    }
  }

  /// A side will send nothing more. The other side is told once everything is written; when both
  /// have been told, the engine ends the session for `reasonForEnd`.
  package func inputEnded(_ side: Side, now: Instant, output: inout SessionOutput) {
    guard phase == .play, backendIsConnected || !opaque.early.isEmpty else {
      output.close = reasonForEarlyEnd(of: side)
      return
    }
    if side == .backend {
      tera?.flushHeldToClient(output: &output)
      output.finishClient = true
    } else {
      output.finishBackend = backendIsConnected
    }
    guard ended == nil else { return }
    ended = side
    deadlineMoved = true
    closeDeadline =
      now
      + (side == .client
        ? policy.timeouts.clientHalfClose : policy.timeouts.backendHalfClose)
  }

  /// The queue towards a side is full, or has room again.
  package func queueChanged(_ direction: Direction, isFull: Bool, now: Instant) {
    let isKnown = queueDeadline[direction] != .distantFuture
    guard isFull != isKnown else { return }
    queueDeadline[direction] = isFull ? now + policy.timeouts.queueFull : .distantFuture
    if direction == .toBackend {
      // The client could not send on while it was not read.
      if !isFull, packetDeadline != .distantFuture {
        packetDeadline = now + policy.timeouts.packet
      }
      if let since = stalledSince { excuse(since: since, now: now) }
      stalledSince = isFull ? now : nil
    }
    deadlineMoved = true
  }

  /// Ends the session if one of its deadlines has passed.
  package func handleTimeout(now: Instant, output: inout SessionOutput) {
    if let due = probe.dueAt, due <= now {
      probe.release(&output.toClient)
    } else if phaseDeadline <= now {
      output.close = reasonForPhaseTimeout
    } else if helloDeadline <= now {
      output.close = .backendHelloTimeout
    } else if queueDeadline.toClient <= now {
      output.close = .clientQueueFull
    } else if queueDeadline.toBackend <= now {
      output.close = .backendQueueFull
    } else if closeDeadline <= now {
      output.close = .halfCloseExpired
    } else if let end = readHold.until, end <= now {
      release(now: now, output: &output)
    } else if packetDeadline <= now, queueDeadline.toBackend == .distantFuture, !isHeld(.client) {
      output.close = .packetTimeout
    } else if now.nanoseconds &- lastActivity.nanoseconds >= policy.idleNanoseconds {
      output.close = .idle
    }
  }

  /// Lets a client go on that has credit again, or ends a session that never rests.
  private func release(now: Instant, output: inout SessionOutput) {
    guard readHold.release(longest: policy.limits.session.longestDelay, now: now) else {
      output.close = .packetRate
      return
    }
    if packetDeadline != .distantFuture { packetDeadline = now + policy.timeouts.packet }
    output.hasMore = true
  }

  private var reasonForPhaseTimeout: Reason {
    switch phase {
    case .proxyHeader: return .proxyHeaderTimeout
    case .firstPacket: return .firstPacketTimeout
    case .keys, .play:
      if !backendIsConnected && tera?.waitsForClientKey == false { return .backendBusy }
      guard tera?.waitsForClientKey == true else { return .backendKeyTimeout }
      return probe.isDone ? .splitKeyUnanswered : .keysTimeout
    }
  }

  /// A trusted proxy's own connection, not a player's.
  var isProbe: Bool { relayed?.command == .local }

  private func setPhase(_ next: Phase, deadline: Instant) {
    phase = next
    phaseDeadline = deadline
    deadlineMoved = true
  }
}
