import MystelCore
import MystelSim

/// The same sessions through a gateway's process with the tunnel and without it.
struct TunnelComparison {
  /// What the tunnel may add: to the gateway's processor time of a round trip, in microseconds; to
  /// the 99th percentile of latency, in milliseconds; and to a session's memory, in KiB.
  private static let processorLimit = 6.0
  private static let p99Limit = 0.3
  private static let memoryLimit = 1.5

  let engine: Configuration.Engine
  let traffic: LoadTraffic
  let sessions: Int
  let rate: Double
  let seconds: Double
  let memorySessions: Int

  struct Found {
    var rows: [[String]]
    var limits: [BenchLimit]
    var notes: [String]
    var json: BenchValue
  }

  private typealias Pair = (plain: RelayBench.Measurement, tunnel: RelayBench.Measurement)

  /// A run with the tunnel and a run without it, in turn; who is first changes each time.
  func run(_ runs: Int, note: (String) -> Void) throws -> Found {
    let cores = try Machine.divideCores()
    let directory = try TemporaryDirectory()
    let tunnel = try BenchTunnel(directory: directory.path)
    note(cores.summary)
    var pairs: [Pair] = []
    var memory: [(plain: Double, tunnel: Double)] = []
    for run in 0..<runs {
      pairs.append(
        try inTurn(run) { try measure(run, $0 ? tunnel : nil, cores, directory.path) })
      if memorySessions > 0, run < 3 {
        memory.append(
          try inTurn(run) { try kilobytes(run, $0 ? tunnel : nil, cores, directory.path) })
      }
      note("run \(run + 1)/\(runs)")
    }
    return found(pairs, memory, cores.summary)
  }

  private func inTurn<Result>(
    _ run: Int, _ measure: (_ hasTunnel: Bool) throws -> Result
  ) rethrows -> (plain: Result, tunnel: Result) {
    guard run % 2 == 0 else {
      let tunnel = try measure(true)
      return (try measure(false), tunnel)
    }
    let plain = try measure(false)
    return (plain, try measure(true))
  }

  private func measure(
    _ run: Int, _ tunnel: BenchTunnel?, _ cores: Machine.Cores, _ directory: String
  ) throws -> RelayBench.Measurement {
    let bench = RelayBench(
      scenario: .pingpong,
      plan: LoadGenerator.Plan(sessions: sessions, traffic: traffic, rate: rate), workers: 1,
      seconds: seconds, warmUpSeconds: 0.5)
    return try bench.measure(
      Relay(engine), run: run, tunnel: tunnel, core: cores.relay, directory: directory)
  }

  /// KiB of the gateway a session, after a few round trips of each.
  private func kilobytes(
    _ run: Int, _ tunnel: BenchTunnel?, _ cores: Machine.Cores, _ directory: String
  ) throws -> Double {
    var generator = try LoadGenerator(
      LoadGenerator.Plan(
        sessions: memorySessions, traffic: traffic, rounds: 10, tunnel: tunnel?.players))
    let process = try RelayProcess.start(
      Relay(engine), toPort: generator.backendPort, sessions: memorySessions,
      tunnelKey: tunnel?.keyFile, core: cores.relay, directory: directory)
    let empty = process.accounts.residentBytes
    try generator.open(through: process.port)
    try generator.playRounds()
    let full = process.accounts.residentBytes
    generator.close()
    process.stop()
    return Double(full - empty) / 1024 / Double(memorySessions)
  }

  // MARK: What it came to

  private func found(
    _ pairs: [Pair], _ memory: [(plain: Double, tunnel: Double)], _ cores: String
  ) -> Found {
    let figures:
      [(name: String, key: String, digits: Int, values: [(plain: Double, tunnel: Double)])] =
        [
          ("CPU us/round trip", "processorMicroseconds", 2, values(pairs, \.processorMicroseconds)),
          ("p50 us", "medianMicroseconds", 0, values(pairs, \.medianMicroseconds)),
          ("p99 us", "p99Microseconds", 0, values(pairs, \.p99Microseconds)),
          ("KB/session", "kilobytesPerSession", 2, memory),
        ]
    let added = figures.map { figure in Spread(figure.values.map { $0.tunnel - $0.plain }) }
    var limits = [
      BenchLimit(
        name: "CPU added to a round trip, us", value: added[0]?.median, limit: Self.processorLimit),
      BenchLimit(
        name: "p99 added, ms", value: added[2].map { $0.median / 1000 }, limit: Self.p99Limit),
    ]
    if memorySessions > 0 {
      limits.append(
        BenchLimit(
          name: "memory added to a session, KB", value: added[3]?.median, limit: Self.memoryLimit))
    }
    func row(_ name: String, _ spread: (Int) -> Spread?) -> [String] {
      [name] + figures.indices.map { spread($0)?.text(figures[$0].digits) ?? "-" }
    }
    return Found(
      rows: [
        ["median [least-most]"] + figures.map(\.name),
        row("plain") { Spread(figures[$0].values.map(\.plain)) },
        row("tunnel") { Spread(figures[$0].values.map(\.tunnel)) },
        row("added, run by run") { added[$0] },
      ],
      limits: limits,
      notes: [
        "",
        """
        engine \(engine.rawValue), \(sessions) sessions, \(fixed(rate, 0)) requests a second each; \
        memory of \(memorySessions) sessions; \(cores)
        """,
      ],
      json: .object(
        figures.indices.map { index in
          let values = figures[index].values
          let members: [(String, BenchValue)] = [
            ("plain", Spread(values.map(\.plain))?.json ?? .null),
            ("tunnel", Spread(values.map(\.tunnel))?.json ?? .null),
            ("added", added[index]?.json ?? .null),
          ]
          return (figures[index].key, .object(members))
        }))
  }

  private func values(
    _ pairs: [Pair], _ value: (RelayBench.Measurement) -> Double
  ) -> [(plain: Double, tunnel: Double)] {
    pairs.map { (value($0.plain), value($0.tunnel)) }
  }
}
