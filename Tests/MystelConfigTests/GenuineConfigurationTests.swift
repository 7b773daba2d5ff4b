import MystelConfig
import MystelCore
import Testing

@Suite("Whom the configuration declares genuine") struct GenuineConfigurationTests {
  @Test("networks, addresses, accounts and all are read, and reach the policy")
  func read() throws {
    let loaded = try ConfigurationLoader.load(
      text: minimal
        + "inspection: { calibration: { genuine: [192.0.2.0/24, 2001:db8::1, account:500001] } }\n",
      name: "mystel.yaml")
    let genuine = loaded.configuration.inspection.genuine
    let targets = ["192.0.2.0/24", "2001:db8::1", "account:500001"].compactMap { BanTarget($0) }
    #expect(genuine == targets.map { .target($0) })
    let policy = try InspectionLoader.load(loaded.configuration.inspection).policy
    #expect(policy.genuine == GenuineTraffic(genuine))
    let all = try ConfigurationLoader.load(
      text: minimal + "inspection: { calibration: { genuine: [all] } }\n", name: "mystel.yaml")
    #expect(all.configuration.inspection.genuine == [.everyone])
  }

  @Test("nobody is declared genuine unless the configuration does")
  func usual() throws {
    let loaded = try ConfigurationLoader.load(text: minimal, name: "mystel.yaml")
    #expect(try InspectionLoader.load(loaded.configuration.inspection).policy.genuine.isEmpty)
  }

  @Test(
    "what declares nobody is told, with what was meant",
    arguments: [
      ("everybody", "no network, no account and not `all`"),
      ("\"account:\"", "write account:500001"),
      ("account:18446744073709551616", "is no account"), ("account:-1", "is no account"),
      ("0.0.0.0/0", "did you mean all"), ("\"::/0\"", "did you mean all"),
      ("10.0.0.1/8", "has bits set beyond its length"), ("10.0.0/8", "is no network"),
      ("\"::ffff:10.0.0.0/104\"", "10.0.0.0/8"), ("all, all", "in the list twice"),
    ])
  func broken(entry: String, words: String) {
    let found = problems(minimal + "inspection: { calibration: { genuine: [\(entry)] } }\n")
    #expect(found.count == 1)
    #expect(found.first?.contains("inspection.calibration.genuine[") == true, "\(found)")
    #expect(found.first?.contains(words) == true, "\(found)")
  }
}
