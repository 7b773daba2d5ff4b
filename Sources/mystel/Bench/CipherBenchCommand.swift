import ArgumentParser
import CLinux
import MystelSim
import MystelWire

/// `mystel bench cipher`: the keystream against the plain reference.
struct CipherBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cipher",
    abstract: "Compare the keystream with a plain implementation of the same algorithm.",
    discussion: """
      Random keys, one process, in turns. As in a gateway, every stream gets a piece at a time: a \
      processor that saw one stream only would learn its branches, since streams soon repeat \
      themselves. Fresh streams are measured from their first byte, settled ones 64 KiB later; \
      those whose period is short enough are then served from a cached copy of it.
      """)

  /// The block path's promised speed, in multiples of the reference's.
  private static let blockLimit = 3.5
  /// Bytes after which nearly every stream has turned periodic; the longest seen took 20 KB.
  private static let settledBytes = 64 * 1024

  @Option(help: "Random sessions, two streams each.")
  var sessions = 200
  @Option(help: "Bytes enciphered at a time, a multiple of 4.")
  var chunkBytes = 1024
  @Option(help: "Pieces of each stream per run.")
  var chunks = 16
  @Option(help: "Runs; in each, every path has its turn.")
  var runs = 5
  @OptionGroup var output: BenchOutputOptions

  func validate() throws {
    try BenchFailure.check("--sessions", sessions, in: 1...2000)
    try BenchFailure.check("--chunk-bytes", chunkBytes, in: 4...65_536)
    try BenchFailure.check("--chunks", chunks, in: 1...65_536)
    try BenchFailure.check("--runs", runs, in: 1...1000)
    guard chunkBytes.isMultiple(of: 4) else {
      throw ValidationError("--chunk-bytes must be a multiple of 4")
    }
    guard 2 * sessions * chunkBytes <= 1 << 28 else {
      throw ValidationError("--sessions times --chunk-bytes is too much for the memory")
    }
  }

  func run() throws {
    clinux_catch_interrupts()
    _ = try Machine.divideCores()
    let fresh = try (0..<sessions).flatMap(streams(ofSession:))
    let late = fresh.map { $0.settled(after: Self.settledBytes) }
    let cached = late.compactMap(\.cached)
    let settled = late.filter { $0.cached != nil }
    var lanes = [
      CipherLane("plain reference", .plain, on: "fresh", fresh),
      CipherLane("block path", .own, on: "fresh", fresh),
      CipherLane("plain reference", .plain, on: "settled", settled),
      CipherLane("block path", .own, on: "settled", settled),
      CipherLane("cached period", .own, on: "settled", cached),
    ]
    for run in 0..<runs {
      try Machine.checkInterrupt()
      let order = lanes.indices.map { ($0 + run) % lanes.count }
      for number in order {
        lanes[number].measure(chunkBytes: chunkBytes, chunks: chunks)
      }
      guard lanes[1].digest == lanes[0].digest, lanes[3].digest == lanes[2].digest,
        lanes[4].digest == lanes[2].digest
      else { throw BenchFailure("the paths do not give the same bytes") }
    }
    try output.finish(report(lanes))
  }

  private func streams(ofSession index: Int) throws -> [CipherStream] {
    guard let keys = LoadTraffic.keys(session: index) else {
      throw BenchFailure("session \(index) has no keys")
    }
    let own = SessionCipher(keys: keys, schedule: .current)
    let reference = ReferenceCipher(keys: keys)
    return [
      CipherStream(
        own: own.toBackend, cursor: own.toBackend.origin, reference: reference.toBackend),
      CipherStream(
        own: own.toClient, cursor: own.toClient.origin, reference: reference.toClient),
    ]
  }

  private func report(_ lanes: [CipherLane]) -> BenchReport {
    let ratios = lanes.map { lane in
      let reference = lanes.first { $0.part == lane.part }
      return Spread(ratiosOf: lane.speeds, to: reference?.speeds ?? [])
    }
    let limits = [
      BenchLimit(
        name: "block path / plain reference on fresh streams", value: ratios[1]?.median,
        limit: Self.blockLimit, isMinimum: true)
    ]
    return BenchReport(
      rows: [["median [least-most]", "streams", "MB/s", "ratio"]]
        + zip(lanes, ratios).map { lane, ratio in
          [
            "\(lane.part): \(lane.name)", "\(lane.count)", Spread(lane.speeds)?.text(0) ?? "-",
            ratio?.text(2) ?? "-",
          ]
        },
      limits: limits,
      json: BenchReport.json(
        [
          ("benchmark", .text("cipher")), ("chunkBytes", .number(Double(chunkBytes))),
          ("chunks", .number(Double(chunks))),
          (
            "paths",
            .array(
              zip(lanes, ratios).map { lane, ratio in
                .object([
                  ("path", .text(lane.name)), ("part", .text(lane.part)),
                  ("streams", .number(Double(lane.count))),
                  ("megabytesPerSecond", Spread(lane.speeds)?.json ?? .null),
                  ("ratio", ratio?.json ?? .null),
                ])
              })
          ),
        ], limits: limits))
  }
}
