import ArgumentParser
import CLinux
import MystelSim
import MystelWire

/// `mystel bench handshake`: the key schedule against the naive one.
struct HandshakeBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "handshake",
    abstract: "Compare the key schedule with the naive one: hash compressions and time.")

  /// The promised share of the naive schedule's compressions.
  private static let compressionLimit = 0.6

  @Option(help: "Random sessions per run.")
  var sessions = 200
  @Option(help: "Runs; in each, both schedules have their turn.")
  var runs = 5
  @OptionGroup var output: BenchOutputOptions

  func validate() throws {
    try BenchFailure.check("--sessions", sessions, in: 1...100_000)
    try BenchFailure.check("--runs", runs, in: 1...1000)
  }

  func run() throws {
    clinux_catch_interrupts()
    _ = try Machine.divideCores()
    let keys = (0..<sessions).compactMap(LoadTraffic.keys(session:))
    var (naive, own): ([Double], [Double]) = ([], [])
    for run in 0..<runs {
      try Machine.checkInterrupt()
      var (naiveTime, ownTime): (UInt64, UInt64) = (0, 0)
      for (number, keys) in keys.enumerated() {
        let times = try measure(keys, naiveFirst: (run + number).isMultiple(of: 2))
        naiveTime += times.naive
        ownTime += times.own
      }
      naive.append(Double(naiveTime) / Double(keys.count) / 1000)
      own.append(Double(ownTime) / Double(keys.count) / 1000)
    }
    guard let sample = keys.first else { return }
    try output.finish(
      report(
        naive: naive, own: own, naiveCompressions: ReferenceCipher(keys: sample).compressions,
        ownCompressions: SessionCipher.compressions(for: sample)))
  }

  /// Runs both schedules of a session, in nanoseconds.
  private func measure(
    _ keys: SessionKeys, naiveFirst: Bool
  ) throws(BenchFailure) -> (naive: UInt64, own: UInt64) {
    let start = Machine.now()
    var reference: ReferenceCipher
    let own: SessionCipher
    let middle: UInt64
    if naiveFirst {
      reference = ReferenceCipher(keys: keys)
      middle = Machine.now()
      own = SessionCipher(keys: keys, schedule: .current)
    } else {
      own = SessionCipher(keys: keys, schedule: .current)
      middle = Machine.now()
      reference = ReferenceCipher(keys: keys)
    }
    let end = Machine.now()
    guard Self.agree(own, &reference) else {
      throw BenchFailure("the two key schedules give different streams")
    }
    return naiveFirst ? (middle - start, end - middle) : (end - middle, middle - start)
  }

  private static func agree(_ own: SessionCipher, _ reference: inout ReferenceCipher) -> Bool {
    var found = [UInt8](repeating: 0, count: 512)
    var expected = found
    var cursor = own.toBackend.origin
    own.toBackend.apply(to: &found, at: &cursor)
    reference.toBackend.apply(to: &expected)
    guard found == expected else { return false }
    cursor = own.toClient.origin
    own.toClient.apply(to: &found, at: &cursor)
    reference.toClient.apply(to: &expected)
    return found == expected
  }

  private func report(
    naive: [Double], own: [Double], naiveCompressions: Int, ownCompressions: Int
  ) -> BenchReport {
    let ratio = Spread(ratiosOf: own, to: naive)
    let share = Double(ownCompressions) / Double(naiveCompressions)
    let limits = [
      BenchLimit(name: "compressions, own / naive", value: share, limit: Self.compressionLimit)
    ]
    let schedules = [
      ("naive", naive, naiveCompressions), ("own", own, ownCompressions),
    ]
    return BenchReport(
      rows: [["median [least-most]", "us/session", "compressions"]]
        + schedules.map { name, times, compressions in
          [name, Spread(times)?.text(1) ?? "-", "\(compressions)"]
        } + [["own / naive", ratio?.text(2) ?? "-", fixed(share, 2)]],
      limits: limits,
      json: BenchReport.json(
        [
          ("benchmark", .text("handshake")), ("sessions", .number(Double(sessions))),
          (
            "schedules",
            .array(
              schedules.map { name, times, compressions in
                .object([
                  ("schedule", .text(name)), ("compressions", .number(Double(compressions))),
                  ("microseconds", Spread(times)?.json ?? .null),
                ])
              })
          ), ("timeRatio", ratio?.json ?? .null),
        ], limits: limits))
  }
}
