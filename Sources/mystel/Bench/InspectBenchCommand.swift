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
      C_PLAYER_LOCATION, 150 ms for loading, 50 us for any packet, 2048 bytes for the meters and \
      signatures of a session (the table of what the server announced is not counted).
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
  private static let stateLimitBytes = 2048

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
    let state = movement.watchBytes
    print("meters and signatures of a session: \(state) bytes")
    let isGood =
      state <= Self.stateLimitBytes && mix <= Self.mixLimitNanoseconds
      && moving <= Self.movementLimitNanoseconds
      && load <= Self.loadLimitMilliseconds
      && slowest.nanoseconds <= Self.slowestLimitNanoseconds
    if gate, !isGood {
      StandardError.write("above the limits: 120 ns, 50 ns, 150 ms, 50 us, 2048 bytes\n")
      throw ExitCode(1)
    }
  }

  /// The packets of a session, one behind the other, and the rules that they are held to.
  private struct Mix {
    private struct Frame {
      var start: Int
      var count: Int
      var opcode: UInt16
      var direction: Direction
      var now: Instant
    }

    private var frames: [Frame] = []
    private var bytes: [UInt8] = []
    private let policy: InspectionPolicy
    private let build: UInt32

    init(_ transcript: Transcript, policy: InspectionPolicy) {
      self.policy = policy
      build = transcript.build
      for frame in transcript.frames {
        add(frame.bytes, frame.from.outgoing, nanoseconds: UInt64(frame.milliseconds * 1e6))
      }
    }

    /// A player who walks.
    init(movementOf policy: InspectionPolicy) {
      self.policy = policy
      build = LoadTraffic.build
      let traffic = LoadTraffic(requestBytes: 43, replyBytes: 43)
      add(traffic.version, .toBackend, nanoseconds: 0)
      for packet in traffic.entering { add(packet, .toClient, nanoseconds: 0) }
      add(traffic.request, .toBackend, nanoseconds: 20_000_000)
      // The same bytes again, as near to the processor as those of a packet just decrypted.
      guard let step = frames.last else { return }
      for index in 2...1000 as ClosedRange<UInt64> {
        var next = step
        next.now = Instant(nanoseconds: 1_000_000_000 &+ index * 20_000_000)
        frames.append(next)
      }
    }

    private mutating func add(_ packet: [UInt8], _ direction: Direction, nanoseconds: UInt64) {
      frames.append(
        Frame(
          start: bytes.count, count: packet.count,
          opcode: UInt16(packet[2]) | UInt16(packet[3]) << 8, direction: direction,
          now: Instant(nanoseconds: 1_000_000_000 &+ nanoseconds)))
      bytes += packet
    }

    private func makeInspector() -> GameInspector {
      GameInspector(
        policy: policy, builds: [build], unknownBuild: .refuse,
        now: Instant(nanoseconds: 1_000_000_000))
    }

    /// What the session keeps for meters and signatures once its build is known.
    var watchBytes: Int {
      var inspector = makeInspector()
      var outlet = PacketOutlet()
      if let first = frames.first {
        _ = inspector.inspect(
          bytes.span.bytes.extracting(0..<first.count), opcode: first.opcode,
          direction: first.direction, outlet: &outlet)
      }
      return inspector.watchBytes
    }

    /// The time that clients' packets take, each session shown `rounds` times from its start. The
    /// server's packets are shown too, and count as none.
    func nanosecondsPerPacket(rounds: Int) -> Double {
      var outlet = PacketOutlet()
      var judged = 0
      let begin = ContinuousClock.now
      for _ in 0..<rounds {
        var inspector = makeInspector()
        let all = bytes.span.bytes
        for frame in frames {
          inspector.now = frame.now
          let verdict = inspector.inspect(
            all.extracting(frame.start..<(frame.start + frame.count)), opcode: frame.opcode,
            direction: frame.direction, outlet: &outlet)
          if case .toBackend = frame.direction { judged += 1 }
          if case .rewrite = verdict { outlet.replacement.removeAll() }
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
