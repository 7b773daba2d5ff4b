import MystelCore
import MystelNet
import MystelSim
import MystelWire
import Testing

@Suite("Floods at the gateway", .serialized)
struct FloodTests {
  @Test(
    "who goes on though refused is told with evidence, and players beside it are not",
    arguments: Scene.engines)
  func told(engine: Configuration.Engine) async throws {
    var limits = Limits()
    limits.sources.address.connectionsPerSecond = 5
    try await Scene.with(engine, limits: limits) { scene in
      let source: UInt32 = 0x7f04_0001
      let player = try await scene.connect(
        SimPlayer(account: "stays", seed: 3, pace: Scene.hasty), from: 0x7f04_0002)
      for _ in 0..<60 { _ = try? await scene.connect(OneKeyClient(), from: source).stop() }
      try await scene.waitUntil("the flood is told") { _ in
        !Self.floods(scene).isEmpty
      }
      for incident in Self.floods(scene) {
        #expect(incident.client == IPAddress(ipv4: source) && incident.isPreLogin)
        #expect(incident.account == nil && incident.ceiling == nil && incident.weight == 10)
        let evidence = try #require(incident.evidence.flatMap { scene.gateway.evidence.find($0) })
        #expect(evidence == incident.ending && evidence.client == "127.4.0.1")
        #expect(evidence.rule == incident.signal && evidence.isEnforced)
      }
      #expect(Self.floods(scene).count <= 2)
      player.perform { player, now in player.leave(now: now) }
      let outcome = try await player.ended.get()
      #expect(outcome.ending == .orderly && outcome.machine.surprises == 0)
    }
  }

  private static func floods(_ scene: Scene) -> [Incident] {
    scene.reports.all.compactMap { report in
      guard case .incident(let incident) = report, incident.session == 0 else { return nil }
      return incident
    }
  }
}
