import ArgumentParser
import CLinux
import Foundation
import MystelConfig
import MystelCore
import MystelSim
import MystelWire

/// `mystel bench inspect`: what judging a packet costs.
struct InspectBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Measure what judging packets costs, with every rule on.",
    discussion: """
      Judges the clients' packets of the given transcripts over and over, in their order, under \
      strict. Without transcripts only C_PLAYER_LOCATION is measured, on a packet made here. The \
      figures are medians of runs that take turns. Then packets of all layouts and builds are made \
      as long and as broken as clients can make them, and the slowest one is named, by the fastest \
      of several times that it was judged. --gate fails above 120 ns for the mix, 50 ns for \
      C_PLAYER_LOCATION, 150 ms for loading, 50 us for any packet.
      """)

  @Option(help: "Runs; the median counts.")
  var runs = 9
  @Flag(help: "Exit with status 1 above the limits.")
  var gate = false
  @Argument(help: "Transcript files, for their packet mix.")
  var files: [String] = []

  private static let mixLimitNanoseconds = 120.0
  private static let movementLimitNanoseconds = 50.0
  private static let loadLimitMilliseconds = 150.0
  private static let slowestLimitNanoseconds = 50_000.0
  private static let build: UInt32 = 367_081

  func run() throws {
    try BenchFailure.check("--runs", runs, in: 1...1000)
    let residentBefore = Self.residentKilobytes()
    let begin = ContinuousClock.now
    var configuration = Configuration.Inspection()
    configuration.profile = .strict
    let policy = try ConfigurationSource.inspection(configuration).policy
    let load = Self.milliseconds(ContinuousClock.now - begin)
    let resident = Self.residentKilobytes() - residentBefore
    print(
      "loading \(policy.builds.count) builds and \(policy.rules.count) rules:"
        + String(format: " %.1f ms, %d KB resident", load, resident))

    var mixes: [Mix] = []
    for file in files { mixes.append(Mix(try TranscriptFile.load(file), policy: policy)) }
    let movement = Mix(movementOf: policy)
    var mixTimes: [Double] = []
    var movementTimes: [Double] = []
    for _ in 0..<runs {
      for index in mixes.indices { mixTimes.append(mixes[index].nanosecondsPerPacket(rounds: 20)) }
      // In pieces shorter than a turn of the scheduler, so that what else runs moves few of them.
      for _ in 0..<20 { movementTimes.append(movement.nanosecondsPerPacket(rounds: 10)) }
    }
    let mix = Self.median(mixTimes)
    let moving = Self.median(movementTimes)
    if !files.isEmpty { print(String(format: "packet mix: %.1f ns a packet, median", mix)) }
    print(String(format: "C_PLAYER_LOCATION: %.1f ns a packet, median", moving))
    let slowest = HostilePackets.slowest(of: policy)
    print(
      "slowest of \(slowest.tried) hostile packets:"
        + String(format: " %.1f us, ", slowest.nanoseconds / 1000)
        + "\(slowest.name) of \(slowest.byteCount) bytes (build \(slowest.build))")
    let isGood =
      mix <= Self.mixLimitNanoseconds && moving <= Self.movementLimitNanoseconds
      && load <= Self.loadLimitMilliseconds
      && slowest.nanoseconds <= Self.slowestLimitNanoseconds
    if gate, !isGood {
      StandardError.write("above the limits: 120 ns, 50 ns, 150 ms, 50 us\n")
      throw ExitCode(1)
    }
  }

  /// Packets and the inspector that they are shown to.
  private struct Mix {
    private let frames: [(bytes: [UInt8], direction: Direction, nanoseconds: UInt64)]
    private let policy: InspectionPolicy
    private let build: UInt32

    init(_ transcript: Transcript, policy: InspectionPolicy) {
      frames = transcript.frames.map {
        ($0.bytes, $0.from.outgoing, UInt64($0.milliseconds * 1e6))
      }
      self.policy = policy
      build = transcript.build
    }

    /// A player who walks.
    init(movementOf policy: InspectionPolicy) {
      let traffic = LoadTraffic(requestBytes: 43, replyBytes: 43)
      var packets: [(bytes: [UInt8], direction: Direction)] = [(traffic.version, .toBackend)]
      for packet in traffic.entering { packets.append((packet, .toClient)) }
      for _ in 0..<1000 { packets.append((traffic.request, .toBackend)) }
      frames = packets.enumerated().map {
        ($0.element.bytes, $0.element.direction, UInt64($0.offset) * 20_000_000)
      }
      self.policy = policy
      build = LoadTraffic.build
    }

    /// The time that clients' packets take, each session shown `rounds` times from its start. The
    /// server's packets are shown too, and count as none.
    func nanosecondsPerPacket(rounds: Int) -> Double {
      var outlet = PacketOutlet()
      var judged = 0
      let begin = ContinuousClock.now
      for _ in 0..<rounds {
        var inspector = GameInspector(
          policy: policy, builds: [build], unknownBuild: .refuse,
          now: Instant(nanoseconds: 1_000_000_000))
        for frame in frames {
          let span = frame.bytes.span.bytes
          let opcode = UInt16(frame.bytes[2]) | UInt16(frame.bytes[3]) << 8
          inspector.now = Instant(nanoseconds: 1_000_000_000 &+ frame.nanoseconds)
          let verdict = inspector.inspect(
            span, opcode: opcode, direction: frame.direction, outlet: &outlet)
          if frame.direction == .toBackend { judged += 1 }
          if verdict != .forward { outlet.replacement.removeAll() }
          if !outlet.findings.isEmpty { outlet.findings.removeAll() }
        }
      }
      let elapsed = ContinuousClock.now - begin
      return InspectBenchCommand.milliseconds(elapsed) * 1e6 / Double(max(judged, 1))
    }
  }

  private static func median(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }

  private static func milliseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) / 1e15
  }

  private static func residentKilobytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
    return Int(line.filter { $0.isASCII && $0.isNumber }) ?? 0
  }
}
