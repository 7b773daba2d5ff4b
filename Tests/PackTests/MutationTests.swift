import Foundation
import MystelConfig
import MystelCore
import MystelSim
import MystelTesting
import MystelWire
import Testing

/// Sound packets of all builds, broken at random: nothing harmful gets through.
///
/// `MYSTEL_MUTATION_ROUNDS` multiplies the work, for long runs.
@Suite struct MutationTests {
  @Test("an untouched packet of every layout goes on as it came", arguments: builds)
  func untouched(build: UInt32) throws {
    let bench = try Bench(build, .structure)
    var scenes = try InspectionScenes(bench.pack, bench.policy)
    var tried = 0
    // Packets that may or may not be stamped, with bytes that read well in both ways but for
    // something to be put right in one: what a build costs that nobody has calibrated.
    var ambiguous = 0
    for name in bench.names {
      let isOpen = bench.pack.packets[name]?.integrity == .possible
      for round in 0..<(4 * Bench.rounds) {
        let made = try bench.packet(name, seed: UInt64(build) << 16 | UInt64(round))
        let packet = try #require(made, "\(name): no healthy packet was found")
        let complaints = SlowChecker.complaints(about: packet, in: bench.pack)
        #expect(complaints == [], "\(name) \(round): \(hex(packet))")
        for phase in bench.phases(name) {
          let verdict = scenes.judge(packet, in: phase)
          if isOpen, verdict == .drop(.fixImpossible) {
            ambiguous += 1
            continue
          }
          #expect(verdict == .forward, "\(name) \(round) in \(phase): \(hex(packet))")
        }
        tried += 1
      }
    }
    #expect(tried > 1_000)
    #expect(ambiguous <= tried / 10_000)
  }

  @Test(
    "whatever a mutation makes, only what is harmless gets through", .timeLimit(.minutes(30)),
    arguments: builds)
  func mutated(build: UInt32) throws {
    var passed = 0
    for rules in [Bench.Rules.strict, .structure] {
      let bench = try Bench(build, rules)
      var trial = Trial(bench, try InspectionScenes(bench.pack, bench.policy), seed: UInt64(build))
      for name in bench.names {
        for round in 0..<Bench.rounds {
          let seed = UInt64(build) << 16 | UInt64(round)
          guard let packet = try bench.packet(name, seed: seed) else { continue }
          for _ in 0..<4 { trial.run(packet, name) }
        }
      }
      passed += trial.passed
      #expect(trial.repaired > 0)
    }
    #expect(passed > 1_000, "the mutations are too wild to test anything")
  }

  @Test(
    "mutations of recorded packets are let through only if they are harmless",
    .enabled(if: SharedReference.exists), .timeLimit(.minutes(30)))
  func recorded() throws {
    let bench = try Bench(367_081, .strict)
    let names = Dictionary(uniqueKeysWithValues: bench.pack.opcodes.map { ($0.value, $0.key) })
    var trial = Trial(bench, try InspectionScenes(bench.pack, bench.policy), seed: 5)
    let folder = SharedReference.root.appendingPathComponent("tera/sessions").path
    var seen: Set<[UInt8]> = []
    for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    where file.hasSuffix(".jsonl") {
      let transcript = try Transcript(parsing: SharedReference.data("tera/sessions/\(file)"))
      for frame in transcript.frames where frame.from == .client && frame.bytes.count >= 4 {
        // One of each kind and length a session: the rest differ in their values alone.
        let kind = Array(frame.bytes[0..<4]) + Array(file.utf8)
        let opcode = UInt16(frame.bytes[2]) | UInt16(frame.bytes[3]) << 8
        guard seen.insert(kind).inserted, let name = names[opcode], name.hasPrefix("C_") else {
          continue
        }
        for _ in 0..<(4 * Bench.rounds) { trial.run(frame.bytes, name) }
      }
    }
    #expect(seen.count > 100)
    #expect(trial.passed > 100)
  }

  static let builds: [UInt32] = [366_226, 367_078, 367_080, 367_081, 376_012]
}

/// One build and the rules to hold it to.
private struct Bench {
  enum Rules {
    /// The profile `strict`, whole.
    case strict
    /// The rules on the form of packets alone; all others only watch.
    case structure
  }

  /// The work on each packet.
  static let rounds =
    4 * (ProcessInfo.processInfo.environment["MYSTEL_MUTATION_ROUNDS"].flatMap { Int($0) } ?? 1)

