import Foundation
import MystelConfig
import MystelCore
import MystelSim
import MystelTesting
import MystelWire
import Testing

/// Packets broken in every way that a seed can think of.
@Suite struct MutationTests {
  @Test("healthy packets of every layout are forwarded in every build, under all enforced forms")
  func healthy() throws {
    for pack in PackLoader.embedded().packs {
      var inspected = try Inspected(pack, structureOnly: true)
      for (name, layout) in layouts(of: pack) {
        for seed in 0..<8 as Range<UInt64> {
          let bytes = try packet(name, layout, pack, seed: seed)
          let verdict = inspected.judge(bytes)
          #expect(verdict == .forward, "\(pack.build) \(name) seed \(seed): \(verdict)")
          #expect(SlowChecker.fault(in: bytes, layout, mayBeStamped: false) == nil)
        }
      }
    }
  }

  @Test("whatever is forwarded of broken packets, a slow and separate checker finds harmless")
  func broken() throws {
    // One round is some 16,000 packets a build; more for a longer run.
    let rounds = ProcessInfo.processInfo.environment["MYSTEL_MUTATION_ROUNDS"].flatMap { Int($0) }
    var judged = 0
    var held = 0
    for pack in PackLoader.embedded().packs {
      var inspected = try Inspected(pack, structureOnly: false)
      for round in 0..<(rounds ?? 1) {
        for (index, (name, layout)) in layouts(of: pack).enumerated() {
          var mutator = Mutator(seed: UInt64(round) << 32 | UInt64(index) << 16)
          let whole = try packet(name, layout, pack, seed: UInt64(round))
          for step in 0..<60 {
            let bytes = mutator.mutate(whole)
            let verdict = inspected.judge(bytes)
            judged += 1
            let reaches: [UInt8]
            switch verdict {
            case .forward: reaches = bytes
            case .rewrite: reaches = inspected.replacement
            case .drop, .close:
              held += 1
              continue
            }
            let mayBeStamped = pack.packets[name]?.integrity != .absent
            let fault = SlowChecker.fault(in: reaches, layout, mayBeStamped: mayBeStamped)
            #expect(
              fault == nil,
              "\(pack.build) \(name) round \(round) step \(step): \(fault ?? "") \(reaches.hex)")
            if fault != nil { return }
          }
        }
      }
    }
    #expect(judged > 50_000)
    #expect(held > judged / 4)
  }

  // MARK: Scene

  private func layouts(of pack: BuildPack) -> [(name: String, layout: PacketLayout)] {
    pack.packets.compactMap { name, traits in
      guard name.hasPrefix("C_"), pack.opcodes[name] != nil, let layout = traits.layout else {
        return nil
      }
      return (name, layout)
    }.sorted { $0.name < $1.name }
  }

  private func packet(
    _ name: String, _ layout: PacketLayout, _ pack: BuildPack, seed: UInt64
  ) throws -> [UInt8] {
    var made = LayoutPackets(seed: seed &* 7919 &+ UInt64(pack.opcodes[name] ?? 0))
    return try layout.encode(made.fields(layout.body), opcode: pack.opcodes[name] ?? 0)
  }

  /// An inspector of one build in which every packet may be sent.
  private struct Inspected: ~Copyable {
    private var inspector: GameInspector
    private var outlet = PacketOutlet()
    private let version: [UInt8]
    private(set) var replacement: [UInt8] = []

    /// With `structureOnly`, rules on single fields are off, and those on phases always.
    init(_ pack: BuildPack, structureOnly: Bool) throws {
      var open = pack
      for name in open.packets.keys { open.packets[name]?.phases = .always }
      let rules = RuleLoader.embedded().rules.filter { rule in
        let isMomentary = rule.checks.contains { check in
          switch check {
          case .rate, .sequence, .privilege, .state: true
          case .structure(.loginOrder), .structure(.loginRepeated), .structure(.phase): true
          default: false
          }
        }
        let isOfForm = rule.checks.allSatisfy { if case .structure = $0 { true } else { false } }
        return !isMomentary && (isOfForm || !structureOnly)
      }
      var modes: [String: Configuration.Mode] = [:]
      for rule in rules { modes[rule.id] = .enforce }
      let policy = try InspectionPolicy(
        packs: [open], rules: rules, profile: .strict, overrides: modes)
      version = CheckVersion(build: pack.build, second: 1).packet()
      inspector = GameInspector(
        policy: policy, builds: [pack.build], unknownBuild: .refuse,
        now: Instant(nanoseconds: 1))
      let verdict = judge(version)
      #expect(verdict == .forward)
    }

    mutating func judge(_ bytes: [UInt8]) -> Verdict {
      outlet.replacement.removeAll()
      outlet.findings.removeAll()
      guard let view = PacketView(bytes.span.bytes) else { return .close(.packetTooShort) }
      let verdict = inspector.inspect(
        view.bytes, opcode: view.opcode, direction: .toBackend, outlet: &outlet)
      replacement = outlet.replacement.unsafeBytes.map { $0 }
      return verdict
    }
  }

  /// Breaks packets.
  private struct Mutator {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func mutate(_ whole: [UInt8]) -> [UInt8] {
      var bytes = whole
      for _ in 0...random.next(below: 3) { change(&bytes) }
      bytes[0] = UInt8(truncatingIfNeeded: bytes.count)
      bytes[1] = UInt8(truncatingIfNeeded: bytes.count >> 8)
      bytes[2] = whole[2]
      bytes[3] = whole[3]
      return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
      let count = UInt64(bytes.count)
      let at = Int(random.next(below: count))
      switch random.next(below: 8) {
      case 0: bytes[at] ^= 1 << UInt8(random.next(below: 8))
      case 1: bytes.removeLast(Int(random.next(below: count - 3)))
      case 2: bytes += random.bytes(Int(random.next(below: 40)))
      case 3: put(UInt16.max, at, &bytes)
      case 4: put(UInt16(at), at, &bytes)
      case 5:
        put(UInt16(random.next(below: count)), Int(random.next(below: min(count, 24))), &bytes)
      case 6:
        // NaN.
        put(0, at, &bytes)
        put(0x7fc0, at + 2, &bytes)
      default:
        let other = Int(random.next(below: count))
        for offset in 0..<4 where at + offset < bytes.count && other + offset < bytes.count {
          bytes.swapAt(at + offset, other + offset)
        }
      }
    }

    private func put(_ value: UInt16, _ at: Int, _ bytes: inout [UInt8]) {
      guard at + 1 < bytes.count else { return }
      bytes[at] = UInt8(truncatingIfNeeded: value)
      bytes[at + 1] = UInt8(truncatingIfNeeded: value >> 8)
    }
  }
}

extension [UInt8] {
  fileprivate var hex: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
