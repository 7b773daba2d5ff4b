import MystelCore
import MystelSim
import MystelTesting
import MystelWire
import NIOCore
import NIOPosix
import Testing

@Suite("The simulation over sockets")
struct SimSocketTests {
  private static let loopback = Endpoint(IPAddress(ipv4: 0x7f00_0001), port: 0)

  @Test("carries thirty players on two loops byte-exact, from thirty addresses")
  func carriesManyPlayers() async throws {
    try await Self.withWorld { world, endpoint, group, ledger in
      var players: [SimClient<SimPlayer>] = []
      for index in 0..<30 {
        let player = SimPlayer(
          account: "player-\(index)", seed: UInt64(index), pace: Self.instant,
          stay: .milliseconds(700))
        players.append(
          try await SimClient.connect(
            player, to: endpoint, from: IPAddress(ipv4: 0x7f01_0000 | UInt32(index + 1)),
            on: group.next()))
      }
      for player in players {
        let outcome = try await player.ended.get()
        #expect(outcome.ending == .orderly)
        ledger.record(outcome.machine.record(ending: outcome.ending))
      }
      await world.stop()
      for index in 0..<30 {
        let verdict = ledger.verdict(for: "player-\(index)")
        #expect(verdict.toBackend == .exact, "player \(index)")
        #expect(verdict.toClient == .exact, "player \(index)")
        #expect(verdict.bytes > 380_000, "player \(index)")
      }
      #expect(world.tally.sources.count == 30)
      #expect(world.tally.open == 0)
      #expect(world.tally.loggedIn == 30)
      #expect(world.tally.faults == SimWorldConnection.Faults())
    }
  }

  @Test("lets a player leave when it is told to")
  func leavesOnRequest() async throws {
    try await Self.withWorld { world, endpoint, group, ledger in
      let player = SimPlayer(account: "told", seed: 3, pace: Self.instant)
      let client = try await SimClient.connect(player, to: endpoint, on: group.next())
      client.perform { player, now in player.leave(now: now) }
      let outcome = try await client.ended.get()
      #expect(outcome.ending == .orderly)
      #expect(outcome.machine.phase == .gone)
    }
  }

  @Test(
    "shows each end how the other left",
    arguments: [
      (Offender.lengthZero, SimEnding.resetByPeer), (.lengthThree, .resetByPeer),
      (.tinyFlood, .resetByPeer), (.wrongBuild, .closedByPeer), (.resetMidPacket, .resetBySelf),
    ])
  func showsEndings(offender: Offender, ending: SimEnding) async throws {
    try await Self.withWorld { world, endpoint, group, ledger in
      let client = try await SimClient.connect(
        SimOffender(offender, account: offender.rawValue, seed: 1), to: endpoint,
        on: group.next())
      let outcome = try await client.ended.get()
      #expect(outcome.ending == ending)
      #expect(outcome.machine.hasOffended)
    }
  }

  @Test("stops with connections open, and tells them so")
  func stops() async throws {
    try await Self.withWorld { world, endpoint, group, ledger in
      let client = try await SimClient.connect(
        SimOffender(.silent, account: "s", seed: 1), to: endpoint, on: group.next())
      client.stop()
      let outcome = try await client.ended.get()
      #expect(outcome.ending == .stopped)
      await world.stop()
      #expect(world.tally.open == 0)
    }
  }

  @Test("fails to connect where nobody listens")
  func failsWithoutWorld() async throws {
    try await Self.withWorld { world, endpoint, group, ledger in
      await world.stop()
      await #expect(throws: (any Error).self) {
        let player = SimPlayer(account: "nobody", seed: 1)
        _ = try await SimClient.connect(player, to: endpoint, on: group.next())
      }
    }
  }

  /// Waits of a few milliseconds: these tests are about sockets.
  private static let instant = SimPace(
    lobby: .milliseconds(5), loading: .milliseconds(5), step: .milliseconds(5),
    skill: .milliseconds(40), loot: .milliseconds(5), chat: .milliseconds(40),
    probe: .milliseconds(60))

  private static func withWorld(
    _ body: (SimWorldServer, Endpoint, any EventLoopGroup, StreamLedger) async throws -> Void
  ) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let ledger = StreamLedger()
    var traits = SimWorldTraits()
    traits.floodPacketsPerSecond = 3_000
    let world = SimWorldServer(group: group, seed: 1, traits: traits, ledger: ledger)
    do {
      let endpoint = try await world.start(on: loopback)
      try await body(world, endpoint, group, ledger)
    } catch {
      await world.stop()
      try await group.shutdownGracefully()
      throw error
    }
    await world.stop()
    try await group.shutdownGracefully()
  }
}
