import MystelCore
import MystelSim
import MystelTesting
import MystelWire
import Testing

@Suite("A misbehaving client")
struct SimOffenderTests {
  @Test("says nothing when it is the silent one")
  func silent() {
    #expect(Self.commit(.silent).toWorld == [])
  }

  @Test("sends exactly half of its first key")
  func halfKeys() {
    #expect(Self.commit(.halfKeys).toWorld.count == 64)
  }

  @Test("drips its first key, one byte at a time and never faster than five a second")
  func dripFeed() {
    let short = Self.commit(.dripFeed, seconds: 2).toWorld
    let long = Self.commit(.dripFeed, seconds: 60).toWorld
    #expect((8...11).contains(short.count))
    #expect(long.count == 128)
    #expect(Array(long.prefix(short.count)) == short)
  }

  @Test("sends an HTTP request that is longer than a key")
  func httpAsKey() {
    let bytes = Self.commit(.httpAsKey).toWorld
    #expect(bytes.starts(with: "GET / HTTP/1.1".utf8.prefix(5)))
    #expect(bytes.count > SessionKey.byteCount)
    #expect(bytes.suffix(4) == Array("\r\n\r\n".utf8)[...])
  }

  @Test("sends bytes after the keys that decipher to no first packet")
  func garbageAfterKeys() {
    for seed: UInt64 in 1...20 {
      let wire = Self.commit(.garbageAfterKeys, seed: seed)
      #expect(wire.toWorld.count == 256 + 512, "seed \(seed)")
      #expect(wire.eavesdrop().toWorld.first?.opcode != 19900, "seed \(seed)")
    }
  }

  @Test("claims build 376012, and nothing else before it")
  func wrongBuild() {
    let wire = Self.commit(.wrongBuild)
    let packets = wire.eavesdrop().toWorld
    #expect(packets.count == 1)
    #expect(packets.first?.opcode == 19900)
    #expect(packets.first?[16..<20] == bytes(hex: "ccbc0500")[...])
    #expect(wire.world.faults.refusedBuilds == 1)
  }

  @Test(
    "sends a header that claims the promised length, after an honest login",
    arguments: [
      (Offender.lengthZero, 0), (.lengthOne, 1), (.lengthTwo, 2), (.lengthThree, 3),
      (.oversized, 65_535),
    ])
  func badLength(offender: Offender, length: Int) {
    let wire = Self.commit(offender)
    let packets = wire.eavesdrop().toWorld
    #expect(packets.prefix(2).map(\.opcode) == [19900, 64460])
    #expect(packets.count == 3)
    #expect(packets.last?.claimedLength == length)
    #expect(wire.world.faults.malformed == (length < 4 ? 1 : 0))
  }

  @Test("floods with four-byte packets, and does not stop by itself")
  func tinyFlood() {
    let wire = Self.commit(.tinyFlood, seconds: 1)
    let packets = wire.eavesdrop().toWorld.dropFirst(2)
    #expect(packets.count > 50_000)
    #expect(packets.allSatisfy { $0.count == 4 && $0.claimedLength == 4 })
    #expect(wire.client.wish == .stay)
  }

  @Test("floods with long packets of the game, a megabyte within a second and on")
  func byteFlood() {
    let wire = Self.commit(.byteFlood, seconds: 1)
    let packets = wire.eavesdrop().toWorld.dropFirst(2)
    #expect(packets.reduce(0) { $0 + $1.count } > 1_000_000)
    #expect(packets.allSatisfy { $0.count > 8_000 && $0.claimedLength == $0.count })
    #expect(wire.client.wish == .stay)
  }

  @Test("comes in crowds that say nothing, or one key each")
  func crowds() {
    #expect(Offender.connectionFlood.connections > 1)
    #expect(Self.commit(.connectionFlood).toWorld == [])
    #expect(Self.commit(.handshakeFlood).toWorld.count == SessionKey.byteCount)
  }

  @Test("is disconnected by a world that has a limit on packets")
  func floodMeetsALimit() {
    let wire = Self.commit(.tinyFlood, seconds: 1, floodLimit: 3_000)
    #expect(wire.world.faults.floods == 1)
    #expect(wire.world.wish == .reset)
  }

  @Test("stops in the middle of a packet, and resets")
  func resetMidPacket() {
    let wire = Self.commit(.resetMidPacket)
    let last = wire.eavesdrop().toWorld.last ?? []
    #expect(last.count >= 4)
    #expect(last.count < last.claimedLength)
    #expect(wire.client.wish == .reset)
  }

  @Test("has committed its offence before long", arguments: Offender.allCases)
  func offends(offender: Offender) {
    #expect(Self.commit(offender, seconds: 1).client.hasOffended)
  }

  private static func commit(
    _ offender: Offender, seed: UInt64 = 1, seconds: Int = 5, floodLimit: Int? = nil
  ) -> VirtualWire<SimOffender> {
    var traits = SimWorldTraits()
    traits.floodPacketsPerSecond = floodLimit
    let client = SimOffender(offender, account: "offender", seed: seed)
    let world = SimWorldConnection(
      seed: seed + 100, traits: traits, content: SimWorldContent(seed: 1))
    var wire = VirtualWire(client, world, cut: .random, seed: seed)
    wire.run(for: .seconds(seconds))
    return wire
  }
}
