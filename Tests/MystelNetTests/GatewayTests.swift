import MystelCore
import MystelNet
import MystelSim
import MystelWire
import NIOCore
import Testing

@Suite("The gateway", .serialized)
struct GatewayTests {
  @Test(
    "carries players byte-exact, counts them, and forgets them when they leave",
    arguments: Scene.engines)
  func carries(engine: Configuration.Engine) async throws {
    try await Scene.with(engine) { scene in
      let ended = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 1...10 {
          group.addTask {
            try await scene.play("player-\(number)", from: 0x7f01_0000 + UInt32(number))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(ended == Array(repeating: true, count: 10))
      try await scene.waitUntil("all sessions are gone") { await $0.snapshot().sessions == 0 }
      try await scene.waitUntil("every stream arrived byte-exact") { _ in
        (1...10).allSatisfy { number in
          let verdict = scene.ledger.verdict(for: "player-\(number)")
          return verdict.toBackend == .exact && verdict.toClient == .exact
        }
      }
      let snapshot = await scene.gateway.snapshot()
      #expect(snapshot.accepted == 10)
      // The world says goodbye first.
      #expect(snapshot.closes == [.backendClosed: 10])
      #expect(snapshot.packets.toClient > 1000)
      #expect(snapshot.forwarded == snapshot.packets.toBackend + snapshot.packets.toClient)
      #expect(scene.gateway.halfOpenConnections(to: "world") == 0)
    }
  }

  @Test(
    "never has more half-open connections than the cap, and lets players past a flood of them",
    arguments: Scene.engines)
  func halfOpenCap(engine: Configuration.Engine) async throws {
    var limits = Limits()
    limits.halfOpenPerBackend = 16
    limits.sources = .none
    try await Scene.with(engine, limits: limits) { scene in
      var flood: [SimClient<OneKeyClient>] = []
      for number in 0..<300 {
        flood.append(try await scene.connect(OneKeyClient(), from: 0x7f09_0000 + UInt32(number)))
      }
      let most = Task {
        var most = 0
        while !Task.isCancelled {
          most = max(most, scene.gateway.halfOpenConnections(to: "world"))
          try? await Task.sleep(for: .milliseconds(1))
        }
        return most
      }
      for number: UInt32 in 1...5 {
        let isWell = try await scene.play(
          "player-\(number)", from: 0x7f01_0001 + number << 8)
        #expect(isWell, "player \(number)")
      }
      most.cancel()
      #expect(await most.value == 16)
      for client in flood { client.stop() }
      try await scene.waitUntil("all places are free") {
        $0.halfOpenConnections(to: "world") == 0
      }
    }
  }

  @Test(
    "leaves sessions alone while listeners are renamed, added and taken away",
    arguments: Scene.engines)
  func reload(engine: Configuration.Engine) async throws {
    try await Scene.with(engine) { scene in
      let staying = try await scene.connect(SimPlayer(account: "staying", seed: 1))
      let bound = try #require(scene.gateway.endpoints["public"])
      // The port by number, so that the renamed listener is known to be the same.
      var changed = scene.configuration
      changed.listeners = [Scene.listener("public", bind: bound)]
      await #expect(throws: SystemCallError.self) { try await scene.reload(changed) }
      changed.listeners = scene.configuration.listeners + [Scene.listener("second")]
      try await scene.reload(changed)
      #expect(scene.gateway.endpoints["public"] == bound)
      let second = try #require(scene.gateway.endpoints["second"])
      #expect(try await scene.play("a", from: 0x7f01_0001, to: "second"))

      changed.listeners = [Scene.listener("third")]
      try await scene.reload(changed)
      #expect(Array(scene.gateway.endpoints.keys) == ["third"])
      #expect(try await scene.play("b", from: 0x7f01_0001, to: "third"))
      let refused = try await scene.isRefused(at: second)
      #expect(refused)

      staying.perform { player, now in player.leave(now: now) }
      let outcome = try await staying.ended.get()
      #expect(outcome.ending == .orderly)
    }
  }

  @Test(
    "gives a listener of a dead backend a new backend, and its port stays the same",
    arguments: Scene.engines)
  func deadBackend(engine: Configuration.Engine) async throws {
    try await Scene.with(engine) { scene in
      let bound = try #require(scene.gateway.endpoints["public"])
      var dead = scene.configuration
      dead.backends[0].address = .endpoint(Endpoint(Scene.loopback.address, port: 1))
      try await scene.reload(dead)
      try await scene.waitUntil("the listener is paused") { _ in
        try await scene.isRefused(at: bound)
      }
      try await scene.reload(scene.configuration)
      try await scene.waitUntil("the listener is back") { _ in
        try await !scene.isRefused(at: bound)
      }
      #expect(scene.gateway.endpoints["public"] == bound)
      #expect(try await scene.play("a", from: 0x7f01_0001))
    }
  }

  @Test(
    "drains: refuses newcomers, waits for players, and ends those that outstay the grace",
    arguments: Scene.engines)
  func drain(engine: Configuration.Engine) async throws {
    try await Scene.with(engine) { scene in
      let staying = try await scene.connect(SimPlayer(account: "staying", seed: 1))
      try await scene.waitUntil("the session exists") { await $0.snapshot().sessions == 1 }
      let bound = try #require(scene.gateway.endpoints["public"])
      let begin = ContinuousClock.now
      let draining = Task { await scene.gateway.drain(grace: .milliseconds(500)) }
      try await scene.waitUntil("newcomers are refused") { _ in
        try await scene.isRefused(at: bound)
      }
      await draining.value
      #expect(ContinuousClock.now - begin >= .milliseconds(500))
      let outcome = try await staying.ended.get()
      #expect(outcome.ending != .orderly)
      let closes = await scene.gateway.snapshot().closes
      #expect(closes[.drained] == 1)
    }
  }
}
