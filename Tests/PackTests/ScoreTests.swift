import Foundation
import MystelConfig
import MystelCore
import MystelSim
import MystelTesting
import Testing

/// All rules in force, on the labelled sessions.
@Suite(.enabled(if: SharedReference.exists))
struct ScoreTests {
  @Test("no honest session is acted on or flagged, and every tool is, by a rule that names it")
  func labelled() throws {
    let policy = try everything()
    let detects = Dictionary(uniqueKeysWithValues: policy.rules.map { ($0.id, $0.detects) })
    var tools = 0
    for file in try sessions() {
      let transcript = try Transcript(parsing: Data(contentsOf: file))
      var scorer = SessionScorer(policy, build: transcript.build, terms: SessionScore.Terms())
      let result = scorer.run(transcript)
      guard let tool = transcript.tool else {
        #expect(result.flaggedAt == nil, "\(file.lastPathComponent)")
        #expect(result.actions == 0, "\(file.lastPathComponent)")
        continue
      }
      tools += 1
      let at = try #require(result.flaggedAt, "\(file.lastPathComponent) is not flagged")
      #expect(
        result.rules.contains { $0.value.first <= at && detects[$0.key]?.contains(tool) == true },
        "\(file.lastPathComponent)")
    }
    #expect(tools == 18)
  }

  @Test("under balanced no honest session has a finding that acts")
  func balanced() throws {
    let policy = try InspectionLoader.load(Configuration.Inspection()).policy
    for file in try sessions() where file.lastPathComponent.hasPrefix("honest") {
      let transcript = try Transcript(parsing: Data(contentsOf: file))
      var scorer = SessionScorer(policy, build: transcript.build, terms: SessionScore.Terms())
      #expect(scorer.run(transcript).actions == 0, "\(file.lastPathComponent)")
    }
  }

  private func everything() throws -> InspectionPolicy {
    var configuration = Configuration.Inspection()
    for rule in try InspectionLoader.load(configuration).policy.rules {
      configuration.rules[rule.id] = .enforce
    }
    return try InspectionLoader.load(configuration).policy
  }

  private func sessions() throws -> [URL] {
    let folder = SharedReference.root.appendingPathComponent("tera/sessions")
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "jsonl" }
      .sorted { $0.path < $1.path }
  }
}
