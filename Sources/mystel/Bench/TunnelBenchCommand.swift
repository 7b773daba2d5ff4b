import ArgumentParser
import CLinux
import MystelCore
import MystelSim

/// `mystel bench tunnel`: what the tunnel adds to a gateway's work.
struct TunnelBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tunnel",
    abstract: "Measure what the tunnel adds: a round trip, memory, a handshake, bytes.",
    discussion: """
      The same sessions through a gateway's process with the tunnel and without it, one after the \
      other, several times over; the load generator is the player's end of the tunnel. Then the \
      gateway's end alone, in one thread, without sockets. With --storm: 2,000 handshakes a second that \
      nobody means, beside players.
      """)

  @Option(help: "Bytes of a request, header included.")
  var requestBytes = 43
  @Option(help: "Bytes of a reply, header included.")
  var replyBytes = 100
  @Option(help: "Concurrent sessions.")
  var sessions = 100
  @Option(help: "Requests a second and session.")
  var rate = 40.0
  @Option(help: "Seconds measured with the tunnel and without it, per run.")
  var seconds = 2.0
  @Option(help: "Sessions of the gateways whose memory is compared; 0: it is not.")
  var memorySessions = 2000
  @Option(help: "Round trips per run of the gateway's end alone.")
  var roundTrips = 20_000
  @Option(help: "Handshakes per run of the gateway's end alone.")
  var handshakes = 500
  @Option(help: "Runs.")
  var runs = 7
  @Flag(help: "Measure how late the event loop is under handshakes, in place of the above.")
  var storm = false
  @Option(help: "With --storm: players in the game meanwhile.")
  var players = 100
  @OptionGroup var engine: BenchEngineOption
  @OptionGroup var output: BenchOutputOptions

  func validate() throws {
    try BenchFailure.check("--request-bytes", requestBytes, in: 4...16_384)
    try BenchFailure.check("--reply-bytes", replyBytes, in: 4...65_535)
    try BenchFailure.check("--sessions", sessions, in: 1...9500)
    try BenchFailure.check("--rate", rate, in: 0.1...10_000)
    try BenchFailure.check("--seconds", seconds, in: 0.1...600)
    try BenchFailure.check("--memory-sessions", memorySessions, in: 0...9500)
    try BenchFailure.check("--round-trips", roundTrips, in: 1...10_000_000)
    try BenchFailure.check("--handshakes", handshakes, in: 1...1_000_000)
    try BenchFailure.check("--runs", runs, in: 1...1000)
    try BenchFailure.check("--players", players, in: 1...500)
  }

  func run() async throws {
    guard !storm else {
      let storm = TunnelStorm(
        players: players, seconds: max(1, Int(seconds.rounded(.up))), engine: engine.engine,
        note: output.note)
      return try output.finish(await storm.report())
    }
    clinux_catch_interrupts()
    try Machine.needOpenFiles(2 * max(sessions, memorySessions) + 64)
    try output.finish(report())
  }

  private func report() throws -> BenchReport {
    let comparison = TunnelComparison(
      engine: engine.engine,
      traffic: LoadTraffic(requestBytes: requestBytes, replyBytes: replyBytes),
      sessions: sessions, rate: rate, seconds: seconds, memorySessions: memorySessions)
    let found = try comparison.run(runs, note: output.note)
    var trips: [Double] = []
    var calls: [Double] = []
    var shakes: [Double] = []
    var bytes = (request: 0, reply: 0)
    for _ in 0..<runs {
      try Machine.checkInterrupt()
      let bench = try TunnelBench()
      try trips.append(
        bench.roundTrips(roundTrips, request: requestBytes, reply: replyBytes) * 1e6)
      bytes = bench.wireBytes
      try calls.append(TunnelBench.cipherCalls(roundTrips) * 1e6)
      try shakes.append(bench.handshakes(handshakes) * 1e6)
    }
    return BenchReport(
      rows: found.rows + [
        [],
        ["the gateway's end alone, median [least-most]", "us"],
        ["round trip: \(requestBytes) bytes opened, \(replyBytes) sealed", text(trips)],
        ["of that: swift-crypto, one cell opened, one sealed", text(calls)],
        ["handshake (nk)", text(shakes)],
        [],
        ["bytes on the wire", "plain", "tunnel", "more"],
        ["request", "\(requestBytes)", "\(bytes.request)", "\(bytes.request - requestBytes)"],
        ["reply", "\(replyBytes)", "\(bytes.reply)", "\(bytes.reply - replyBytes)"],
      ],
      limits: found.limits, notes: found.notes,
      json: BenchReport.json(
        [
          ("benchmark", .text("tunnel")), ("engine", .text(engine.engine.rawValue)),
          ("compared", found.json),
          ("roundTripMicroseconds", Spread(trips)?.json ?? .null),
          ("cipherCallsMicroseconds", Spread(calls)?.json ?? .null),
          ("handshakeMicroseconds", Spread(shakes)?.json ?? .null),
          ("requestWireBytes", .number(Double(bytes.request))),
          ("replyWireBytes", .number(Double(bytes.reply))),
        ], limits: found.limits))
  }

  private func text(_ values: [Double]) -> String { Spread(values)?.text(2) ?? "-" }
}