  let pack: BuildPack
  let policy: InspectionPolicy
  /// The client packets, in a fixed order.
  let names: [String]

  init(_ build: UInt32, _ rules: Rules) throws {
    var configuration = Configuration.Inspection()
    configuration.profile = .strict
    if rules == .structure {
      for rule in try InspectionLoader.load(configuration).policy.rules where !rule.isOnForm {
        configuration.rules[rule.id] = .shadow
      }
    }
    let loaded = try InspectionLoader.load(configuration)
    policy = loaded.policy
    pack = try #require(loaded.packs.packs.first { $0.build == build })
    let known = pack.packets
    names = pack.opcodes.keys.filter {
      $0.hasPrefix("C_") && known[$0] != nil && $0 != "C_CHECK_VERSION"
    }.sorted()
  }

  /// A healthy packet, with an integrity header now and then where the build may have one.
  func packet(_ name: String, seed: UInt64) throws -> [UInt8]? {
    var made = LayoutPackets(seed: seed ^ Self.hash(name))
    var random = SimRandom(seed: seed &+ Self.hash(name))
    guard let opcode = pack.opcodes[name], let traits = pack.packets[name] else { return nil }
    let stamp = IntegrityHeader(count: random.number(in: 1...5000), hash: 0)
    let isStamped = traits.integrity != .absent && random.number(in: 0...1) == 0
    let lengths = traits.lengths ?? 4...64
    guard let layout = traits.layout else {
      let count = random.number(in: lengths.lowerBound...min(lengths.upperBound, 64))
      let body = random.bytes(count - 4)
      return [UInt8(count), 0, UInt8(truncatingIfNeeded: opcode), UInt8(opcode >> 8)] + body
    }
    for _ in 0..<64 {
      let packet = try layout.encode(
        made.fields(layout.body), opcode: opcode, integrity: isStamped ? stamp : nil)
      guard let wanted = traits.lengths else { return packet }
      if wanted.contains(packet.count - (isStamped ? 8 : 0)) { return packet }
    }
    return nil
  }

  func phases(_ name: String) -> [GamePhase] {
    let allowed = pack.packets[name]?.phases ?? .afterLogin
    // Before the first packet there is none but C_CHECK_VERSION.
    return GamePhase.allCases.filter { $0 != .start && allowed.contains(PhaseSet($0)) }
  }

  static func hash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

/// Mutations of packets, and what became of them.
private struct Trial: ~Copyable {
  private let bench: Bench
  private var scenes: InspectionScenes
  private var mutator: PacketMutator
  private(set) var passed = 0
  private(set) var repaired = 0

  init(_ bench: Bench, _ scenes: consuming InspectionScenes, seed: UInt64) {
    self.bench = bench
    self.scenes = scenes
    mutator = PacketMutator(seed: seed)
  }

  mutating func run(_ packet: [UInt8], _ name: String) {
    let landmarks = SlowChecker.landmarks(of: packet, in: bench.pack)
    let hostile = mutator.mutate(packet, landmarks)
    let phase = bench.phases(name).last ?? .world
    let verdict = scenes.judge(hostile, in: phase)
    switch verdict {
    case .drop, .close: return
    case .forward: expectHarmless(hostile, "forwarded \(name) in \(phase): \(hex(hostile))")
    case .rewrite:
      let made = scenes.replacement
      let what = "\(name) in \(phase): \(hex(hostile)) became \(hex(made))"
      expectHarmless(made, what)
      let again = scenes.judge(made, in: phase)
      // A repair in one reading may look broken in the other, where there are two.
      let isOpen = bench.pack.packets[name]?.integrity != .absent
      #expect(again == .forward || isOpen, "not forwarded any more: \(what)")
      repaired += 1
    }
    passed += 1
  }

  private func expectHarmless(_ packet: [UInt8], _ what: String) {
    var complaints = SlowChecker.complaints(about: packet, in: bench.pack)
    // Bytes behind the last field are only watched, even under strict.
    complaints.remove(.gap)
    #expect(complaints == [], "\(what)")
  }
}

extension Rule {
  /// Whether all it says is on the form of packets, whatever their names.
  fileprivate var isOnForm: Bool {
    checks.allSatisfy {
      if case .structure = $0 { return true }
      return false
    }
  }
}
