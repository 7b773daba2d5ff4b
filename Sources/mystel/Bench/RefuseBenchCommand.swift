import ArgumentParser
import MystelCore
import MystelNet
import MystelSim

/// `mystel bench refuse`: a flood of connections from one address, beside players.
struct RefuseBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refuse",
    abstract: "Flood a gateway with one worker from an address beyond its limit, beside players.",
    discussion: """
      Counts connections that were refused, each one seen closed by its client, and how late the \
      event loop gets to its work meanwhile. Everything runs in this process.
      """)

  /// The promise: refused connections a second, and the lateness of the loop in milliseconds.
  private static let refusalsAtLeast = 15_000.0
  private static let lagAtMost = 5.0

  @OptionGroup var flood: FloodOptions
  @OptionGroup var output: BenchOutputOptions

  func run() async throws {
    let measured = try await FloodScene.run(
      flood, openFiles: 2 * RefuseFlood.window + 200, note: output.note, measure)
    try output.finish(report(measured))
  }

  /// What a flood came to.
  private struct Measurement {
    /// How late the loop was, in nanoseconds, before the flood and under it.
    var quiet = Histogram()
    var flooded = Histogram()
    var refused: UInt64 = 0
    var refusedPerSecond = 0.0
    var lostPlayers = 0
    var admission = ""
  }

  /// Measures the loop for a while without a flood, then under one.
  private func measure(_ scene: FloodScene) async throws -> Measurement {
    var measurement = Measurement()
    output.note("measuring without a flood")
    let seconds = flood.seconds
    measurement.quiet =
      try await scene.lag { try await Task.sleep(for: .seconds(seconds)) }.lateness
    output.note("measuring under a flood")
    let connections = RefuseFlood(port: scene.endpoint.port)
    let begin = ContinuousClock.now
    let flooded = try await scene.lag { try await connections.run(seconds: seconds) }
    let elapsed = (ContinuousClock.now - begin) / .seconds(1)
    measurement.flooded = flooded.lateness
    measurement.refused = flooded.result
    measurement.refusedPerSecond = Double(flooded.result) / elapsed
    let snapshot = await scene.gateway.snapshot()
    measurement.admission = snapshot.admission.label
    let counted = [Reason.addressRate, .addressBlocked].reduce(UInt64(0)) {
      $0 + (snapshot.closes[$1] ?? 0)
    }
    guard counted >= flooded.result else {
      throw BenchFailure("\(flooded.result) connections were closed, \(counted) counted as refused")
    }
    measurement.lostPlayers = await scene.leave()
    return measurement
  }

  private func report(_ measured: Measurement) -> BenchReport {
    let lost = Double(measured.lostPlayers)
    let limits = [
      BenchLimit(
        name: "refused connections a second", value: measured.refusedPerSecond,
        limit: Self.refusalsAtLeast, isMinimum: true),
      BenchLimit(
        name: "loop lag p99, ms", value: measured.flooded.quantile(0.99).map { Double($0) / 1e6 },
        limit: Self.lagAtMost),
      BenchLimit(name: "players whose streams are not exact", value: lost, limit: 0),
    ]
    let rows = [
      ("without flood", measured.quiet, 0), ("under flood", measured.flooded, measured.refused),
    ]
    return BenchReport(
      rows: [["", "refused", "lag p50 ms", "p99", "most"]]
        + rows.map { name, lag, refused in
          [name, "\(refused)"]
            + [lag.quantile(0.5), lag.quantile(0.99), lag.maximum].map {
              $0.map { fixed(Double($0) / 1e6, 2) } ?? "-"
            }
        },
      limits: limits,
      notes: ["\(flood.players) players; admission was \(measured.admission) at the end"],
      json: BenchReport.json(
        [
          ("benchmark", .text("refuse")), ("players", .number(Double(flood.players))),
          ("refused", .number(Double(measured.refused))),
          ("admission", .text(measured.admission)),
        ], limits: limits))
  }
}
