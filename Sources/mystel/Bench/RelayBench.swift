import CLinux
import MystelSim

/// Round trips through relays, one after another, several times over.
struct RelayBench {
  /// What one relay did in one run.
  struct Measurement {
    let relay: Relay
    let run: Int
    /// Round trips, packets or bursts.
    let perSecond: Double
    /// Processor time of the relay's process for one of them; 0 for a direct connection.
    let processorMicroseconds: Double
    let medianMicroseconds: Double
    let p99Microseconds: Double
    /// Growth of the relay's memory with the sessions open.
    let kilobytesPerSession: Double
    /// Share of the time that the load generator was on a processor: near 1 it is the bottleneck.
    let generatorShare: Double
  }

  let scenario: RelayScenario
  let plan: LoadGenerator.Plan
  /// Worker threads of every relay.
  let workers: Int
  let seconds: Double
  let warmUpSeconds: Double

  /// Measures every relay once a run; the order turns by one from run to run.
  func report(
    relays: [Relay], runs: Int, note: (String) -> Void
  ) throws(BenchFailure) -> BenchReport {
    clinux_catch_interrupts()
    for relay in relays { try relay.checkInstalled() }
    try Machine.needOpenFiles(2 * plan.sessions + 64)
    let cores = try Machine.divideCores()
    let directory = try TemporaryDirectory()
    note(cores.summary)
    var measurements: [Measurement] = []
    for run in 0..<runs {
      for turn in relays.indices {
        let relay = relays[(turn + run) % relays.count]
        let found = try measure(relay, run: run, core: cores.relay, directory: directory.path)
        note(
          "run \(run + 1)/\(runs) \(relay): \(fixed(found.perSecond, 0)) \(scenario.unit)s/s")
        measurements.append(found)
      }
    }
    return RelayReport(
      bench: self, relays: relays, measurements: measurements, cores: cores.summary
    ).report
  }

  /// Measures a relay once.
  ///
  /// - Parameter tunnel: what players reach Mystel by; nil where they come plain.
  func measure(
    _ relay: Relay, run: Int, tunnel: BenchTunnel? = nil, core: Int?, directory: String
  ) throws(BenchFailure) -> Measurement {
    var plan = plan
    plan.tunnel = tunnel?.players
    var generator = try LoadGenerator(plan)
    guard relay != .direct else {
      try generator.open(through: generator.backendPort)
      let found = try measure(relay, run: run, &generator) { nil }
      generator.close()
      return found
    }
    let process = try RelayProcess.start(
      relay, toPort: generator.backendPort, sessions: plan.sessions, workers: workers,
      tunnelKey: tunnel?.keyFile, core: workers == 1 ? core : nil, directory: directory)
    let accounts = process.accounts
    let emptyBytes = accounts.residentBytes
    try generator.open(through: process.port)
    let found = try measure(relay, run: run, emptyBytes: emptyBytes, &generator) { accounts }
    generator.close()
    process.stop()
    return found
  }

  private func measure(
    _ relay: Relay, run: Int, emptyBytes: Int = 0, _ generator: inout LoadGenerator,
    accounts: () -> ProcessAccounts?
  ) throws(BenchFailure) -> Measurement {
    try generator.play(nanoseconds: UInt64(warmUpSeconds * 1e9))
    let processor = accounts()?.processorNanoseconds ?? 0
    let (start, ownStart) = (Machine.now(), Machine.threadTime())
    try generator.play(nanoseconds: UInt64(seconds * 1e9))
    let (elapsed, own) = (Machine.now() - start, Machine.threadTime() - ownStart)
    let spent = (accounts()?.processorNanoseconds ?? 0) - processor
    let resident = accounts()?.residentBytes ?? 0
    let done =
      scenario == .burst
      ? Double(generator.burstPackets) / Double(LoadBurst.packets) : Double(generator.roundTrips)
    guard let median = generator.latencies.quantile(0.5),
      let p99 = generator.latencies.quantile(0.99)
    else { throw BenchFailure("no \(scenario.unit) through \(relay) in \(seconds) s") }
    return Measurement(
      relay: relay, run: run, perSecond: done / Double(elapsed) * 1e9,
      processorMicroseconds: Double(spent) / done / 1000,
      medianMicroseconds: Double(median) / 1000, p99Microseconds: Double(p99) / 1000,
      kilobytesPerSession: Double(resident - emptyBytes) / 1024 / Double(plan.sessions),
      generatorShare: Double(own) / Double(elapsed))
  }
}
