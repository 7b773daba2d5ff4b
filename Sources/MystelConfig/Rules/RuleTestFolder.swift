import Foundation
import MystelCore

/// A folder with one folder a rule, each with files of cases.
package enum RuleTestFolder {
  /// Tries every rule on the cases of its folder.
  ///
  /// - Throws: where the folder cannot be read.
  package static func run(
    _ folder: String, rules: [Rule], packs: [BuildPack]
  ) throws -> [RuleTestRunner.Report] {
    let root = URL(fileURLWithPath: folder, isDirectory: true)
    _ = try FileManager.default.contentsOfDirectory(atPath: root.path)
    return rules.map { rule in
      let (tests, problems) = cases(of: rule, in: root)
      var report = RuleTestRunner.run(rule, tests, packs: packs)
      report.failures = problems.map(\.description) + report.failures
      return report
    }
  }

  /// Tries every case that hits with all rules of a policy in force at once: none may be forwarded
  /// as it came, and unless the session is closed, an honest packet behind it must be.
  ///
  /// - Throws: where the folder cannot be read.
  package static func runTogether(
    _ folder: String, policy: InspectionPolicy, packs: [BuildPack]
  ) throws -> (tried: Int, failures: [String]) {
    let root = URL(fileURLWithPath: folder, isDirectory: true)
    _ = try FileManager.default.contentsOfDirectory(atPath: root.path)
    var tried = 0
    var failures: [String] = []
    for (rule, mode) in zip(policy.rules, policy.modes) where mode == .enforce {
      for test in cases(of: rule, in: root).tests
      where test.expect != .forward && test.expect != .count {
        let found = RuleTestRunner.runHit(test, of: rule, policy: policy, packs: packs)
        tried += found.tried
        failures += found.failures
      }
    }
    return (tried, failures)
  }

  private static func cases(
    of rule: Rule, in root: URL
  ) -> (tests: [RuleTest], problems: [Problem]) {
    var tests: [RuleTest] = []
    var problems: [Problem] = []
    let home = root.appendingPathComponent(rule.id)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: home.path)) ?? []
    for name in names.sorted() where name.hasSuffix(".yaml") {
      let path = "\(rule.id)/\(name)"
      switch ConfigurationFile.read(home.appendingPathComponent(name).path) {
      case .success(let bytes):
        let loaded = RuleTest.load(String(decoding: bytes, as: UTF8.self), file: path)
        tests += loaded.tests
        problems += loaded.problems
      case .failure(let complaint):
        problems.append(
          Problem(
            file: path, line: nil, column: nil, key: "", message: complaint.message,
            suggestion: nil))
      }
    }
    return (tests, problems)
  }
}
