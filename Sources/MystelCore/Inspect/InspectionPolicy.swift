/// All builds and rules, compiled: what every session of the process is judged by.
///
/// Immutable; shared by all workers and swapped whole on reload.
package final class InspectionPolicy: Sendable {
  /// How strict a whole set of rules is; each rule says what its mode is in each.
  package enum Profile: String, CaseIterable, Sendable { case observe, balanced, strict }

  /// Which rules take part, by how sure they are: paranoia, in the terms of other rule sets. Level 1
  /// is rules that are certain, 4 all of them.
  package struct Levels: Sendable, Equatable {
    /// Rules above this level act on nothing, whatever the profile says.
    package var blocking = 4
    /// Rules above this level are off.
    package var detection = 4
    package init(blocking: Int = 4, detection: Int = 4) {
      self.blocking = blocking
      self.detection = detection
    }

    func cap(_ mode: Configuration.Mode, _ confidence: Rule.Confidence) -> Configuration.Mode {
      let level =
        switch confidence {
        case .certain: 1
        case .high: 2
        case .medium: 3
        case .low: 4
        }
      if level > detection { return .off }
      return level > blocking && mode == .enforce ? .shadow : mode
    }
  }

  /// In the order of their ids. `Finding.rule` is a place in here.
  package let rules: [Rule]
  /// The mode of each rule.
  package let modes: [Configuration.Mode]
  package let builds: [UInt32: BuildPolicy]
  /// Whether some rule leaves out repeats of packets.
  let coalesces: Bool
  /// What the scores of sessions are held against.
  package let score: SessionScore.Terms
  /// What a finding of each rule adds to a session's score.
  let points: [Int]
  /// Whose traffic is learnt from.
  package let genuine: GenuineTraffic
  /// Which sessions each rule can say anything about.
  let subjects: [RuleSubjects]

  /// - Parameter overrides: modes by rule id, ahead of the profile's.
  /// - Throws: `RuleFault`, where a rule asks for what a pack does not have.
  package init(
    packs: [BuildPack], rules: [Rule], profile: Profile = .balanced,
    overrides: [String: Configuration.Mode] = [:], levels: Levels = Levels(),
    score: SessionScore.Terms = SessionScore.Terms(), genuine: GenuineTraffic = GenuineTraffic()
  ) throws(RuleFault) {
    self.rules = rules.sorted { $0.id < $1.id }
    modes = self.rules.map { rule in
      if let mode = overrides[rule.id] { return mode }
      let mode =
        switch profile {
        case .observe: rule.modes.observe
        case .balanced: rule.modes.balanced
        case .strict: rule.modes.strict
        }
      return levels.cap(mode, rule.confidence)
    }
    coalesces = zip(self.rules, modes).contains { $0.action == .coalesce && $1 == .enforce }
    self.score = score
    points = self.rules.map { $0.detects.isEmpty ? 0 : $0.weight }
    self.genuine = genuine
    subjects = self.rules.map(RuleSubjects.init)
    var builds: [UInt32: BuildPolicy] = [:]
    for pack in packs {
      builds[pack.build] = try BuildPolicy(pack: pack, rules: self.rules, modes: modes)
    }
    self.builds = builds
  }
}

/// Why a rule cannot be compiled.
package struct RuleFault: Error, Equatable {
  /// The rule's id.
  package var rule: String
  /// The check's place in the rule; nil where it is about the whole.
  package var check: Int?
  package var message: String
  /// The word that nothing answers to, and those that it may have been meant for.
  package var unknown: String
  package var candidates: [String]

  package init(rule: String, message: String, unknown: String = "", candidates: [String] = []) {
    self.rule = rule
    self.message = message
    self.unknown = unknown
    self.candidates = candidates
  }
}
