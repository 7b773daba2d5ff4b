import ArgumentParser
import CLinux
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

  @Option(help: "Players in the game meanwhile.")
  var players = 200
  @Option(help: "Seconds of flood.")
  var seconds = 10
  @OptionGroup var output: BenchOutputOptions

  func validate() throws {
    try BenchFailure.check("--players", players, in: 1...500)
    try BenchFailure.check("--seconds", seconds, in: 1...600)
  }

  func run() async throws {
    clinux_catch_interrupts()
    try Machine.needOpenFiles(players * 6 + 2 * RefuseFlood.window + 200)
    let scene = try await RefuseScene(players: players, note: output.note)
    let measured: RefuseScene.Measurement
    do {
      measured = try await scene.measure(seconds: seconds)
    } catch {
      await scene.stop()
      throw error
    }
    await scene.stop()
    try output.finish(report(measured))
  }

  private func report(_ measured: RefuseScene.Measurement) -> BenchReport {
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
      notes: ["\(players) players; admission was \(measured.admission) at the end"],
      json: BenchReport.json(
        [
          ("benchmark", .text("refuse")), ("players", .number(Double(players))),
          ("refused", .number(Double(measured.refused))),
          ("admission", .text(measured.admission)),
        ], limits: limits))
  }
}
