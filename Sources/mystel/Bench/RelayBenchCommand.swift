import ArgumentParser

/// `mystel bench relay`: round trips through each relay in turn.
struct RelayBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relay",
    abstract: "Compare Mystel with HAProxy (TCP mode) and nginx (stream): time, latency, memory.",
    discussion: """
      Every relay runs as one process with one worker thread, and all carry the same encrypted \
      TERA sessions; only Mystel deciphers and frames them. pingpong: each session sends its next \
      request when the last one is answered, so that the latency shows the throughput; with --rate \
      it shows the waiting, counted from when a request was due. crowd: the server sends everybody \
      packets at fixed times. burst: players who enter are sent 400 KB, beside others who play; the \
      latencies are the others'.
      """)

  @Option(help: "What goes through the relays: pingpong, crowd, burst.")
  var scenario = RelayScenario.pingpong
  @Option(help: "Concurrent sessions; usually 200, in a crowd 2000, beside bursts 50.")
  var sessions: Int?
  @Option(help: "Bytes of a request, header included.")
  var requestBytes = 43
  @Option(help: "Bytes of a reply, header included.")
  var replyBytes = 100
  @Option(
    help: """
      Requests (crowd: packets) a second and session; usually 0, the next one follows the answer; in \
      a crowd 30, beside bursts 10.
      """)
  var rate: Double?
  @Option(help: "Bursts a second, all sessions together.")
  var bursts = 100.0
  @Option(help: "Worker threads of each relay. One is kept on a core of its own.")
  var workers = 1
  @Option(help: "Seconds measured per relay and run.")
  var seconds = 3.0
  @Option(help: "Seconds before the measurement, per relay and run.")
  var warmUp = 1.0
  @Option(help: "Runs; in each, every relay has its turn.")
  var runs = 5
  @Option(
    parsing: .upToNextOption,
    help: """
      Relays to measure: direct (none in between), haproxy, nginx, mystel, mystel-ring, mystel-nio.
      """)
  var relays: [Relay] = [.haproxy, .nginx, .ring, .nio]
  @OptionGroup var output: BenchOutputOptions

  func validate() throws {
    if let sessions {
      try BenchFailure.check(
        "--sessions", sessions, in: (scenario == .burst ? LoadBurst.sessions + 1 : 1)...9500)
    }
    try BenchFailure.check("--request-bytes", requestBytes, in: 4...16_384)
    try BenchFailure.check("--reply-bytes", replyBytes, in: 4...65_535)
    if let rate {
      try BenchFailure.check("--rate", rate, in: (scenario == .pingpong ? 0 : 0.1)...100_000)
    }
    try BenchFailure.check("--bursts", bursts, in: 0.1...10_000)
    try BenchFailure.check("--workers", workers, in: 1...64)
    try BenchFailure.check("--seconds", seconds, in: 0.1...600)
    try BenchFailure.check("--warm-up", warmUp, in: 0...60)
    try BenchFailure.check("--runs", runs, in: 1...100)
    guard !relays.isEmpty, Set(relays).count == relays.count else {
      throw ValidationError("--relays needs different names")
    }
  }

  func run() throws {
    let bench = RelayBench(
      scenario: scenario,
      plan: scenario.plan(
        sessions: sessions,
        traffic: LoadTraffic(requestBytes: requestBytes, replyBytes: replyBytes), rate: rate,
        bursts: bursts), workers: workers,
      seconds: seconds, warmUpSeconds: warmUp)
    try output.finish(bench.report(relays: relays, runs: runs, note: output.note))
  }
}
