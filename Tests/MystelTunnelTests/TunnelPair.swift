import Crypto
import MystelTesting
import MystelTunnel
import MystelWire

/// Both ends of a tunnel, and a wire between them that can be cut anywhere.
struct TunnelPair: ~Copyable {
  var initiator: TunnelInitiator
  var responder: TunnelResponder
  let door: TunnelDoor
  var now: UInt64 = 1_000_000_000_000
  /// What was said, and by whom, since the start.
  var saidByInitiator: [UInt8] = []
  var saidByResponder: [UInt8] = []
  /// What arrived.
  var atInitiator: [UInt8] = []
  var atResponder: [UInt8] = []
  var faults: [TunnelFault] = []
  var initiatorHeardEnd = false
  var responderHeardEnd = false
  /// How many bytes go at a time; 0 for all.
  var segment = 0

  private var forResponder: [UInt8] = []
  private var forInitiator: [UInt8] = []
  private var output = TunnelOutput()

  init(
    _ initiator: TunnelSettings, _ responder: TunnelSettings, door: TunnelDoor? = nil,
    skew: UInt64 = 0
  ) {
    self.door = door ?? TunnelPair.door()
    self.initiator = TunnelInitiator(initiator, now: now &+ skew)
    self.responder = TunnelResponder(
      responder, source: IPAddress(ipv4: 0xC000_0201), door: self.door, now: now)
    self.skew = skew
  }

  /// How far the initiator's clock is ahead.
  let skew: UInt64

  static func door(rate: Int = 1000) -> TunnelDoor {
    TunnelDoor(rate: rate, secret: key("door"), now: 0)
  }

  var isOpen: Bool { initiator.isOpen && responder.isOpen }

  mutating func start() {
    initiator.start(output: &output)
    takeFromInitiator()
    carry()
  }

  mutating func sayToBackend(_ bytes: [UInt8]) {
    initiator.send(bytes.span.bytes, now: now &+ skew, output: &output)
    takeFromInitiator()
  }

  mutating func sayToClient(_ bytes: [UInt8]) {
    responder.send(bytes.span.bytes, now: now, output: &output)
    takeFromResponder()
  }

  mutating func finishInitiator() {
    initiator.finish(now: now &+ skew, output: &output)
    takeFromInitiator()
  }

  mutating func finishResponder() {
    responder.finish(now: now, output: &output)
    takeFromResponder()
  }

  mutating func endResponder() {
    responder.end(now: now, output: &output)
    takeFromResponder()
  }

  mutating func rekey() {
    initiator.rekey(now: now, output: &output)
    takeFromInitiator()
  }

  mutating func pass(milliseconds: UInt64) {
    now += milliseconds * 1_000_000
    initiator.handleTimeout(now: now &+ skew, isReading: true, output: &output)
    takeFromInitiator()
    responder.handleTimeout(now: now, isReading: true, output: &output)
    takeFromResponder()
  }

  mutating func closeInitiator() {
    carry()
    responder.inputEnded(output: &output)
    takeFromResponder()
  }

  mutating func closeResponder() {
    carry()
    initiator.inputEnded(output: &output)
    takeFromInitiator()
  }

  /// Bytes that the initiator never said.
  mutating func inject(toResponder bytes: [UInt8]) {
    forResponder += bytes
    carry()
  }

  /// Carries what was said, both ways, until all is quiet.
  mutating func carry() {
    while !forResponder.isEmpty || !forInitiator.isEmpty {
      let (right, left) = (forResponder, forInitiator)
      (forResponder, forInitiator) = ([], [])
      for part in cuts(right) {
        responder.receive(part.span.bytes, now: now, output: &output)
        takeFromResponder()
      }
      for part in cuts(left) {
        initiator.receive(part.span.bytes, now: now &+ skew, output: &output)
        takeFromInitiator()
      }
    }
  }

  /// What waits to be carried to the responder, which never gets it.
  mutating func intercept() -> [UInt8] {
    defer { forResponder = [] }
    return forResponder
  }

  private func cuts(_ bytes: [UInt8]) -> [[UInt8]] {
    guard segment > 0 else { return bytes.isEmpty ? [] : [bytes] }
    return stride(from: 0, to: bytes.count, by: segment).map {
      Array(bytes[$0..<min($0 + segment, bytes.count)])
    }
  }

  private mutating func takeFromInitiator() {
    saidByInitiator += output.wire
    forResponder += output.wire
    atInitiator += output.plain
    if output.hasEnded { initiatorHeardEnd = true }
    if let fault = output.fault { faults.append(fault) }
    output.reset()
  }

  private mutating func takeFromResponder() {
    saidByResponder += output.wire
    forInitiator += output.wire
    atResponder += output.plain
    if output.hasEnded { responderHeardEnd = true }
    if let fault = output.fault { faults.append(fault) }
    output.reset()
  }
}

// MARK: Settings

extension TunnelSettings {
  /// Both ends' settings, with keys that are the same in every run.
  static func pair(_ mode: NoisePattern, name: String = "public")
    -> (initiator: TunnelSettings, responder: TunnelSettings)
  {
    let gateway = TunnelPrivateKey(key("gateway"))
    let edge = TunnelPrivateKey(key("edge"))
    var initiator = HandshakeState.Keys()
    var responder = HandshakeState.Keys()
    switch mode {
    case .nk: initiator.remote = gateway?.publicKey
    case .ik: (initiator.remote, initiator.own) = (gateway?.publicKey, edge)
    case .nnpsk0: (initiator.preshared, responder.preshared) = (key("psk"), key("psk"))
    }
    if mode != .nnpsk0 { responder.own = gateway }
    var settings = TunnelSettings(mode: mode, name: name, keys: responder) { key("responder") }
    if let edge { settings.peers = [edge.publicKey] }
    return (
      TunnelSettings(mode: mode, name: name, keys: initiator) { key("initiator") }, settings
    )
  }
}

/// 32 bytes that follow from a label.
func key(_ label: String) -> SymmetricKey {
  SymmetricKey(data: SHA256.hash(data: Array("mystel tunnel test: \(label)".utf8)))
}
