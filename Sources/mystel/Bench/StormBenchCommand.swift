import ArgumentParser
import CLinux
import Dispatch
import Logging
import MystelConfig
import MystelCore
import MystelNet
import MystelSim
import MystelWire

/// `mystel bench storm`: everybody comes at once.
struct StormBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "storm",
    abstract: "Open sessions through a gateway with one worker as fast as it goes.",
    discussion: """
      Each session exchanges its keys, has the key schedule run, and is admitted by the server; then all \
      are broken off, and the next run begins. Keys of clients and server are made beforehand. Measures \
      sessions a second, and how late the event loop gets to its work meanwhile. Everything runs in this \
      process.
      """)

  /// The promise: sessions a second, and the lateness of the loop in milliseconds.
  private static let sessionsAtLeast = 4000.0
  private static let lagAtMost = 5.0

  @Option(help: "Sessions of a run.")
  var sessions = 3000
  @Option(help: "Runs.")
  var runs = 7
  @OptionGroup var engine: BenchEngineOption
  @OptionGroup var output: BenchOutputOptions

  func validate() throws {
    try BenchFailure.check("--sessions", sessions, in: 1...20_000)
    try BenchFailure.check("--runs", runs, in: 1...100)
  }

  private struct Run: Sendable {
    var perSecond: Double
    var lateness: Histogram
    /// Share of the time that the generator was on a processor.
    var generatorShare: Double
  }

  func run() async throws {
    clinux_catch_interrupts()
    // Both ends of a session, and the gateway's two.
    try Machine.needOpenFiles(4 * sessions + 200)
    var found: [Run] = []
    for number in 0..<runs {
      let run = try await storm()
      output.note("run \(number + 1)/\(runs): \(fixed(run.perSecond, 0)) sessions/s")
      found.append(run)
    }
    try output.finish(report(found))
  }

  private func storm() async throws -> Run {
    let crowd = StormCrowd(
      LoadGenerator.Plan(
        sessions: sessions, traffic: LoadTraffic(requestBytes: 43, replyBytes: 100)))
    let gateway = try Gateway(
      configuration: configuration(backendPort: try await crowd.prepare()),
      inspection: try InspectionLoader.load(Configuration.Inspection()).policy,
      logger: Logger(label: "mystel.bench") { _ in SwiftLogNoOpLogHandler() })
    let result: Result<Run, any Error>
    do {
      try await gateway.start()
      guard let endpoint = gateway.endpoints["bench"] else {
        throw BenchFailure("the gateway has no endpoint")
      }
      let measured = try await gateway.lag { try await crowd.come(to: endpoint.port) }
      var lateness = Histogram()
      for value in measured.lateness { lateness.record(value) }
      let elapsed = Double(measured.result.elapsed)
      result = .success(
        Run(
          perSecond: Double(sessions) / elapsed * 1e9, lateness: lateness,
          generatorShare: Double(measured.result.own) / elapsed))
    } catch {
      result = .failure(error)
    }
    await crowd.leave()
    await gateway.drain(grace: .zero)
    await gateway.shutdown()
    return try result.get()
  }

  private func configuration(backendPort: UInt16) -> Configuration {
    let backend = Endpoint(IPAddress(ipv4: 0x7f00_0001), port: backendPort)
    var configuration = Configuration.bench(
      engine.engine, backend: backend, build: LoadTraffic.build)
    // All come from one address.
    configuration.limits.sources.address.mode = .off
    configuration.limits.sources.prefix.mode = .off
    configuration.limits.sources.gateway.mode = .off
    configuration.admission.mode = .off
    return configuration
  }

  private func report(_ runs: [Run]) -> BenchReport {
    let perSecond = Spread(runs.map(\.perSecond))
    func lag(_ quantile: Double) -> Spread? {
      Spread(runs.compactMap { $0.lateness.quantile(quantile).map { Double($0) / 1e6 } })
    }
    let (median, p99) = (lag(0.5), lag(0.99))
    let share = Spread(runs.map(\.generatorShare))
    let limits = [
      BenchLimit(
        name: "sessions a second", value: perSecond?.median, limit: Self.sessionsAtLeast,
        isMinimum: true),
      BenchLimit(name: "loop lag p99, ms", value: p99?.median, limit: Self.lagAtMost),
    ]
    return BenchReport(
      rows: [
        ["median [least-most]", "sessions/s", "lag p50 ms", "p99", "generator busy"],
        ["engine \(engine.engine.rawValue)"]
          + [(perSecond, 0), (median, 2), (p99, 2), (share, 2)].map { spread, digits in
            spread?.text(digits) ?? "-"
          },
      ],
      limits: limits, notes: ["", "\(sessions) sessions a run, \(runs.count) runs"],
      json: BenchReport.json(
        [
          ("benchmark", .text("storm")), ("engine", .text(engine.engine.rawValue)),
          ("sessions", .number(Double(sessions))),
          ("sessionsPerSecond", perSecond?.json ?? .null),
          ("lagP99Milliseconds", p99?.json ?? .null), ("generatorShare", share?.json ?? .null),
        ], limits: limits))
  }
}

/// Everybody who comes, and the server, on a thread of their own: a generator never waits for anybody.
///
/// Its generator is touched on that thread alone, on which the unchecked conformance rests.
private final class StormCrowd: @unchecked Sendable {
  private let plan: LoadGenerator.Plan
  private let thread = DispatchQueue(label: "mystel.bench.storm")
  private var generator: LoadGenerator?

  init(_ plan: LoadGenerator.Plan) { self.plan = plan }

  /// Makes all keys. - Returns: the port of the server.
  func prepare() async throws -> UInt16 {
    try await onThread { [self] in
      let generator = try LoadGenerator(plan)
      let port = generator.backendPort
      self.generator = consume generator
      return port
    }
  }

  /// Opens all sessions. - Returns: how long that took, and the thread's own time, in nanoseconds.
  func come(to port: UInt16) async throws -> (elapsed: UInt64, own: UInt64) {
    try await onThread { [self] in
      let (start, ownStart) = (Machine.now(), Machine.threadTime())
      try generator?.open(through: port)
      return (Machine.now() - start, Machine.threadTime() - ownStart)
    }
  }

  func leave() async {
    try? await onThread { [self] in generator = nil }
  }

  private func onThread<Result: Sendable>(
    _ work: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      thread.async { continuation.resume(with: Swift.Result { try work() }) }
    }
  }
}
