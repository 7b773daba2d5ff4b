import Crypto
import MystelTunnel
import MystelWire

/// Both ends of a tunnel, of which the gateway's is timed.
final class TunnelBench {
  private let settings: (client: TunnelSettings, gateway: TunnelSettings)
  private let door: TunnelDoor
  private var initiator: TunnelInitiator
  private var responder: TunnelResponder
  private var output = TunnelOutput()
  private(set) var wireBytes = (request: 0, reply: 0)

  init() throws {
    guard let key = TunnelPrivateKey(SymmetricKey(size: .bits256)) else {
      throw BenchFailure("no key")
    }
    let random: @Sendable () -> SymmetricKey = { SymmetricKey(size: .bits256) }
    settings = (
      TunnelSettings(
        mode: .nk, name: "bench", keys: .init(remote: key.publicKey), random: random),
      TunnelSettings(mode: .nk, name: "bench", keys: .init(own: key), random: random)
    )
    door = TunnelDoor(rate: 1_000_000_000, secret: SymmetricKey(size: .bits256), now: 0)
    initiator = TunnelInitiator(settings.client, now: 0)
    responder = TunnelResponder(
      settings.gateway, source: IPAddress(ipv4: 1), door: door, now: 0)
    initiator.start(output: &output)
    for _ in 0..<2 {
      let toGateway = taken()
      responder.receive(toGateway.span.bytes, now: 0, output: &output)
      let toClient = taken()
      initiator.receive(toClient.span.bytes, now: 0, output: &output)
    }
    guard responder.isOpen else { throw BenchFailure("no tunnel stands") }
  }

  /// Seconds of processor time a round trip takes the gateway's end.
  func roundTrips(_ count: Int, request: Int, reply: Int) throws -> Double {
    let request = [UInt8](repeating: 1, count: request)
    let reply = [UInt8](repeating: 2, count: reply)
    var seconds = 0.0
    // In batches, so that the clock is read rarely.
    for batch in stride(from: 0, to: count, by: 100) {
      let size = min(100, count - batch)
      let records = (0..<size).map { _ in
        initiator.send(request.span.bytes, now: 0, output: &output)
        return taken()
      }
      let start = Self.processorSeconds
      for record in records {
        responder.receive(record.span.bytes, now: 0, output: &output)
        guard output.plain.count == request.count else { throw BenchFailure("a request is lost") }
        output.reset()
        responder.send(reply.span.bytes, now: 0, output: &output)
        wireBytes.reply = output.wire.count
        output.reset()
      }
      seconds += Self.processorSeconds - start
      wireBytes.request = records.last?.count ?? 0
    }
    return seconds / Double(count)
  }

  /// Seconds of processor time that the library takes to open one cell and to seal one.
  static func cipherCalls(_ count: Int) throws -> Double {
    let key = SymmetricKey(size: .bits256)
    var sealer = CipherState(key: key)
    var opener = CipherState(key: key)
    let cell = [UInt8](repeating: 1, count: 128)
    var (sealed, opened): ([UInt8], [UInt8]) = ([], [])
    let start = processorSeconds
    for _ in 0..<count {
      sealed.removeAll(keepingCapacity: true)
      opened.removeAll(keepingCapacity: true)
      try sealer.seal(cell.span.bytes, into: &sealed)
      try opener.open(sealed.span.bytes, into: &opened)
    }
    guard opened == cell else { throw BenchFailure("a cell did not come back") }
    return (processorSeconds - start) / Double(count)
  }

  /// Seconds of processor time a handshake takes the gateway's end.
  func handshakes(_ count: Int) throws -> Double {
    var client = TunnelInitiator(settings.client, now: 0)
    client.start(output: &output)
    let initiation = taken()
    let start = Self.processorSeconds
    for _ in 0..<count {
      var gateway = TunnelResponder(
        settings.gateway, source: IPAddress(ipv4: 1), door: door, now: 0)
      gateway.receive(initiation.span.bytes, now: 0, output: &output)
      guard output.fault == nil, !taken().isEmpty else { throw BenchFailure("no answer") }
    }
    return (Self.processorSeconds - start) / Double(count)
  }

  private func taken() -> [UInt8] {
    defer { output.reset() }
    return output.wire
  }

  private static var processorSeconds: Double { Double(Machine.threadTime()) / 1e9 }
}
