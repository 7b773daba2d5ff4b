import MystelCore
import MystelTesting
import MystelWire
import Testing

/// What a session costs beside its keystreams and its sockets.
@Suite("The state of a session")
struct SessionStateTests {
  /// What the issue that asked for meters and signatures allows, beside the table of entities.
  private static let allowance = 2048

  @Test("meters and signatures take 2 KB at most, beside the table of entities, in every build")
  func allowance() throws {
    // Rules that are only observed take as much.
    let policy = try Shipped.policy(.strict)
    #expect(policy.rules.contains { !$0.detects.isEmpty })
    #expect(policy.builds.count == 5)
    for pack in Shipped.packs {
      var limits = SessionLimits()
      limits.mode = .enforce
      var inspector = GameInspector(
        policy: policy, builds: [pack.build], unknownBuild: .refuse, limits: limits,
        now: Instant(nanoseconds: 1_000_000_000))
      var outlet = PacketOutlet()
      let first = CheckVersion(build: pack.build, second: 1).packet()
      _ = inspector.inspect(
        first.span.bytes, opcode: TeraBuild.checkVersionOpcode, direction: .toBackend,
        outlet: &outlet)
      let (build, bytes) = (inspector.build?.pack.build, inspector.watchBytes)
      #expect(build == pack.build)

      #expect(bytes > 1000, "nothing was kept for the signatures of \(pack.build)")
      #expect(bytes + MemoryLayout<SessionScores>.size <= Self.allowance, "\(pack.build)")
    }
  }
}
