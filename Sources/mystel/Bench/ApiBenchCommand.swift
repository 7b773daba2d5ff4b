import ArgumentParser
import Logging
import MystelCore
import MystelNet
import MystelSim
import MystelStore

/// `mystel bench api`: a flood of requests to the management server, beside players.
struct ApiBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "api",
    abstract: "Flood the management server of a gateway with one worker, beside players.",
    discussion: """
      As many threads as there are cores ask as fast as they are answered, \(ApiFlood.streams) event \
      streams and \(ApiFlood.slowReaders) clients that do not read beside them; their threads give way to \
      the gateway's, as if they ran elsewhere. Measures how late the event loop of the players gets to its \
      work meanwhile, and whether the time for a wrong token tells how much of it is right. Everything runs in this process.
      """)

  /// The promise: the lateness of the loop in milliseconds.
  private static let lagAtMost = 5.0

  @OptionGroup var flood: FloodOptions
  @OptionGroup var output: BenchOutputOptions

  private struct Measurement {
    var quiet = Histogram()
    var flooded = Histogram()
    var flood = ApiFlood.Outcome()
    var lostPlayers = 0
    /// Of tokens that are wrong early and late.
    var welch = 0.0
  }

  func run() async throws {
    let measured = try await FloodScene.run(
      flood, openFiles: 2 * ApiFlood.streams + 300, note: output.note, measure)
    try output.finish(report(measured))
  }

  private func measure(_ scene: FloodScene) async throws -> Measurement {
    let logger = Logger(label: "mystel.bench", factory: { _ in SwiftLogNoOpLogHandler() })
    let reputation = Reputation(
      settings: scene.configuration.reputation, protected: [], path: nil, seed: 1, logger: logger)
    let desk = try await DemoDesk.open(
      scene.gateway, reputation, scene.configuration, logger: logger)
    var measurement = Measurement()
    let seconds = flood.seconds
    output.note("measuring without a flood")
    measurement.quiet =
      try await scene.lag { try await Task.sleep(for: .seconds(seconds)) }.lateness
    output.note("measuring under a flood")
    let requests = ApiFlood(port: desk.port, token: desk.token)
    (measurement.flooded, measurement.flood) = try await scene.lag {
      try await requests.run(seconds: seconds)
    }
    await desk.close()
    output.note("timing wrong tokens")
    measurement.welch = try TokenTiming.welch()
    measurement.lostPlayers = await scene.leave()
    return measurement
  }

  private func report(_ measured: Measurement) -> BenchReport {
    let limits = [
      BenchLimit(
        name: "loop lag p99, ms", value: measured.flooded.quantile(0.99).map { Double($0) / 1e6 },
        limit: Self.lagAtMost),
      BenchLimit(
        name: "requests answered a second",
        value: Double(measured.flood.answered) / Double(flood.seconds), limit: 100, isMinimum: true),
      BenchLimit(
        name: "token timing, |t| of Welch's test", value: abs(measured.welch), limit: 4.5),
      BenchLimit(
        name: "players whose streams are not exact", value: Double(measured.lostPlayers), limit: 0),
    ]
    return BenchReport(
      rows: BenchReport.lagRows(
        "", [("without flood", measured.quiet), ("under flood", measured.flooded)]),
      limits: limits,
      notes: [
        """
        \(flood.players) players; \(measured.flood.answered) requests answered, \(measured.flood.refused) \
        clients and streams refused
        """
      ],
      json: BenchReport.json(
        [
          ("benchmark", .text("api")), ("players", .number(Double(flood.players))),
          ("answered", .number(Double(measured.flood.answered))),
          ("refused", .number(Double(measured.flood.refused))),
        ], limits: limits))
  }
}
