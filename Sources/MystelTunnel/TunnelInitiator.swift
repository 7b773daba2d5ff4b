import Crypto

/// The end of a tunnel that asks for it: a player's agent, or a gateway before another. Sans-IO.
///
/// Bytes and time are handed in, and what to do is handed back. After a fault it takes no more, and
/// says no more: there is no going on without the tunnel.
package struct TunnelInitiator: ~Copyable {
  /// Bytes to be sent that can wait for the handshake.
  private static let mostEarly = 1024 * 1024

  private var own: TunnelEnd
  private var cookie = HandshakeMessage.noCookie
  private var wasAskedForCookie = false

  /// Call `start` next.
  ///
  /// - Parameter now: nanoseconds of a clock that never goes back.
  package init(_ settings: TunnelSettings, now: UInt64) {
    own = TunnelEnd(settings, mostEarly: TunnelInitiator.mostEarly, now: now)
  }

  /// Whether the responder has proved what the mode has it prove.
  package var isOpen: Bool { own.isOpen }

  /// When `handleTimeout` wants to be called; every other call may change it.
  package var deadline: UInt64 { own.deadline }

  /// Bytes to be sent that wait for the handshake, or for their turn at a constant rate.
  package var queuedBytes: Int { own.queuedBytes }

  /// Whether the end is sent, and everything before it.
  package var hasSentEnd: Bool { own.hasSentEnd }

  /// Says the first message.
  package mutating func start(output: inout TunnelOutput) {
    guard !own.isOver, own.noise == nil, own.records == nil else { return }
    do throws(TunnelFault) {
      try initiate(&output)
    } catch {
      own.fail(error, &output)
    }
  }

  /// Takes bytes of the responder at whatever cut.
  package mutating func receive(
    _ bytes: RawSpan, now: UInt64, output: inout TunnelOutput
  ) {
    guard !own.isOver else { return }
    do throws(TunnelFault) {
      guard own.records == nil else {
        try own.records?.receive(bytes, now: now, into: &output)
        return
      }
      own.waiting.append(bytes)
      try handshake(now: now, &output)
    } catch {
      own.fail(error, &output)
    }
  }

  /// Sends bytes, once the tunnel stands.
  package mutating func send(_ bytes: RawSpan, now: UInt64, output: inout TunnelOutput) {
    own.send(bytes, now: now, &output)
  }

  /// Says, behind everything sent, that there is no more.
  package mutating func finish(now: UInt64, output: inout TunnelOutput) {
    own.finish(now: now, &output)
  }

  /// Says at once that there is no more; what waits for its turn is dropped. Takes nothing any more.
  package mutating func end(now: UInt64, output: inout TunnelOutput) {
    own.end(now: now, &output)
  }

  /// Announces the next key before its time.
  package mutating func rekey(now: UInt64, output: inout TunnelOutput) {
    guard !own.isOver else { return }
    do throws(TunnelFault) {
      try own.records?.rekey(now: now, into: &output)
    } catch {
      own.fail(error, &output)
    }
  }

  /// The responder's side of the connection is closed. Only the end record makes that an end.
  package mutating func inputEnded(output: inout TunnelOutput) {
    guard !own.isOver, !own.hasEnded else { return }
    own.fail(.truncated, &output)
  }

  /// - Parameter isReading: whether the responder's bytes are being read.
  package mutating func handleTimeout(
    now: UInt64, isReading: Bool, output: inout TunnelOutput
  ) {
    own.handleTimeout(now: now, isReading: isReading, &output)
  }

  // MARK: The handshake

  private mutating func initiate(_ output: inout TunnelOutput) throws(TunnelFault) {
    var begun = HandshakeState(
      own.settings.mode, .initiator, keys: own.settings.keys,
      prologue: HandshakeMessage.prologue(
        own.settings.mode, cookie: cookie, name: own.settings.name))
    let message = try begun.write(random: own.settings.random())
    own.noise = consume begun
    output.wire +=
      HandshakeMessage(kind: .initiation, mode: own.settings.mode, body: cookie + message).encoded
  }

  private mutating func handshake(
    now: UInt64, _ output: inout TunnelOutput
  ) throws(TunnelFault) {
    let kinds: [HandshakeMessage.Kind] = wasAskedForCookie ? [.response] : [.cookie, .response]
    let parsed = try HandshakeMessage.parse(own.waiting, kinds: kinds, mode: own.settings.mode)
    guard let message = parsed else { return }
    own.waiting.removeFirst(HandshakeMessage.headBytes + message.body.count)
    guard message.kind == .response else {
      guard own.waiting.isEmpty else { throw .malformed }
      wasAskedForCookie = true
      cookie = message.body
      return try initiate(&output)
    }
    try complete(message.body, now: now, &output)
    // The responder says nothing before it was spoken to.
    guard own.waiting.isEmpty else { throw .malformed }
  }

  private mutating func complete(
    _ response: [UInt8], now: UInt64, _ output: inout TunnelOutput
  ) throws(TunnelFault) {
    guard var begun = own.noise.take() else { throw .malformed }
    guard try begun.read(response).isEmpty else { throw .malformed }
    let stream = TunnelRecords(
      keys: try begun.split(), role: .initiator, settings: own.settings, now: now)
    own.records = stream
    try stream.open(now: now, into: &output)
    try own.open(now: now, &output)
    output.hasOpened = true
  }
}
