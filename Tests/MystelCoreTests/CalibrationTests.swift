import MystelCore
import MystelWire
import Testing

/// What is learnt from the packets of honest clients.
@Suite struct CalibrationTests {
  @Test("lengths are kept from the shortest to the longest, without integrity headers")
  func lengths() throws {
    var rig = try Rig()
    for count in [8, 10, 8, 200] { rig.send(Self.unnamed, body: count - 4) }
    rig.send(Self.stamped, words: [1, 7, 5])
    rig.send(Self.stamped, words: [5])
    let plain = try #require(rig.profile(Self.unnamed))
    #expect(plain.lengths.shortest == 8)
    #expect(plain.lengths.longest == 200)
    #expect(plain.lengths.counts == [8: 2, 10: 1, 200: 1])
    #expect(plain.name == nil)
    #expect(rig.profile(Self.stamped)?.lengths.counts == [8: 2])
  }

  @Test("lengths beyond those told apart still move the shortest and the longest")
  func manyLengths() throws {
    var rig = try Rig()
    for count in 0..<200 { rig.send(Self.unnamed, body: 300 - count) }
    let lengths = try #require(rig.profile(Self.unnamed)).lengths
    #expect(lengths.counts.count == LengthProfile.mostDistinct)
    #expect(lengths.hasMore)
    #expect((lengths.shortest, lengths.longest) == (105, 304))
  }

  @Test("intervals are between packets of one opcode in one session")
  func intervals() throws {
    var rig = try Rig()
    for milliseconds in [0, 40, 140, 240] { rig.send(Self.unnamed, at: milliseconds) }
    rig.send(Self.real, words: [0], at: 250)
    rig.begin()
    rig.send(Self.unnamed, at: 241)
    let profile = try #require(rig.profile(Self.unnamed))
    #expect((profile.count, profile.sessions) == (5, 2))
    #expect(profile.intervals.count == 3)
    #expect(profile.intervals.shortest == 40_000_000)
    let median = try #require(profile.intervals.median)
    #expect((80_000_000...100_000_000).contains(median))
    #expect(rig.profile(Self.real)?.intervals.median == nil)
  }

  @Test(
    "the median is never below the shortest and at most a quarter low",
    arguments: [
      0, 1, 3, 4, 7, 999, 1024, 65_537, 1_000_003, UInt64(1) << 39,
    ])
  func median(microseconds: UInt64) throws {
    var rig = try Rig()
    rig.send(Self.unnamed, nanoseconds: 0)
    rig.send(Self.unnamed, nanoseconds: microseconds * 1000)
    let intervals = try #require(rig.profile(Self.unnamed)).intervals
    let median = try #require(intervals.median)
    #expect(intervals.shortest == microseconds * 1000)
    #expect(median == microseconds * 1000)
    rig.send(Self.unnamed, nanoseconds: microseconds * 1000)
    #expect(rig.profile(Self.unnamed)?.intervals.shortest == 0)
    let lower = try #require(rig.profile(Self.unnamed)?.intervals.median)
    #expect(lower <= microseconds * 1000)
    #expect(Double(lower) >= Double(microseconds * 1000) * 0.75)
  }

  @Test("a clock that goes back makes intervals of nothing, and no trap")
  func clockBack() throws {
    var rig = try Rig()
    rig.send(Self.unnamed, nanoseconds: .max)
    rig.send(Self.unnamed, nanoseconds: 5)
    #expect(rig.profile(Self.unnamed)?.intervals.shortest == 0)
    rig.finish()
    #expect(rig.calibration.seconds == 0)
  }

  @Test("zeros, NaN and infinities are counted by field, in lists too")
  func floats() throws {
    var rig = try Rig()
    let (nan, infinity, one) = (
      Float.nan.bitPattern, Float.infinity.bitPattern, Float(1).bitPattern
    )
    for word in [0, Float(-0.0).bitPattern, nan, infinity, one] {
      rig.send(Self.real, words: [word])
    }
    rig.send(Self.place, words: [0, 0, 0])
    rig.send(Self.place, words: [0, nan, 0])
    rig.send(Self.place, words: [one, 0, 0])
    // Two elements of a list: their places, and where the next is.
    rig.send(Self.list, words: [2 | 8 << 16, 8 | 16 << 16, 0, 16, one])
    let real = try #require(rig.profile(Self.real)?.fields.first)
    #expect((real.name, real.count, real.zeros) == ("speed", 5, 2))
    #expect((real.notNumbers, real.infinities) == (1, 1))
    let place = try #require(rig.profile(Self.place)?.fields.first)
    #expect((place.count, place.zeros, place.notNumbers) == (3, 1, 1))
    let listed = try #require(rig.profile(Self.list)?.fields.first)
    #expect((listed.name, listed.count, listed.zeros) == ("targets.angle", 2, 1))
  }

  @Test("integrity headers: bare or stamped, hash zero or not, counters by opcode")
  func stamps() throws {
    var rig = try Rig()
    rig.send(Self.stamped, words: [5])
    for count: UInt32 in [1, 2, 3, 9] { rig.send(Self.stamped, words: [count, 77, 5]) }
    rig.send(Self.stamped, words: [10, 0, 5])
    rig.begin()
    rig.send(Self.stamped, words: [1, 77, 5])
    let stamps = try #require(rig.profile(Self.stamped)).stamps
    #expect((stamps.bare, stamps.stamped) == (1, 6))
    #expect((stamps.zeroHashes, stamps.otherHashes) == (1, 5))
    #expect((stamps.steps, stamps.leaps) == (3, 1))
    // Packets that have no header anywhere are none that go without.
    rig.send(Self.real, words: [0])
    #expect(rig.profile(Self.real)?.stamps.bare == 0)
  }

