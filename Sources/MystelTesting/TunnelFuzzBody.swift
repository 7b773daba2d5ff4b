import Crypto
import MystelTunnel
import MystelWire

/// Feeds arbitrary bytes to both ends of a tunnel before it stands, and checks what must hold.
///
/// Traps on a violation, as a fuzz body must. The first byte chooses the mode and the end.
package func fuzzTunnelHandshake(_ input: [UInt8]) {
  guard let choice = input.first else { return }
  let bytes = Array(input.dropFirst())
  let (first, second) = TunnelFuzz.settings(TunnelFuzz.mode(choice))
  for step in [max(1, bytes.count), 1, 7] {
    var said = 0
    var output = TunnelOutput()
    var responder = TunnelFuzz.responder(second)
    var initiator = TunnelInitiator(first, now: 0)
    responder.send(([1, 0, 0, 0] as [UInt8]).span.bytes, now: 0, output: &output)
    precondition(output.wire.isEmpty, "speaks first")
    initiator.start(output: &output)
    output.reset()
    var hasFailed = false
    for start in stride(from: 0, to: bytes.count, by: step) {
      let part = bytes.span.bytes.extracting(start..<min(start + step, bytes.count))
      if choice & 4 == 0 {
        responder.receive(part, now: 0, output: &output)
      } else {
        initiator.receive(part, now: 0, output: &output)
      }
      if hasFailed {
        precondition(
          output.wire.isEmpty && output.plain.isEmpty && !output.hasOpened, "goes on after a fault")
      }
      hasFailed = hasFailed || output.fault != nil
      said += output.wire.count
      if choice & 4 == 0, !output.hasOpened, !responder.isOpen {
        precondition(said <= start + step, "says more than it heard before the tunnel stands")
        precondition(output.plain.isEmpty, "hands out what came before the tunnel stood")
      }
      output.reset()
    }
  }
}

/// Plays a script in a tunnel that stands: what arrives must be what was said, up to where somebody on
/// the way meddled, and nothing after that.
///
/// Two bytes a step: what to do, and how much of it.
package func fuzzTunnelRecords(_ script: [UInt8]) {
  guard let choice = script.first else { return }
  var fuzz = TunnelFuzz(TunnelFuzz.mode(choice))
  for start in stride(from: 1, to: script.count - 1, by: 2) {
    fuzz.step(script[start], Int(script[start + 1]))
  }
  fuzz.carry(segment: 0)
  fuzz.check()
}

struct TunnelFuzz: ~Copyable {
  private var initiator: TunnelInitiator
  private var responder: TunnelResponder
  private var output = TunnelOutput()
  private var now: UInt64 = 0
  private var said: [UInt8] = []
  private var arrived: [UInt8] = []
  private var underWay: [UInt8] = []
  private var isMeddledWith = false
  private var hasFailed = false

  fileprivate init(_ mode: NoisePattern) {
    var (first, second) = TunnelFuzz.settings(mode)
    first.limits.records = 8
    second.limits.records = 8
    initiator = TunnelInitiator(first, now: 0)
    responder = TunnelFuzz.responder(second)
    initiator.start(output: &output)
    let hello = output.wire
    output.reset()
    responder.receive(hello.span.bytes, now: 0, output: &output)
    let answer = output.wire
    output.reset()
    initiator.receive(answer.span.bytes, now: 0, output: &output)
    underWay = output.wire
    output.reset()
    carry(segment: 0)
    precondition(initiator.isOpen && responder.isOpen, "the tunnel does not stand")
  }

  fileprivate mutating func step(_ action: UInt8, _ amount: Int) {
    switch action % 8 {
    case 0, 1:
      let content = [UInt8](repeating: UInt8(truncatingIfNeeded: said.count), count: amount * 3)
      said += content
      initiator.send(content.span.bytes, now: now, output: &output)
      underWay += output.wire
      output.reset()
    case 2:
      initiator.rekey(now: now, output: &output)
      underWay += output.wire
      output.reset()
    case 3: carry(segment: amount)
    case 4 where !underWay.isEmpty:
      underWay[amount * 7 % underWay.count] ^= 1 << (action >> 5)
      isMeddledWith = true
    case 5 where !underWay.isEmpty:
      underWay.removeSubrange(0..<min(amount + 1, underWay.count))
      isMeddledWith = true
    case 6:
      underWay += underWay.prefix(144 * (amount % 4 + 1))
      isMeddledWith = isMeddledWith || !underWay.isEmpty
    default:
      now += UInt64(amount) * 10_000_000_000
      // A tunnel in which nothing is under way is never late.
      responder.handleTimeout(now: now, isReading: isMeddledWith, output: &output)
      take()
    }
  }

  fileprivate mutating func carry(segment: Int) {
    let size = segment == 0 ? max(1, underWay.count) : segment
    let bytes = underWay
    underWay = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      responder.receive(
        bytes.span.bytes.extracting(start..<min(start + size, bytes.count)), now: now,
        output: &output)
      take()
    }
  }

  private mutating func take() {
    precondition(!hasFailed || output.plain.isEmpty, "hands out bytes after a fault")
    arrived += output.plain
    if output.fault != nil {
      precondition(isMeddledWith, "an honest tunnel fails")
      hasFailed = true
    }
    output.reset()
  }

  fileprivate func check() {
    precondition(said.starts(with: arrived), "something arrived that was not said")
    precondition(isMeddledWith || arrived == said, "something did not arrive")
  }

  // MARK: Both ends' settings

  fileprivate static func mode(_ choice: UInt8) -> NoisePattern {
    NoisePattern.allCases[Int(choice & 3) % NoisePattern.allCases.count]
  }

  fileprivate static func settings(_ mode: NoisePattern) -> (TunnelSettings, TunnelSettings) {
    let gateway = TunnelPrivateKey(secret(1))
    var (first, second) = (HandshakeState.Keys(), HandshakeState.Keys())
    switch mode {
    case .nk: (first.remote, second.own) = (gateway?.publicKey, gateway)
    case .ik:
      (first.remote, second.own) = (gateway?.publicKey, gateway)
      first.own = TunnelPrivateKey(secret(2))
    case .nnpsk0: (first.preshared, second.preshared) = (secret(3), secret(3))
    }
    var settings = TunnelSettings(mode: mode, name: "public", keys: second) { secret(4) }
    if let key = first.own?.publicKey { settings.peers = [key] }
    return (TunnelSettings(mode: mode, name: "public", keys: first) { secret(5) }, settings)
  }

  fileprivate static func responder(_ settings: TunnelSettings) -> TunnelResponder {
    TunnelResponder(
      settings, source: IPAddress(ipv4: 0xC000_0201),
      door: TunnelDoor(secret: secret(6), now: 0), now: 0)
  }

  private static func secret(_ number: UInt8) -> SymmetricKey {
    SymmetricKey(data: [UInt8](repeating: number, count: 32))
  }
}
