import MystelCore

/// A text of cases from somebody who asks a running gateway: what it costs is bounded.
package struct RuleTestText: Sendable {
  /// The most packets that the cases of a text may send, all builds together.
  package static let mostPackets = 20_000

  private let tests: [RuleTest]

  /// - Throws: what is wrong with the text.
  package init(_ text: String) throws(ConfigurationProblems) {
    let (tests, problems) = RuleTest.load(text, file: "tests")
    guard problems.isEmpty else {
      throw ConfigurationProblems(problems: problems, warnings: [])
    }
    self.tests = tests
  }

  /// Tries the cases on all rules in their modes, or on one alone.
  ///
  /// - Throws: `ControlFault`: where they would send too many packets.
  package func run(
    on policy: InspectionPolicy, rule: Rule?, packs: [BuildPack]
  ) throws(ControlFault) -> RuleTestAnswer {
    let packets = tests.map { test in
      let sent = ([test.packet] + test.before).map(\.times).reduce(0, +)
      return sent * (test.builds.isEmpty ? packs.count : test.builds.count)
    }.reduce(0, +)
    guard packets <= Self.mostPackets else {
      throw ControlFault(
        .tooLarge, "the cases send \(packets) packets, and \(Self.mostPackets) are the most",
        hint: "`mystel rules test` tries whole folders, without a gateway")
    }
    let (tried, failures) =
      if let rule {
        RuleTestRunner.run(tests, of: rule, packs: packs)
      } else {
        RuleTestRunner.run(tests, policy: policy, packs: packs)
      }
    return RuleTestAnswer(cases: tests.count, tried: tried, failures: Array(failures.prefix(200)))
  }
}
