import Foundation
import MystelConfig
import MystelCore
import MystelSim
import MystelTesting
import MystelWire
import Testing

/// The labelled sessions, judged whole.
@Suite(.enabled(if: SharedReference.exists)) struct TranscriptInspectionTests {
  @Test(
    "honest sessions are forwarded byte for byte under every profile",
    arguments: InspectionPolicy.Profile.allCases)
  func honest(profile: InspectionPolicy.Profile) throws {
    let policy = try policy(profile)
    let files = try sessions().filter { $0.hasPrefix("honest") }
    #expect(files.count == 10)
    for file in files {
      let (outcomes, ended) = try replay(file, policy)
      #expect(outcomes.allSatisfy { $0 == .forwarded }, "\(file)")
      #expect(ended == nil, "\(file)")
    }
  }

  @Test("under observe nothing is held back, whatever the tool")
  func observed() throws {
    let policy = try policy(.observe)
    for file in try sessions() {
      let (outcomes, ended) = try replay(file, policy)
      #expect(outcomes.allSatisfy { $0 == .forwarded }, "\(file)")
      #expect(ended == nil, "\(file)")
    }
  }

  @Test(
    "tools that send what no client can are stopped under balanced",
    arguments: [
      ("tool-02-clientless.jsonl", Reason.firstPacketUnexpected),
      ("tool-17-wrong-direction.jsonl", .opcodeWrongDirection),
    ])
  func tools(file: String, reason: Reason) throws {
    #expect(try replay(file, policy(.balanced)).ended == reason)
  }

  @Test("positions that are no numbers are left out, and the session goes on")
  func nan() throws {
    // What the score makes of them is another matter.
    let (outcomes, ended) = try replay("tool-03-nan-float.jsonl", policy(.balanced, score: .shadow))
    #expect(outcomes.count { $0 == .dropped } == 11)
    #expect(outcomes.count { $0 == .forwarded } == 1208)
    #expect(ended == nil)
  }

  @Test("an imported pack judges as the embedded one does")
  func imported() throws {
    let shared = SharedReference.root.appendingPathComponent("tera").path
    let made = try PackImport.run(
      map: "\(shared)/opcodes/protocol.367081.map", definitions: "\(shared)/definitions",
      dataJSON: nil, build: 367_081, patch: 9204)
    let packs = PackLoader.load(imported: made.pack, from: "imported")
    #expect(packs.problems == [])
    #expect(packs.imported == [367_081])
    let rules = RuleLoader.embedded().rules
    for profile in InspectionPolicy.Profile.allCases {
      let imported = try InspectionPolicy(packs: packs.packs, rules: rules, profile: profile)
      let embedded = try policy(profile)
      for file in try sessions() {
        let left = try replay(file, imported)
        let right = try replay(file, embedded)
        #expect(left.outcomes == right.outcomes, "\(file)")
        #expect(left.ended == right.ended, "\(file)")
      }
    }
  }

  @Test("every opcode file and every definition of the reference loads, the odd ones named")
  func everything() throws {
    let shared = SharedReference.root.appendingPathComponent("tera").path
    for (build, patch) in [
      (366_226, 9203), (367_078, 9204), (367_080, 9204), (367_081, 9204), (376_012, 10_002),
    ] {
      let made = try PackImport.run(
        map: "\(shared)/opcodes/protocol.\(build).map", definitions: "\(shared)/definitions",
        dataJSON: nil, build: UInt32(build), patch: patch)
      #expect(made.opcodeCount > 1800)
      #expect(made.layoutCount > 800)
      // Three files use a name twice, one map has a placeholder.
      #expect(made.problems.count == (build == 367_080 ? 4 : 3), "\(made.problems)")
      #expect(PackLoader.load(imported: made.pack, from: "imported").problems == [])
    }
  }

  private func policy(
    _ profile: InspectionPolicy.Profile, score: Configuration.Mode = .enforce
  ) throws -> InspectionPolicy {
    var configuration = Configuration.Inspection()
    configuration.profile = profile
    configuration.score.mode = score
    return try InspectionLoader.load(configuration).policy
  }

  private func sessions() throws -> [String] {
    let folder = SharedReference.root.appendingPathComponent("tera/sessions").path
    return try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".jsonl") }.sorted()
  }

  private func replay(
    _ file: String, _ policy: InspectionPolicy
  ) throws -> (outcomes: [TranscriptReplay.Outcome], ended: Reason?) {
    let transcript = try Transcript(parsing: SharedReference.data("tera/sessions/\(file)"))
    var replay = TranscriptReplay(transcript, inspection: policy)
    return replay.run()
  }
}
