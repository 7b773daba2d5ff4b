import Foundation
import MystelConfig
import Testing

@Suite("What mystel check says of packs and rules")
struct CheckReportTests {
  @Test("it names the packs' hash, the builds, the profile and how many rules are in which mode")
  func summary() throws {
    let report = try check("inspection: { profile: strict, rules: { 010-direction: off } }\n")
    #expect(report.status == 0)
    let packs = PackLoader.embedded()
    let builds = packs.packs.map { "\($0.build)" }.joined(separator: ", ")
    #expect(
      report.output.contains(
        "\n# packs \(packs.contentHash): \(packs.packs.count) builds, \(builds)\n"))
    let counts = try #require(
      report.output.firstMatch(
        of: /\n# profile strict: (\d+) rules, (\d+) enforce, (\d+) shadow, (\d+) off\n$/))
    let numbers = [counts.1, counts.2, counts.3, counts.4].compactMap { Int($0) }
    #expect(numbers[0] == numbers[1] + numbers[2] + numbers[3])
    #expect(numbers[0] > 60)
    #expect(numbers[3] >= 1)
  }

  @Test("what it prints is a configuration that means the same")
  func roundTrip() throws {
    let report = try check("inspection: { profile: observe }\n")
    let again = try ConfigurationLoader.load(text: report.output, name: "printed.yaml")
    #expect(again.configuration.inspection.profile == .observe)
  }

  @Test("a rule file that cannot be read as one is a problem, with its place")
  func brokenRule() throws {
    try withDirectory(["900-own.yaml": "title: Half a rule\n"]) { directory in
      let report = try check("inspection: { rules_directory: \"\(directory)\" }\n")
      #expect(report.status == 78)
      #expect(report.output == "")
      #expect(report.diagnostics.contains("900-own.yaml"))
    }
  }

  @Test("a rule of the operator's counts, and warnings are printed beside problems")
  func ownRule() throws {
    let rule = """
      title: Rankings exist up to season 40
      why: "Our server crashes beyond it."
      source: our crash
      confidence: high
      action: discard
      reason: value_out_of_range
      modes: { balanced: shadow, strict: enforce }
      checks:
        - packets: [C_REQUEST_PVE_RANKING]
          field: season
          at_most: 40
      """
    let count = { (report: CheckReport) in
      report.output.firstMatch(of: /profile balanced: (\d+) rules/).flatMap { Int($0.1) } ?? 0
    }
    let without = try check("")
    try withDirectory(["590-own.yaml": rule]) { directory in
      let report = try check("inspection: { rules_directory: \"\(directory)\" }\n")
      #expect(report.diagnostics == "")
      #expect(count(report) == count(without) + 1)
    }
  }

  @Test("a rule that does not exist, a directory that is not there, a build without a pack")
  func problems() throws {
    let unknown = try check("inspection: { rules: { 010-directions: off } }\n")
    #expect(unknown.status == 78)
    #expect(unknown.diagnostics.contains("did you mean 010-direction?"))
    let nowhere = try check("inspection: { packs_directory: /nonexistent }\n")
    #expect(nowhere.status == 78)
    #expect(nowhere.diagnostics.contains("inspection.packs_directory: is no directory"))
    let build = try check("", builds: "[367082]")
    #expect(build.status == 78)
    #expect(build.diagnostics.contains("no pack describes build 367082"))
  }

  private func check(_ more: String, builds: String = "[367081]") throws -> CheckReport {
    let text = minimal.replacing("[367081]", with: builds)
    var report: CheckReport?
    try withDirectory(["mystel.yaml": text + more]) { directory in
      report = CheckReport(path: directory + "/mystel.yaml", environment: [:])
    }
    return try #require(report)
  }

  private func withDirectory(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "mystel-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    for (name, text) in files { try Data(text.utf8).write(to: url.appending(path: name)) }
    try body(url.path)
  }
}
