import Crypto

/// The end of a tunnel that asks for it: a player's agent, or a gateway before another. Sans-IO.
///
/// Bytes and time are handed in, and what to do is handed back. After a fault it takes no more, and
/// says no more: there is no going on without the tunnel.
package struct TunnelInitiator: ~Copyable {
  /// Bytes to be sent that can wait for the handshake.
  private static let mostEarly = 1024 * 1024

  private let settings: TunnelSettings
  private let handshakeDeadline: UInt64
  private var cookie: [UInt8]
  private var wasAskedForCookie = false
  private var noise: HandshakeState?
  /// What was received of a handshake message that is not whole.
  private var waiting: [UInt8] = []
  private var records: TunnelRecords?
  private var early: [UInt8] = []
  private var endsEarly = false
  private var isOver = false

  /// Call `start` next.
  ///
  /// - Parameter now: nanoseconds of a clock that never goes back.
  package init(_ settings: TunnelSettings, now: UInt64) {
    self.settings = settings
    cookie = HandshakeMessage.noCookie
    handshakeDeadline = now &+ settings.handshakeNanoseconds
  }

  /// Whether the responder has proved what the mode has it prove.
  package var isOpen: Bool { records != nil }

  /// When `handleTimeout` wants to be called; every other call may change it.
  package var deadline: UInt64 {
    isOver ? .max : records?.deadline ?? handshakeDeadline
  }

  /// Bytes to be sent that wait for the handshake, or for their turn at a constant rate.
  package var queuedBytes: Int { early.count + (records?.queuedBytes ?? 0) }

  /// Whether the end is sent, and everything before it.
  package var hasSentEnd: Bool { records?.hasSentEnd ?? false }

  /// Says the first message.
  package mutating func start(output: inout TunnelOutput) {
    guard !isOver, noise == nil, records == nil else { return }
    do throws(TunnelFault) {
      try initiate(&output)
    } catch {
      fail(error, &output)
    }
  }

  /// Takes bytes of the responder at whatever cut.
  package mutating func receive(
    _ bytes: RawSpan, now: UInt64, output: inout TunnelOutput
  ) {
    guard !isOver else { return }
    do throws(TunnelFault) {
      guard records == nil else {
        try records?.receive(bytes, now: now, into: &output)
        return
      }
      waiting.append(bytes)
      try handshake(now: now, &output)
    } catch {
      fail(error, &output)
    }
  }

  /// Sends bytes, once the tunnel stands.
  package mutating func send(_ bytes: RawSpan, now: UInt64, output: inout TunnelOutput) {
    guard !isOver, !endsEarly else { return }
    guard isOpen else {
      early.append(bytes)
      if early.count > TunnelInitiator.mostEarly { fail(.overloaded, &output) }
      return
    }
    do throws(TunnelFault) {
      try records?.send(bytes, now: now, into: &output)
    } catch {
      fail(error, &output)
    }
  }

  /// Says, behind everything sent, that there is no more.
  package mutating func finish(now: UInt64, output: inout TunnelOutput) {
    guard !isOver else { return }
    endsEarly = true
    do throws(TunnelFault) {
      try records?.finish(now: now, into: &output)
    } catch {
      fail(error, &output)
    }
  }

  /// Announces the next key before its time.
  package mutating func rekey(now: UInt64, output: inout TunnelOutput) {
    guard !isOver else { return }
    do throws(TunnelFault) {
      try records?.rekey(now: now, into: &output)
    } catch {
      fail(error, &output)
    }
  }

  /// The responder's side of the connection is closed. Only the end record makes that an end.
  package mutating func inputEnded(output: inout TunnelOutput) {
    guard !isOver, records?.hasEnded != true else { return }
    fail(.truncated, &output)
  }

  /// - Parameter isReading: whether the responder's bytes are being read.
  package mutating func handleTimeout(
    now: UInt64, isReading: Bool, output: inout TunnelOutput
  ) {
    guard !isOver else { return }
    do throws(TunnelFault) {
      guard isOpen || now < handshakeDeadline else { throw .handshakeTimeout }
      try records?.handleTimeout(now: now, isReading: isReading, into: &output)
    } catch {
      fail(error, &output)
    }
  }

  // MARK: The handshake

  private mutating func initiate(_ output: inout TunnelOutput) throws(TunnelFault) {
    var begun = HandshakeState(
      settings.mode, .initiator, keys: settings.keys,
      prologue: HandshakeMessage.prologue(settings.mode, cookie: cookie, name: settings.name))
    let message = try begun.write(random: settings.random())
    noise = consume begun
    output.wire +=
      HandshakeMessage(kind: .initiation, mode: settings.mode, body: cookie + message).encoded
  }

  private mutating func handshake(
    now: UInt64, _ output: inout TunnelOutput
  ) throws(TunnelFault) {
    let kinds: [HandshakeMessage.Kind] = wasAskedForCookie ? [.response] : [.cookie, .response]
    let parsed = try HandshakeMessage.parse(waiting, kinds: kinds, mode: settings.mode)
    guard let message = parsed else { return }
    waiting.removeFirst(HandshakeMessage.headBytes + message.body.count)
    guard message.kind == .response else {
      guard waiting.isEmpty else { throw .malformed }
      wasAskedForCookie = true
      cookie = message.body
      return try initiate(&output)
    }
    try complete(message.body, now: now, &output)
    // The responder says nothing before it was spoken to.
    guard waiting.isEmpty else { throw .malformed }
  }

  private mutating func complete(
    _ response: [UInt8], now: UInt64, _ output: inout TunnelOutput
  ) throws(TunnelFault) {
    guard var begun = noise.take() else { throw .malformed }
    guard try begun.read(response).isEmpty else { throw .malformed }
    let stream = TunnelRecords(
      keys: try begun.split(), role: .initiator, settings: settings, now: now)
    try stream.open(now: now, into: &output)
    let held = early
    if !held.isEmpty { try stream.send(held.span.bytes, now: now, into: &output) }
    if endsEarly { try stream.finish(now: now, into: &output) }
    early = []
    records = stream
    output.hasOpened = true
  }

  private mutating func fail(_ fault: TunnelFault, _ output: inout TunnelOutput) {
    isOver = true
    records = nil
    noise = nil
    (early, waiting) = ([], [])
    output.fault = fault
  }
}
