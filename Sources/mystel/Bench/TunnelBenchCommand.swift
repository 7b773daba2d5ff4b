import ArgumentParser
import CLinux
import Crypto
import MystelSim
import MystelTunnel
import MystelWire

/// `mystel bench tunnel`: what the tunnel adds to a gateway's work.
struct TunnelBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tunnel",
    abstract: "Measure what the tunnel adds: a round trip, a handshake, bytes.",
    discussion: """
      Processor time of the gateway's end alone, in one thread: a round trip is one request opened and \
      one reply sealed. Sockets and packets cost what they cost without the tunnel, and are not in it.
      """)

  /// The promised cost of a round trip, in microseconds.
  private static let roundTripLimit = 6.0

  @Option(help: "Bytes of a request, header included.")
  var requestBytes = 43
  @Option(help: "Bytes of a reply, header included.")
  var replyBytes = 100
  @Option(help: "Round trips per run.")
  var roundTrips = 20_000
  @Option(help: "Handshakes per run.")
  var handshakes = 500
  @Option(help: "Runs.")
  var runs = 5
  @OptionGroup var output: BenchOutputOptions

  func validate() throws {
    try BenchFailure.check("--request-bytes", requestBytes, in: 1...65_536)
    try BenchFailure.check("--reply-bytes", replyBytes, in: 1...65_536)
    try BenchFailure.check("--round-trips", roundTrips, in: 1...10_000_000)
    try BenchFailure.check("--handshakes", handshakes, in: 1...1_000_000)
    try BenchFailure.check("--runs", runs, in: 1...1000)
  }

  func run() throws {
    clinux_catch_interrupts()
    _ = try Machine.divideCores()
    var trips: [Double] = []
    var shakes: [Double] = []
    var bytes = (request: 0, reply: 0)
    for _ in 0..<runs {
      try Machine.checkInterrupt()
      let bench = try TunnelBench()
      try trips.append(
        bench.roundTrips(roundTrips, request: requestBytes, reply: replyBytes) * 1e6)
      bytes = bench.wireBytes
      try shakes.append(bench.handshakes(handshakes) * 1e6)
    }
    try output.finish(report(trips, shakes, bytes))
  }

  private func report(
    _ trips: [Double], _ shakes: [Double], _ bytes: (request: Int, reply: Int)
  ) -> BenchReport {
    let limits = [
      BenchLimit(
        name: "microseconds a round trip", value: Spread(trips)?.median,
        limit: Self.roundTripLimit)
    ]
    return BenchReport(
      rows: [
        ["median [least-most]", "us"],
        ["round trip: \(requestBytes) bytes opened, \(replyBytes) sealed", text(trips)],
        ["handshake (nk), at the gateway", text(shakes)],
        ["request of \(requestBytes) bytes, bytes on the wire", "\(bytes.request)"],
        ["reply of \(replyBytes) bytes, bytes on the wire", "\(bytes.reply)"],
      ],
      limits: limits,
      json: BenchReport.json(
        [
          ("benchmark", .text("tunnel")),
          ("roundTripMicroseconds", Spread(trips)?.json ?? .null),
          ("handshakeMicroseconds", Spread(shakes)?.json ?? .null),
          ("requestWireBytes", .number(Double(bytes.request))),
          ("replyWireBytes", .number(Double(bytes.reply))),
        ], limits: limits))
  }

  private func text(_ values: [Double]) -> String { Spread(values)?.text(2) ?? "-" }
}

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
