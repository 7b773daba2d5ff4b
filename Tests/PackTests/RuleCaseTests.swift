import Foundation
import MystelConfig
import MystelCore
import MystelWire
import Testing

/// The shipped rules, tried on the packets of their test folders.
@Suite struct RuleCaseTests {
  @Test("every rule has a packet that hits and one that misses, and both end as they should")
  func cases() throws {
    let loaded = try InspectionLoader.load(Configuration.Inspection())
    let reports = try RuleTestFolder.run(
      folder, rules: loaded.policy.rules, packs: loaded.packs.packs)
    #expect(reports.count >= 60)
    #expect(reports.flatMap(\.failures) == [])
  }

  @Test("every test folder belongs to a rule")
  func folders() throws {
    let ids = Set(try InspectionLoader.load(Configuration.Inspection()).policy.rules.map(\.id))
    let folders = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(folders.filter { !ids.contains($0) } == [])
  }

  @Test("under strict, no packet that hits reaches the server, and the session goes on")
  func strict() throws {
    var configuration = Configuration.Inspection()
    configuration.profile = .strict
    let loaded = try InspectionLoader.load(configuration)
    let result = try RuleTestFolder.runTogether(
      folder, policy: loaded.policy, packs: loaded.packs.packs)
    #expect(result.tried >= 400)
    #expect(result.failures == [])
  }

  @Test("each of the exploit classes has a rule")
  func classes() throws {
    let rules = try InspectionLoader.load(Configuration.Inspection()).policy.rules
    let known = Set(rules.flatMap(\.classes))
    #expect((1...23).map { "X\($0)" }.filter { !known.contains($0) } == [])
  }

  @Test("balanced enforces what no client can send, and nothing else")
  func balanced() throws {
    let policy = try InspectionLoader.load(Configuration.Inspection()).policy
    let enforced = zip(policy.rules, policy.modes).filter { $0.1 == .enforce }.map(\.0.id)
    #expect(
      enforced == [
        "010-direction", "020-references", "021-unterminated-text", "030-too-short",
        "050-finite-floats", "110-login-order", "111-login-repeated", "116-version-array",
        "200-privilege", "300-chat-markup", "330-chat-channels", "430-guild-war-page",
        "440-ranking-92", "441-ranking-100", "450-sections", "460-settings", "470-pages",
        "480-small-indices", "481-bank-offsets", "500-zero-hash", "510-first-packet",
        "520-empty-numbers",
        "521-interleaved-lists", "530-client-time", "821-update-notices",
      ])
    var observed = Configuration.Inspection()
    observed.profile = .observe
    #expect(try InspectionLoader.load(observed).policy.modes.allSatisfy { $0 == .shadow })
  }

  private var folder: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Packs/tera/tests").path
  }
}