  @Test("no more kinds of packets are kept than there is room for, whatever is sent")
  func bounds() throws {
    var rig = try Rig()
    for opcode in UInt16(0)..<5000 { rig.send(opcode, body: Int(opcode) % 7) }
    #expect(rig.calibration.packets.count == Calibration.mostKinds)
    #expect(rig.calibration.withoutPlace == 5000 - Calibration.mostKinds)
    #expect(rig.calibration.packetCount == 5000)
    #expect(rig.session.opcodes.count <= Calibration.mostKinds)
    rig.calibration.add([1, 2, 3], of: &rig.session, at: Instant(nanoseconds: 0))
    #expect(rig.calibration.packetCount == 5000)
  }

  @Test(
    "a session's need is a limit that holds it back in nothing, and hardly less does",
    arguments: [
      [0: 30, 1000: 30, 2000: 30], [0: 2, 9000: 140], [0: 1, 500: 90, 700: 20, 8000: 300],
    ])
  func pace(bursts: [Int: Int]) throws {
    var rig = try Rig()
    for (milliseconds, count) in bursts.sorted(by: { $0.key < $1.key }) {
      for _ in 0..<count { rig.send(Self.unnamed, at: milliseconds) }
    }
    let need = rig.finish().packetsPerSecond
    #expect(delays(bursts, limit: Int(need.rounded(.up))) == 0)
    #expect(delays(bursts, limit: Int(need / 2)) > 0)
  }

  /// Packets that a meter would have delayed.
  private func delays(_ bursts: [Int: Int], limit: Int) -> Int {
    var limits = SessionLimits()
    limits.packetsPerSecond = limit
    limits.bytesPerSecond = nil
    var meter = SessionMeter(limits, now: Instant(nanoseconds: 1_000_000_000))
    var delayed = 0
    for (milliseconds, count) in bursts.sorted(by: { $0.key < $1.key }) {
      let now = Instant(nanoseconds: UInt64(1000 + milliseconds) * 1_000_000)
      for _ in 0..<count where meter.charge(cost: 1, byteCount: 4, now: now) != .pass {
        delayed += 1
      }
    }
    return delayed
  }

  static let (unnamed, real, place, list, stamped) = (
    UInt16(9000), UInt16(9001), UInt16(9002), UInt16(9003), UInt16(9004)
  )

  /// A calibration of one build, and its session at work.
  struct Rig {
    var calibration = Calibration()
    var session: CalibrationSession
    private let policy: InspectionPolicy
    private let build: BuildPolicy

    init() throws {
      func traits(_ text: String, integrity: PacketTraits.IntegrityHeader = .absent) throws
        -> PacketTraits
      {
        let file = LayoutText.parse("packet C_X in always\n\(text)\n", patch: 92)
        let packet = try #require(file.declarations.first)
        return PacketTraits(layout: packet.layout, phases: .always, integrity: integrity)
      }
      let packets = [
        "C_REAL": try traits("  speed f32"), "C_PLACE": try traits("  loc vec3"),
        "C_LIST": try traits("  targets array ..16\n    angle f32"),
        "C_STAMPED": try traits("  value u32", integrity: .possible),
      ]
      let pack = BuildPack(
        build: 367_081, patch: 9204, label: "test",
        opcodes: [
          "C_CHECK_VERSION": TeraBuild.checkVersionOpcode, "C_REAL": real, "C_PLACE": place,
          "C_LIST": list, "C_STAMPED": stamped,
        ], packets: packets)
      policy = try InspectionPolicy(packs: [pack], rules: [])
      build = try #require(policy.builds[367_081])
      session = CalibrationSession(build, by: policy, player: .session(1))
    }

    func profile(_ opcode: UInt16) -> PacketProfile? {
      calibration.packets[.init(build: 367_081, opcode: opcode)]
    }

    mutating func begin(_ player: CalibrationPlayer = .session(2)) {
      session = CalibrationSession(build, by: policy, player: player)
    }

    @discardableResult
    mutating func finish() -> SessionNeeds { calibration.finish(session) }

    mutating func send(_ opcode: UInt16, words: [UInt32], at milliseconds: Int = 0) {
      let body = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
      }
      send(opcode, body, Instant(nanoseconds: UInt64(milliseconds) * 1_000_000))
    }

    mutating func send(_ opcode: UInt16, body: Int = 0, at milliseconds: Int = 0) {
      let now = Instant(nanoseconds: UInt64(milliseconds) * 1_000_000)
      send(opcode, [UInt8](repeating: 0, count: body), now)
    }

    mutating func send(_ opcode: UInt16, nanoseconds: UInt64) {
      send(opcode, [], Instant(nanoseconds: nanoseconds))
    }

    private mutating func send(_ opcode: UInt16, _ body: [UInt8], _ now: Instant) {
      let count = body.count + 4
      let head = [count & 0xff, count >> 8, Int(opcode) & 0xff, Int(opcode) >> 8].map(UInt8.init)
      calibration.add(head + body, of: &session, at: now)
    }
  }
}
