import ArgumentParser
import CLinux

/// `mystel bench memory`: what a session costs to keep.
struct MemoryBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory",
    abstract: "Measure resident memory per session: in game, and idle before its keys.",
    discussion: """
      In game: the whole handshake, the version check, and --rounds requests with their replies. \
      `--reply-bytes 16168 --rounds 25` carries as much as a real login. Resident is the \
      proportional set size; a session's share is the growth divided by the sessions.
      """)

  /// Promised resident memory of a session, in KiB.
  private static let inGameLimit = 24.0
  private static let idleLimit = 6.0

  @Option(help: "Concurrent sessions.")
  var sessions = 9000
  @Option(help: "Requests of each session before the memory is read.")
  var rounds = 10
  @Option(help: "Bytes of a request, header included.")
  var requestBytes = 43
  @Option(help: "Bytes of a reply, header included.")
  var replyBytes = 100
  @OptionGroup var engine: BenchEngineOption
  @OptionGroup var output: BenchOutputOptions

  func validate() throws {
    try BenchFailure.check("--sessions", sessions, in: 1...100_000)
    try BenchFailure.check("--rounds", rounds, in: 0...10_000)
    try BenchFailure.check("--request-bytes", requestBytes, in: 4...16_384)
    try BenchFailure.check("--reply-bytes", replyBytes, in: 4...65_535)
  }

  func run() throws {
    clinux_catch_interrupts()
    // Both ends of every session are open in this process.
    try Machine.needOpenFiles(2 * sessions + 64)
    let cores = try Machine.divideCores()
    let directory = try TemporaryDirectory()
    var plan = LoadGenerator.Plan(
      sessions: sessions,
      traffic: LoadTraffic(requestBytes: requestBytes, replyBytes: replyBytes), rounds: rounds)
    output.note("opening \(sessions) sessions in game")
    let inGame = try measure(plan, core: cores.relay, directory: directory.path)
    output.note("opening \(sessions) sessions that stay idle before their keys")
    plan.stopsAtHello = true
    let idle = try measure(plan, core: cores.relay, directory: directory.path)
    try output.finish(report(inGame: inGame, idle: idle))
  }

  /// A gateway's memory, in bytes.
  private struct Memory {
    let empty: Int
    let full: Int
    func kilobytes(per sessions: Int) -> Double {
      Double(full - empty) / 1024 / Double(sessions)
    }
  }

  private func measure(
    _ plan: LoadGenerator.Plan, core: Int?, directory: String
  ) throws(BenchFailure) -> Memory {
    var generator = try LoadGenerator(plan)
    let process = try RelayProcess.start(
      Relay(engine.engine), toPort: generator.backendPort, sessions: sessions, core: core,
      directory: directory)
    let empty = process.accounts.residentBytes
    try generator.open(through: process.port)
    if !plan.stopsAtHello { try generator.playRounds() }
    let full = process.accounts.residentBytes
    generator.close()
    process.stop()
    return Memory(empty: empty, full: full)
  }

  private func report(inGame: Memory, idle: Memory) -> BenchReport {
    let states = [("in game", inGame), ("idle before keys", idle)]
    let limits = [
      BenchLimit(
        name: "KB per session in game", value: inGame.kilobytes(per: sessions),
        limit: Self.inGameLimit),
      BenchLimit(
        name: "KB per session idle before keys", value: idle.kilobytes(per: sessions),
        limit: Self.idleLimit),
    ]
    return BenchReport(
      rows: [["\(sessions) sessions", "empty MB", "full MB", "KB/session"]]
        + states.map { name, memory in
          [
            name, fixed(Double(memory.empty) / 1_048_576, 1),
            fixed(Double(memory.full) / 1_048_576, 1),
            fixed(memory.kilobytes(per: sessions), 2),
          ]
        },
      limits: limits,
      json: BenchReport.json(
        [
          ("benchmark", .text("memory")), ("sessions", .number(Double(sessions))),
          ("rounds", .number(Double(rounds))),
          ("requestBytes", .number(Double(requestBytes))),
          ("replyBytes", .number(Double(replyBytes))),
          (
            "states",
            .array(
              states.map { name, memory in
                .object([
                  ("state", .text(name)), ("emptyBytes", .number(Double(memory.empty))),
                  ("fullBytes", .number(Double(memory.full))),
                  ("kilobytesPerSession", .number(memory.kilobytes(per: sessions))),
                ])
              })
          ),
        ], limits: limits))
  }
}
