import ArgumentParser

/// `mystel bench relay`: round trips through each relay in turn.
struct RelayBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relay",
    abstract: "Compare Mystel with HAProxy (TCP mode) and nginx (stream): time, latency, memory.",
    discussion: """
      Every relay runs as one process with one worker thread, and all carry the same encrypted \
      TERA sessions; only Mystel deciphers and frames them. Without --rate each session sends its \
      next request when the last one is answered, so the latency shows the throughput; with --rate \
      it shows the waiting, counted from when a request was due.
      """)

  @Option(help: "Concurrent sessions.")
  var sessions = 200
  @Option(help: "Bytes of a request, header included.")
  var requestBytes = 43
  @Option(help: "Bytes of a reply, header included.")
  var replyBytes = 100
  @Option(help: "Requests a second and session; 0: the next one follows the answer.")
  var rate = 0.0
  @Option(help: "Seconds measured per relay and run.")
  var seconds = 3.0
  @Option(help: "Seconds before the measurement, per relay and run.")
  var warmUp = 1.0
  @Option(help: "Runs; in each, every relay has its turn.")
  var runs = 5
  @Option(
    parsing: .upToNextOption,
    help: "Relays to measure: direct, haproxy, nginx, mystel (direct: none in between).")
  var relays: [Relay] = [.haproxy, .nginx, .mystel]
  @OptionGroup var output: BenchOutputOptions

  func validate() throws {
    try BenchFailure.check("--sessions", sessions, in: 1...9500)
    try BenchFailure.check("--request-bytes", requestBytes, in: 4...16_384)
    try BenchFailure.check("--reply-bytes", replyBytes, in: 4...65_535)
    try BenchFailure.check("--rate", rate, in: 0...100_000)
    try BenchFailure.check("--seconds", seconds, in: 0.1...600)
    try BenchFailure.check("--warm-up", warmUp, in: 0...60)
    try BenchFailure.check("--runs", runs, in: 1...100)
    guard !relays.isEmpty, Set(relays).count == relays.count else {
      throw ValidationError("--relays needs different names")
    }
  }

  func run() throws {
    let bench = RelayBench(
      plan: LoadGenerator.Plan(
        sessions: sessions,
        traffic: LoadTraffic(requestBytes: requestBytes, replyBytes: replyBytes), rate: rate),
      seconds: seconds, warmUpSeconds: warmUp)
    try output.finish(bench.report(relays: relays, runs: runs, note: output.note))
  }
}
