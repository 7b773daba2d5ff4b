import ArgumentParser
import MystelCore
import MystelSim
import MystelTunnel
import NIOPosix

/// Handshakes of tunnels that nobody means, beside players: what becomes of these.
struct TunnelStorm {
  /// The promise: milliseconds of lateness under so many handshakes a second.
  private static let lagAtMost = 50.0
  static let perSecond = 2000.0

  let players: Int
  let seconds: Int
  let engine: Configuration.Engine
  let note: @Sendable (String) -> Void

  private struct Measurement {
    var quiet = Histogram()
    var flooded = Histogram()
    var counts = TunnelFlood.Counts()
    var lostPlayers = 0
  }

  func report() async throws -> BenchReport {
    let directory = try TemporaryDirectory()
    let tunnel = try BenchTunnel(name: "tunnel", directory: directory.path)
    let found = try await FloodScene.run(
      players: players, engine: engine, openFiles: 2 * TunnelFlood.window + 200,
      tunnel: tunnel.gateway, note: note
    ) { try await measure($0, tunnel) }
    return report(found)
  }

  private func measure(_ scene: FloodScene, _ tunnel: BenchTunnel) async throws -> Measurement {
    guard let port = scene.gateway.endpoints["tunnel"]?.port else {
      throw BenchFailure("the gateway has no endpoint for tunnels")
    }
    var measurement = Measurement()
    note("measuring without handshakes")
    let seconds = seconds
    measurement.quiet =
      try await scene.lag { try await Task.sleep(for: .seconds(seconds)) }.lateness
    note("measuring under handshakes")
    let flood = TunnelFlood(port: port, settings: tunnel.players)
    let flooded = try await scene.lag { try await flood.run(seconds: seconds) }
    measurement.flooded = flooded.lateness
    measurement.counts = flooded.result
    measurement.lostPlayers = await scene.leave()
    return measurement
  }

  private func report(_ measured: Measurement) -> BenchReport {
    let counts = measured.counts
    let sent = Double(counts.sent) / Double(seconds)
    let limits = [
      BenchLimit(
        name: "handshakes a second", value: sent, limit: 0.95 * Self.perSecond, isMinimum: true),
      BenchLimit(
        name: "loop lag p99, ms", value: measured.flooded.quantile(0.99).map { Double($0) / 1e6 },
        limit: Self.lagAtMost),
      BenchLimit(
        name: "players whose streams are not exact", value: Double(measured.lostPlayers), limit: 0),
    ]
    return BenchReport(
      rows: BenchReport.lagRows(
        "engine \(engine.rawValue)",
        [("without handshakes", measured.quiet), ("under handshakes", measured.flooded)]),
      limits: limits,
      notes: [
        """
        \(players) players; \(fixed(sent, 0)) handshakes a second: \(counts.answered) answered, \
        \(counts.cookies) asked for a cookie, \(counts.others) closed or not answered in time
        """
      ],
      json: BenchReport.json(
        [
          ("benchmark", .text("tunnel storm")), ("engine", .text(engine.rawValue)),
          ("players", .number(Double(players))), ("handshakesPerSecond", .number(sent)),
          ("answered", .number(Double(counts.answered))),
          ("cookies", .number(Double(counts.cookies))), ("others", .number(Double(counts.others))),
        ], limits: limits))
  }
}

/// Opens connections at a rate, and says the first message of a handshake on each: always the same
/// one, with a good cookie once it has one, so that it costs the gateway all and the flood nothing.
struct TunnelFlood: Sendable {
  /// Connections open at a time.
  static let window = 512

  struct Counts: Sendable {
    var sent: UInt64 = 0
    var answered: UInt64 = 0
    var cookies: UInt64 = 0
    var others: UInt64 = 0
  }

  let port: UInt16
  let settings: TunnelSettings

  func run(seconds: Int) async throws -> Counts {
    try await NIOThreadPool.singleton.runIfActive { try flood(seconds: seconds) }
  }

  private func flood(seconds: Int) throws -> Counts {
    var initiator = TunnelInitiator(settings, now: Machine.now())
    var output = TunnelOutput()
    initiator.start(output: &output)
    var message = output.wire
    var hasCookie = false
    output.reset()
    var counts = Counts()
    var open: [Socket?] = Array(repeating: nil, count: Self.window)
    defer { for socket in open { socket?.reset() } }
    var buffer = [UInt8](repeating: 0, count: 64)
    var schedule = LoadSchedule(rate: TunnelStorm.perSecond)
    let end = Machine.now() + UInt64(seconds) * 1_000_000_000
    schedule.resume(at: Machine.now())
    while Machine.now() < end {
      try Machine.checkInterrupt()
      guard let (number, _) = schedule.next(now: Machine.now()) else {
        try Machine.sleep(milliseconds: 1)
        continue
      }
      let at = Int(number % UInt64(Self.window))
      if let oldest = open[at] {
        let received = oldest.receive(into: &buffer, limit: buffer.count)
        count(received, buffer, &counts)
        if case .bytes(let length) = received, buffer[1] == 2, !hasCookie {
          initiator.receive(
            buffer.span.extracting(first: length).bytes, now: Machine.now(), output: &output)
          if !output.wire.isEmpty { (message, hasCookie) = (output.wire, true) }
          output.reset()
        }
        oldest.reset()
      }
      // From 200 addresses, all in one network, whose cookie is one.
      open[at] = try? Socket.connection(to: port, fromHost: UInt8(50 + number % 200))
      // A connection on loopback stands at once, and takes so little at once.
      if open[at]?.transmit(message.span) == message.count { counts.sent += 1 }
    }
    return counts
  }

  private func count(_ received: Socket.Transfer, _ buffer: [UInt8], _ counts: inout Counts) {
    switch received {
    case .bytes where buffer[1] == 3: counts.answered += 1
    case .bytes: counts.cookies += 1
    case .closed, .wouldBlock: counts.others += 1
    }
  }
}
