import Crypto
import MystelWire

/// The gateway's end of a tunnel, sans-IO: bytes and time are handed in, and what to do is handed
/// back. After a fault it takes no more, and says no more.
package struct TunnelResponder: ~Copyable {
  /// Bytes to be sent that can wait for the handshake; a session says four on its own.
  private static let mostEarly = 64 * 1024

  private let settings: TunnelSettings
  private let source: [UInt8]
  private let door: TunnelDoor
  private let handshakeDeadline: UInt64
  /// What was received of a handshake message that is not whole.
  private var waiting: [UInt8] = []
  private var wasAskedForCookie = false
  private var records: TunnelRecords?
  /// What is sent once the tunnel stands: nothing follows from a first message alone.
  private var early: [UInt8] = []
  private var endsEarly = false
  private var isOver = false
  /// Whether the initiator has shown that its handshake was no replay.
  package private(set) var isOpen = false
  /// Who the initiator has proved to be, in the mode in which it proves anything.
  package private(set) var peer: TunnelPublicKey?

  /// - Parameters:
  ///   - source: where the initiator is, for its cookie.
  ///   - now: nanoseconds of a clock that never goes back.
  package init(
    _ settings: TunnelSettings, source: IPAddress, door: TunnelDoor, now: UInt64
  ) {
    self.settings = settings
    self.source = TunnelResponder.prefix(of: source)
    self.door = door
    handshakeDeadline = now &+ settings.handshakeNanoseconds
  }

  /// When `handleTimeout` wants to be called; every other call may change it.
  package var deadline: UInt64 {
    if isOver { return .max }
    let after = records?.deadline ?? .max
    return isOpen ? after : min(handshakeDeadline, after)
  }

  /// Bytes to be sent that wait for the handshake, or for their turn at a constant rate.
  package var queuedBytes: Int { early.count + (records?.queuedBytes ?? 0) }

  /// Whether the end is sent, and everything before it.
  package var hasSentEnd: Bool { records?.hasSentEnd ?? false }

  /// Takes bytes of the initiator at whatever cut.
  package mutating func receive(
    _ bytes: RawSpan, now: UInt64, output: inout TunnelOutput
  ) {
    guard !isOver else { return }
    do throws(TunnelFault) {
      guard records == nil else {
        try records?.receive(bytes, now: now, into: &output)
        return try tellOpened(now: now, &output)
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
      if early.count > TunnelResponder.mostEarly { fail(.overloaded, &output) }
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
    guard isOpen else { return }
    do throws(TunnelFault) {
      try records?.finish(now: now, into: &output)
    } catch {
      fail(error, &output)
    }
  }

  /// Says at once that there is no more; what waits for its turn is dropped. Takes nothing any more.
  package mutating func end(now: UInt64, output: inout TunnelOutput) {
    guard !isOver else { return }
    isOver = true
    guard isOpen else { return }
    // Where that cannot be said, the connection is cut, and looks it.
    try? records?.end(now: now, into: &output)
  }

  /// The initiator's side of the connection is closed. Only the end record makes that an end.
  package mutating func inputEnded(output: inout TunnelOutput) {
    guard !isOver, records?.hasEnded != true else { return }
    // Whoever never said anything has cut off nothing.
    guard records != nil || !waiting.isEmpty || wasAskedForCookie else {
      output.hasEnded = true
      return
    }
    fail(.truncated, &output)
  }

  /// - Parameter isReading: whether the initiator's bytes are being read.
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

  private mutating func handshake(
    now: UInt64, _ output: inout TunnelOutput
  ) throws(TunnelFault) {
    let parsed = try HandshakeMessage.parse(waiting, kinds: [.initiation], mode: settings.mode)
    guard let message = parsed else { return }
    waiting.removeFirst(HandshakeMessage.headBytes + message.body.count)
    let cookie = Array(message.body.prefix(HandshakeMessage.cookieBytes))
    switch door.ask(cookie: cookie, source: source, now: now) {
    case .comeIn: break
    case .tooMany: throw .overloaded
    case .bringCookie:
      // Once: the answer to it was the cookie.
      guard !wasAskedForCookie, waiting.isEmpty else { throw .overloaded }
      wasAskedForCookie = true
      let fresh = door.cookie(source: source, now: now)
      output.wire += HandshakeMessage(kind: .cookie, mode: settings.mode, body: fresh).encoded
      return
    }
    // Nobody has anything to say before the answer.
    guard waiting.isEmpty else { throw .malformed }
    try answer(message, cookie: cookie, now: now, &output)
  }

  private mutating func answer(
    _ message: HandshakeMessage, cookie: [UInt8], now: UInt64, _ output: inout TunnelOutput
  ) throws(TunnelFault) {
    var noise = HandshakeState(
      settings.mode, .responder, keys: settings.keys,
      prologue: HandshakeMessage.prologue(settings.mode, cookie: cookie, name: settings.name))
    let payload = try noise.read(Array(message.body.dropFirst(HandshakeMessage.cookieBytes)))
    guard payload.isEmpty else { throw .malformed }
    if settings.mode == .ik {
      guard let key = noise.remote, settings.peers.contains(key) else { throw .unknownPeer }
      peer = key
    }
    let response = try noise.write(random: settings.random())
    output.wire +=
      HandshakeMessage(kind: .response, mode: settings.mode, body: response).encoded
    records = TunnelRecords(
      keys: try noise.split(), role: .responder, settings: settings, now: now)
  }

  private mutating func tellOpened(
    now: UInt64, _ output: inout TunnelOutput
  ) throws(TunnelFault) {
    guard output.hasOpened, !isOpen else { return }
    isOpen = true
    let held = early
    if !held.isEmpty { try records?.send(held.span.bytes, now: now, into: &output) }
    early = []
    if endsEarly { try records?.finish(now: now, into: &output) }
  }

  private mutating func fail(_ fault: TunnelFault, _ output: inout TunnelOutput) {
    isOver = true
    records = nil
    (early, waiting) = ([], [])
    output.fault = fault
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
