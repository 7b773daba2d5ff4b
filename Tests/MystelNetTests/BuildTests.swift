import MystelConfig
import MystelCore
import MystelSim
import MystelWire
import Testing

/// Clients of several builds at one gateway.
@Suite(.serialized) struct BuildTests {
  private let packs = PackLoader.embedded().packs

  private var dialects: [SimDialect] {
    packs.first { $0.build == SimBuild.number }.map { native in
      packs.map { SimDialect($0, native: native) }
    } ?? []
  }

  @Test(
    "players of five builds share a listener, and not one byte is lost or held back",
    arguments: Scene.engines)
  func fiveBuilds(engine: Configuration.Engine) async throws {
    let dialects = dialects
    try #require(dialects.count == 5)
    try await Scene.with(engine, builds: packs.map(\.build), dialects: dialects) { scene in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for (index, dialect) in dialects.enumerated() {
          for copy in 0..<2 {
            group.addTask {
              try await scene.play(
                "p\(index)-\(copy)", from: 0x7f01_0001 + UInt32(2 * index + copy),
                dialect: dialect)
            }
          }
        }
        for try await isGood in group { #expect(isGood) }
      }
      let accounts = (0..<5).flatMap { index in (0..<2).map { "p\(index)-\($0)" } }
      try await scene.waitUntil("both ends of every session agree on every byte") { _ in
        accounts.allSatisfy { scene.ledger.verdict(for: $0).isByteExact }
      }
      let counts = await scene.gateway.snapshot()
      #expect(counts.dropped == 0)
      #expect(counts.rewritten == 0)
      #expect(counts.rules.values.allSatisfy { $0.enforced == 0 })
    }
  }

  @Test(
    "a game master's command is known by its number in the client's own build",
    arguments: Scene.engines)
  func ownRules(engine: Configuration.Engine) async throws {
    let dialects = dialects
    try await Scene.with(engine, builds: packs.map(\.build), dialects: dialects) { scene in
      for (index, dialect) in dialects.enumerated() {
        let player = SimPlayer(
          account: "a\(index)", seed: 1, pace: Scene.hasty, dialect: dialect)
        let client = try await scene.connect(player)
        let pack = try #require(packs.first { $0.build == dialect.build })
        let opcode = try #require(pack.opcodes["C_ADMIN"])
        let layout = try #require(pack.packets["C_ADMIN"]?.layout)
        let command = try layout.encode(
          PacketFields([.init(name: "command", value: .text("x"))]), opcode: opcode)
        let before = await scene.gateway.snapshot().rules["200-privilege"]?.enforced ?? 0
        try await scene.waitUntil("build \(dialect.build) is refused its command") { gateway in
          client.perform { player, _ in
            if player.phase == .world { player.inject(command) }
          }
          return await gateway.snapshot().rules["200-privilege"]?.enforced ?? 0 > before
        }
        client.stop()
      }
    }
  }

  @Test(
    "a client that claims a build that the backend does not list is refused",
    arguments: Scene.engines)
  func foreignBuild(engine: Configuration.Engine) async throws {
    let other = try #require(dialects.first { $0.build == 367_080 })
    try await Scene.with(engine) { scene in
      let wasServed = try await scene.play("x", from: 0x7f01_0001, dialect: other)
      #expect(!wasServed)
      try await scene.waitUntil("the refusal is counted") { gateway in
        await gateway.snapshot().closes[.buildNotServed] == 1
      }
      let isServed = try await scene.play("y", from: 0x7f01_0002)
      #expect(isServed)
    }
  }

  @Test(
    "with frame-only such a client is carried, unchecked, and counted", arguments: Scene.engines)
  func frameOnly(engine: Configuration.Engine) async throws {
    let other = try #require(dialects.first { $0.build == 367_080 })
    try await Scene.with(engine, dialects: dialects, unknownBuild: .frameOnly) { scene in
      let wasServed = try await scene.play("x", from: 0x7f01_0001, dialect: other)
      #expect(wasServed)
      try await scene.waitUntil("both ends agree on every byte") { _ in
        scene.ledger.verdict(for: "x").isByteExact
      }
      let notes = await scene.gateway.snapshot().notes
      #expect(notes[.buildNotServed] == 1)
    }
  }

  @Test(
    "other rules judge the next packet of a running session, and no packet is lost",
    arguments: Scene.engines)
  func reload(engine: Configuration.Engine) async throws {
    try await Scene.with(engine) { scene in
      let strangers = try await scene.connect(
        SimPlayer(account: "strange", seed: 3, pace: Scene.hasty, stay: .seconds(20)))
      let honest = Task { try await scene.play("honest", from: 0x7f01_0003) }
      // A page of guild wars that crashes servers: let through, then held back.
      let page = try #require(
        packs.first { $0.build == SimBuild.number }?.packets["C_VIEW_GUILD_WAR"]?.layout
      ).encode(PacketFields([.init(name: "page", value: .integer(0))]), opcode: 57_322)
      try await scene.waitUntil("the player is in the world") { gateway in
        strangers.perform { player, _ in
          if player.phase == .world { player.inject(page) }
        }
        return await gateway.snapshot().rules["430-guild-war-page"]?.enforced ?? 0 > 0
      }
      var open = Configuration.Inspection()
      open.rules = ["430-guild-war-page": .shadow]
      try await scene.gateway.reload(
        scene.configuration, inspection: try InspectionLoader.load(open).policy)
      try await scene.waitUntil("the same packet is only counted") { gateway in
        strangers.perform { player, _ in player.inject(page) }
        return await gateway.snapshot().rules["430-guild-war-page"]?.shadowed ?? 0 > 0
      }
      let before = await scene.gateway.snapshot().rules["430-guild-war-page"]?.enforced
      try await scene.reload(scene.configuration)
      try await scene.waitUntil("and held back again") { gateway in
        strangers.perform { player, _ in player.inject(page) }
        return await gateway.snapshot().rules["430-guild-war-page"]?.enforced ?? 0 > before ?? 0
      }
      let wasHonest = try await honest.value
      #expect(wasHonest)
      try await scene.waitUntil("both ends of the honest session agree on every byte") { _ in
        scene.ledger.verdict(for: "honest").isByteExact
      }
      strangers.stop()
    }
  }
}
