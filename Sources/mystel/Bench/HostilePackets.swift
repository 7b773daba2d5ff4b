import MystelCore
import MystelSim
import MystelWire

/// Packets that cost as much to judge as their senders can make them cost: long lists, texts full of
/// tags, then broken at random. The same every time.
struct HostilePackets: ~Copyable {
  /// What took longest to judge.
  struct Slowest {
    var nanoseconds = 0.0
    var name = ""
    var build: UInt32 = 0
    var byteCount = 0
    /// How many packets were tried.
    var tried = 0
  }

  /// How often each packet is judged; its fastest time counts, so that what else the machine does
  /// has no part in it.
  private static let repetitions = 7
  private static let mutations = 8
  /// Lengths of lists and texts, down to one that fits.
  private static let stretches: [Int?] = [2000, 500, 200, 60, 20, 5, nil]
  /// The longest packet that a listener takes from clients by default.
  private static let longestPacket = Limits().clientPacketBytes

  private let policy: InspectionPolicy
  private var outlet = PacketOutlet()
  private var slowest = Slowest()

  private init(_ policy: InspectionPolicy) { self.policy = policy }

  /// Judges packets of every layout of every build, whole and broken.
  static func slowest(of policy: InspectionPolicy) -> Slowest {
    var packets = HostilePackets(policy)
    for (_, build) in policy.builds.sorted(by: { $0.key < $1.key }) { packets.measure(build) }
    return packets.slowest
  }

  private mutating func measure(_ build: BuildPolicy) {
    let pack = build.pack
    let scene = Self.scene(pack)
    let names = pack.opcodes.keys.filter { $0.hasPrefix("C_") && pack.packets[$0] != nil }.sorted()
    for (index, name) in names.enumerated() {
      guard let opcode = pack.opcodes[name], let layout = pack.packets[name]?.layout else {
        continue
      }
      var random = SimRandom(seed: UInt64(index))
      let long = packet(layout, opcode, seed: UInt64(index), from: 0)
      let short = packet(layout, opcode, seed: UInt64(index), from: Self.stretches.count - 1)
      for whole in [long, short].compactMap({ $0 }) {
        attempt(whole, name, pack.build, scene)
        for _ in 0..<Self.mutations { attempt(broken(whole, &random), name, pack.build, scene) }
      }
    }
  }

  /// The longest packet of a layout that a client may send.
  private func packet(
    _ layout: PacketLayout, _ opcode: UInt16, seed: UInt64, from first: Int
  ) -> [UInt8]? {
    for stretch in Self.stretches.dropFirst(first) {
      var made = LayoutPackets(seed: seed, stretch: stretch)
      if let packet = try? layout.encode(made.fields(layout.body), opcode: opcode),
        packet.count <= Self.longestPacket
      {
        return packet
      }
    }
    return nil
  }

  /// A packet with some of its bytes, words or its end changed; framed as any that is judged.
  private func broken(_ packet: [UInt8], _ random: inout SimRandom) -> [UInt8] {
    var bytes = packet
    func place() -> Int { random.number(in: 0...max(0, bytes.count - 6)) + 4 }
    for _ in 0..<random.number(in: 1...3) where bytes.count > 6 {
      let at = min(place(), bytes.count - 2)
      switch random.number(in: 0...5) {
      case 0: bytes[at] ^= 1 << random.number(in: 0...7)
      case 1: put(random.number(in: 0...bytes.count + 1), at: at, &bytes)
      case 2: bytes.swapAt(at, min(place(), bytes.count - 2))
      case 3: bytes.removeLast(random.number(in: 0...min(64, bytes.count - 4)))
      case 4: put([0, 1, 255, 32_768, 65_535][random.number(in: 0...4)], at: at, &bytes)
      // The first words are mostly counts and places of lists.
      default:
        let head = 4 + 2 * random.number(in: 0...7)
        put(random.number(in: 0...bytes.count), at: min(head, bytes.count - 2), &bytes)
      }
    }
    bytes += random.bytes(random.number(in: 0...3) == 0 ? 8 : 0)
    put(bytes.count, at: 0, &bytes)
    return bytes
  }

  private func put(_ value: Int, at place: Int, _ bytes: inout [UInt8]) {
    bytes[place] = UInt8(truncatingIfNeeded: value)
    bytes[place + 1] = UInt8(truncatingIfNeeded: value >> 8)
  }

  /// What is said until a session is in the world.
  private static func scene(_ pack: BuildPack) -> [(packet: [UInt8], direction: Direction)] {
    let version = CheckVersion(build: pack.build, second: 1).packet()
    let answers = [("S_LOGIN_ARBITER", "success"), ("S_SPAWN_ME", "alive")].compactMap {
      name, field -> [UInt8]? in
      guard let opcode = pack.opcodes[name], let layout = pack.packets[name]?.layout else {
        return nil
      }
      return try? layout.encode(
        PacketFields([.init(name: field, value: .bool(true))]), opcode: opcode)
    }
    return [(version, .toBackend)] + answers.map { ($0, .toClient) }
  }

  private mutating func attempt(
    _ packet: [UInt8], _ name: String, _ build: UInt32,
    _ scene: [(packet: [UInt8], direction: Direction)]
  ) {
    var fastest = Double.infinity
    for _ in 0..<Self.repetitions {
      var inspector = GameInspector(
        policy: policy, builds: [build], unknownBuild: .refuse,
        now: Instant(nanoseconds: 1_000_000_000))
      for step in scene { _ = judge(step.packet, step.direction, &inspector) }
      fastest = min(fastest, judge(packet, .toBackend, &inspector))
    }
    slowest.tried += 1
    guard fastest > slowest.nanoseconds else { return }
    slowest.nanoseconds = fastest
    slowest.name = name
    slowest.build = build
    slowest.byteCount = packet.count
  }

  /// - Returns: how many nanoseconds it took.
  private mutating func judge(
    _ packet: [UInt8], _ direction: Direction, _ inspector: inout GameInspector
  ) -> Double {
    outlet.replacement.removeAll()
    outlet.findings.removeAll()
    let opcode = UInt16(packet[2]) | UInt16(packet[3]) << 8
    let span = packet.span.bytes
    let begin = ContinuousClock.now
    _ = inspector.inspect(span, opcode: opcode, direction: direction, outlet: &outlet)
    let parts = (ContinuousClock.now - begin).components
    return Double(parts.seconds) * 1e9 + Double(parts.attoseconds) / 1e9
  }
}
