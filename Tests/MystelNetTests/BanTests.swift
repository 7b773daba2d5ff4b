import MystelCore
import MystelNet
import MystelSim
import MystelWire
import NIOCore
import Testing

@Suite("Bans at the gateway", .serialized)
struct BanTests {
  private static func list(_ targets: [BanTarget], scope: Ban.Scope = .everyone) -> BanList {
    BanList(
      bans: targets.map {
        Ban(
          target: $0, source: .manual, scope: scope, reason: "test", created: 0, expires: nil)
      }, allowed: [], protected: [])
  }

  private static func target(_ address: UInt32) -> BanTarget {
    .network(AddressKey.host(of: IPAddress(ipv4: address)))
  }

  /// Players in the game, each from an address of its own.
  private static func players(
    _ sources: [UInt32], _ scene: Scene
  ) async throws -> [SimClient<SimPlayer>] {
    var clients: [SimClient<SimPlayer>] = []
    for source in sources {
      clients.append(
        try await scene.connect(
          SimPlayer(account: "player-\(source)", seed: UInt64(source), pace: Scene.hasty),
          from: source))
    }
    try await scene.waitUntil("all are let in") { _ in
      sources.allSatisfy { scene.reports.entrance(of: $0) != nil }
    }
    return clients
  }

  @Test(
    "G13: end live sessions within a second, by address and by account, and no others",
    arguments: Scene.engines)
  func live(engine: Configuration.Engine) async throws {
    try await Scene.with(engine) { scene in
      let sources: [UInt32] = [0x7f01_0001, 0x7f01_0002, 0x7f01_0003]
      let clients = try await Self.players(sources, scene)
      let second = try #require(scene.reports.entrance(of: sources[1]))
      let begin = ContinuousClock.now
      scene.gateway.enforce(Self.list([Self.target(sources[0]), .account(second.account)]))
      let outcomes = [try await clients[0].ended.get(), try await clients[1].ended.get()]
      #expect(ContinuousClock.now - begin < .seconds(1))
      #expect(outcomes.allSatisfy { $0.ending != .orderly })
      let snapshot = await scene.gateway.snapshot()
      #expect(snapshot.sessions == 1 && snapshot.closes[.banned] == 2)
      clients[2].perform { player, now in player.leave(now: now) }
      let last = try await clients[2].ended.get()
      #expect(last.ending == .orderly && last.machine.surprises == 0)
      try await scene.waitUntil("the end of each stay is told") { _ in
        scene.reports.all.contains(.left(session: second.session))
      }
    }
  }

  @Test(
    "keep newcomers out before there is a session, and leave players in the game alone",
    arguments: Scene.engines)
  func newcomers(engine: Configuration.Engine) async throws {
    try await Scene.with(engine) { scene in
      let source: UInt32 = 0x7f01_0001
      let clients = try await Self.players([source], scene)
      scene.gateway.enforce(Self.list([Self.target(source)], scope: .newcomers))
      // The kernel may tell the refusal before or after the connection is made.
      let isWell = (try? await scene.play("late", from: source)) ?? false
      let neighbour = try await scene.play("neighbour", from: source + 1)
      #expect(!isWell && neighbour)
      let snapshot = await scene.gateway.snapshot()
      #expect(snapshot.closes[.banned] == 1 && snapshot.accepted == 2)
      clients[0].perform { player, now in player.leave(now: now) }
      let outcome = try await clients[0].ended.get()
      #expect(outcome.ending == .orderly)
    }
  }

  @Test(
    "what ends a session before its login is told, with the address; what ends it later is not",
    arguments: Scene.engines)
  func reports(engine: Configuration.Engine) async throws {
    var timeouts = Timeouts()
    timeouts.keys = .milliseconds(200)
    try await Scene.with(engine, timeouts: timeouts) { scene in
      let client = try await scene.connect(OneKeyClient(), from: 0x7f03_0001)
      let isWell = try await scene.play("a", from: 0x7f03_0002)
      #expect(isWell)
      _ = try await client.ended.get()
      try await scene.waitUntil("the silence is told") { _ in
        scene.reports.all.contains { report in
          guard case .incident(let incident) = report else { return false }
          return incident.client == IPAddress(ipv4: 0x7f03_0001)
            && incident.signal == "keys_timeout" && incident.isPreLogin && incident.account == nil
        }
      }
      #expect(
        !scene.reports.all.contains { report in
          guard case .incident(let incident) = report else { return false }
          return incident.client == IPAddress(ipv4: 0x7f03_0002)
        })
    }
  }
}
