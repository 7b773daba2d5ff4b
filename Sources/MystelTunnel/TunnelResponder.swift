import Crypto
import MystelWire

/// The gateway's end of a tunnel, sans-IO: bytes and time are handed in, and what to do is handed
/// back. After a fault it takes no more, and says no more.
package struct TunnelResponder: ~Copyable {
  /// Bytes to be sent that can wait for the handshake; a session says four on its own, and a server
  /// nothing, since it is not asked before.
  private static let mostEarly = 64 * 1024

  private var own: TunnelEnd
  private let source: [UInt8]
  private let door: TunnelDoor
  private var wasAskedForCookie = false
  /// Who the initiator has proved to be, in the mode in which it proves anything.
  package private(set) var peer: TunnelPublicKey?

  /// - Parameters:
  ///   - source: where the initiator is, for its cookie.
  ///   - now: nanoseconds of a clock that never goes back.
  package init(
    _ settings: TunnelSettings, source: IPAddress, door: TunnelDoor, now: UInt64
  ) {
    own = TunnelEnd(settings, mostEarly: TunnelResponder.mostEarly, now: now)
    self.source = TunnelResponder.prefix(of: source)
    self.door = door
  }

  /// Whether the initiator has shown that its handshake was no replay: nothing follows from a first
  /// message alone.
  package var isOpen: Bool { own.isOpen }

  /// When `handleTimeout` wants to be called; every other call may change it.
  package var deadline: UInt64 { own.deadline }

  /// Bytes to be sent that wait for the handshake, or for their turn at a constant rate.
  package var queuedBytes: Int { own.queuedBytes }

  /// Whether the end is sent, and everything before it.
  package var hasSentEnd: Bool { own.hasSentEnd }

  /// Takes bytes of the initiator at whatever cut.
  package mutating func receive(
    _ bytes: RawSpan, now: UInt64, output: inout TunnelOutput
  ) {
    guard !own.isOver else { return }
    do throws(TunnelFault) {
      guard own.records == nil else {
        try own.records?.receive(bytes, now: now, into: &output)
        if output.hasOpened, !isOpen { try own.open(now: now, &output) }
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

  /// The initiator's side of the connection is closed. Only the end record makes that an end.
  package mutating func inputEnded(output: inout TunnelOutput) {
    guard !own.isOver, !own.hasEnded else { return }
    // Whoever never said anything has cut off nothing.
    guard own.records != nil || !own.waiting.isEmpty || wasAskedForCookie else {
      output.hasEnded = true
      return
    }
    own.fail(.truncated, &output)
  }

  /// - Parameter isReading: whether the initiator's bytes are being read.
  package mutating func handleTimeout(
    now: UInt64, isReading: Bool, output: inout TunnelOutput
  ) {
    own.handleTimeout(now: now, isReading: isReading, &output)
  }

  // MARK: The handshake

  private mutating func handshake(
    now: UInt64, _ output: inout TunnelOutput
  ) throws(TunnelFault) {
    let parsed = try HandshakeMessage.parse(
      own.waiting, kinds: [.initiation], mode: own.settings.mode)
    guard let message = parsed else { return }
    own.waiting.removeFirst(HandshakeMessage.headBytes + message.body.count)
    let cookie = Array(message.body.prefix(HandshakeMessage.cookieBytes))
    switch door.ask(cookie: cookie, source: source, now: now) {
    case .comeIn: break
    case .tooMany: throw .overloaded
    case .bringCookie:
      // Once: the answer to it was the cookie.
      guard !wasAskedForCookie, own.waiting.isEmpty else { throw .overloaded }
      wasAskedForCookie = true
      output.asksForCookie = true
      let fresh = door.cookie(source: source, now: now)
      output.wire += HandshakeMessage(kind: .cookie, mode: own.settings.mode, body: fresh).encoded
      return
    }
    // Nobody has anything to say before the answer.
    guard own.waiting.isEmpty else { throw .malformed }
    try answer(message, cookie: cookie, now: now, &output)
  }

  private mutating func answer(
    _ message: HandshakeMessage, cookie: [UInt8], now: UInt64, _ output: inout TunnelOutput
  ) throws(TunnelFault) {
    var noise = HandshakeState(
      own.settings.mode, .responder, keys: own.settings.keys,
      prologue: HandshakeMessage.prologue(
        own.settings.mode, cookie: cookie, name: own.settings.name))
    let payload = try noise.read(Array(message.body.dropFirst(HandshakeMessage.cookieBytes)))
    guard payload.isEmpty else { throw .malformed }
    if own.settings.mode == .ik {
      guard let key = noise.remote, own.settings.peers.contains(key) else { throw .unknownPeer }
      peer = key
    }
    let response = try noise.write(random: own.settings.random())
    output.wire +=
      HandshakeMessage(kind: .response, mode: own.settings.mode, body: response).encoded
    own.records = TunnelRecords(
      keys: try noise.split(), role: .responder, settings: own.settings, now: now)
  }

  /// Cookies are good for a network: /24 of IPv4, /64 of IPv6.
  private static func prefix(of source: IPAddress) -> [UInt8] {
    let address = source.canonical
    let isIPv4 = address.family == .ipv4
    let network = AddressPrefix(containing: address, length: isIPv4 ? 24 : 64).address
    var bytes: [UInt8] = [isIPv4 ? 4 : 6]
    withUnsafeBytes(of: network.high.bigEndian) { bytes += $0 }
    withUnsafeBytes(of: network.low.bigEndian) { bytes += $0 }
    return bytes
  }
}
