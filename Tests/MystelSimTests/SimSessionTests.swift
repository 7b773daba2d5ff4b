import MystelCore
import MystelSim
import MystelTesting
import Testing

@Suite("A simulated session")
struct SimSessionTests {
  private static let content = SimWorldContent(seed: 1)

  @Test(
    "arrives byte-exact both ways, however the bytes are cut",
    arguments: 1...12 as ClosedRange<UInt64>)
  func survivesRandomSplits(seed: UInt64) {
    let wire = Self.play(seed: seed, cut: .random)
    #expect(Self.verdict(wire).isByteExact, "seed \(seed)")
    #expect(Self.verdict(wire).toBackend == .exact, "seed \(seed)")
    #expect(Self.verdict(wire).toClient == .exact, "seed \(seed)")
    #expect(wire.world.faults == SimWorldConnection.Faults(), "seed \(seed)")
    #expect(wire.client.surprises == 0, "seed \(seed)")
  }

  @Test("is the same session whether delivered whole, in pieces or byte by byte")
  func doesNotDependOnSplits() {
    let whole = Self.play(seed: 7, cut: .whole, seconds: 4, sendsBurst: false)
    let single = Self.play(seed: 7, cut: .single, seconds: 4, sendsBurst: false)
    #expect(whole.toWorld == single.toWorld)
    #expect(whole.toClient == single.toClient)
    #expect(Self.verdict(single).isByteExact)
  }

  @Test("begins like a real one, and brings the login burst of about 400 KB")
  func hasTheLoginSequence() {
    let packets = Self.play(seed: 3, cut: .whole).eavesdrop()
    #expect(packets.toWorld.prefix(2).map(\.opcode) == [19900, 64460])
    let client = packets.toWorld.map(\.opcode)
    let order: [SimOpcode] = [.getUserList, .selectUser, .loadTopoFin, .playerLocation]
    let places = order.map { client.firstIndex(of: $0.rawValue) }
    #expect(!places.contains(nil))
    #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())

    let burst = packets.toClient.prefix { $0.opcode != SimOpcode.loadTopo.rawValue }
    #expect(burst.filter { $0.count == 65_468 }.count == 3)
    #expect(burst.filter { $0.count == 16_168 }.count == 10)
    #expect(burst.filter { $0.count == 244 }.count == 106)
    #expect((380_000...450_000).contains(burst.map(\.count).reduce(0, +)))
  }

  @Test("keeps moving and fighting, and answers every ping while it plays")
  func playsLikeAPerson() {
    let wire = Self.play(seed: 5, cut: .whole, seconds: 60)
    let packets = wire.eavesdrop()
    func count(_ opcode: SimOpcode, _ packets: [[UInt8]]) -> Int {
      packets.filter { $0.opcode == opcode.rawValue }.count
    }
    #expect((100...330).contains(count(.playerLocation, packets.toWorld)))
    #expect(count(.startSkill, packets.toWorld) >= 30)
    #expect(count(.tryLootDropItem, packets.toWorld) >= 3)
    #expect(count(.chat, packets.toWorld) == count(.serverChat, packets.toClient))
    #expect(count(.checkRTT, packets.toWorld) == count(.serverCheckRTT, packets.toClient))
    #expect(count(.ping, packets.toClient) >= 8)
    #expect(count(.pong, packets.toWorld) == count(.ping, packets.toClient))
  }

  @Test("differs in the ledger as soon as one bit on the way is turned")
  func noticesOneBit() {
    var client = SimPlayer(account: "a", seed: 1, pace: .brisk)
    var world = SimWorldConnection(seed: 2, traits: SimWorldTraits(), content: Self.content)
    let now = Instant(nanoseconds: 1)
    world.start(now: now)
    for _ in 0..<6 {
      client.receive(world.takeOutput(), now: now)
      world.receive(client.takeOutput(), now: now)
    }
    #expect(world.account == "a")
    client.leave(now: now)
    var last = client.takeOutput()
    last[2] ^= 1
    world.receive(last, now: now)
    let ledger = StreamLedger()
    ledger.record(client.record(ending: .orderly))
    ledger.record(world.record(ending: .orderly))
    #expect(ledger.verdict(for: "a").toBackend == .differs)
    #expect(!ledger.verdict(for: "a").isByteExact)
  }

  @Test("repeats bit for bit from its seed, and is another one with another")
  func followsItsSeed() {
    let first = Self.play(seed: 9, cut: .whole, seconds: 5)
    let again = Self.play(seed: 9, cut: .whole, seconds: 5)
    let other = Self.play(seed: 10, cut: .whole, seconds: 5)
    #expect(first.toWorld == again.toWorld)
    #expect(first.toClient == again.toClient)
    #expect(first.toWorld != other.toWorld)
  }

  @Test("that asks to leave before it has spawned leaves as soon as it can")
  func leavesEarly() {
    var player = SimPlayer(account: "early", seed: 4, pace: .brisk)
    player.leave(now: Instant(nanoseconds: 0))
    let world = SimWorldConnection(seed: 5, traits: SimWorldTraits(), content: Self.content)
    var wire = VirtualWire(player, world, cut: .random, seed: 4)
    wire.run(for: .seconds(20))
    #expect(wire.client.phase == .gone)
    #expect(Self.verdict(wire).isByteExact)
    #expect(wire.toClient.count < 5_000)
  }

  private static func play(
    seed: UInt64, cut: VirtualWire<SimPlayer>.Cut, seconds: Int = 10, sendsBurst: Bool = true
  ) -> VirtualWire<SimPlayer> {
    let player = SimPlayer(
      account: "player-\(seed)", seed: seed, pace: .brisk, stay: .seconds(seconds))
    var traits = SimWorldTraits()
    traits.sendsBurst = sendsBurst
    let world = SimWorldConnection(seed: seed ^ 0xffff, traits: traits, content: content)
    var wire = VirtualWire(player, world, cut: cut, seed: seed)
    wire.run(for: .seconds(seconds + 20))
    return wire
  }

  private static func verdict(_ wire: VirtualWire<SimPlayer>) -> StreamVerdict {
    let ledger = StreamLedger()
    ledger.record(wire.client.record(ending: .orderly))
    ledger.record(wire.world.record(ending: .orderly))
    return ledger.verdict(for: wire.client.account)
  }
}
