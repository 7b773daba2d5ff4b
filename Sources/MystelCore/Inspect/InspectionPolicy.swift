/// All builds and rules, compiled: what every session of the process is judged by.
///
/// Immutable; shared by all workers and swapped whole on reload.
package final class InspectionPolicy: Sendable {
  /// How strict a whole set of rules is; each rule says what its mode is in each.
  package enum Profile: String, CaseIterable, Sendable { case observe, balanced, strict }

  /// In the order of their ids. `Finding.rule` is a place in here.
  package let rules: [Rule]
  /// The mode of each rule.
  package let modes: [Configuration.Mode]
  package let builds: [UInt32: BuildPolicy]
  /// Whether some rule leaves out repeats of packets.
  let coalesces: Bool

  /// - Parameter overrides: modes by rule id, ahead of the profile's.
  /// - Throws: `RuleFault`, where a rule asks for what a pack does not have.
  package init(
    packs: [BuildPack], rules: [Rule], profile: Profile = .balanced,
    overrides: [String: Configuration.Mode] = [:]
  ) throws(RuleFault) {
    self.rules = rules.sorted { $0.id < $1.id }
    modes = self.rules.map { rule in
      if let mode = overrides[rule.id] { return mode }
      return switch profile {
      case .observe: rule.modes.observe
      case .balanced: rule.modes.balanced
      case .strict: rule.modes.strict
      }
    }
    coalesces = zip(self.rules, modes).contains { $0.action == .coalesce && $1 == .enforce }
    var builds: [UInt32: BuildPolicy] = [:]
    for pack in packs {
      builds[pack.build] = try BuildPolicy(pack: pack, rules: self.rules, modes: modes)
    }
    self.builds = builds
  }

  /// Whether some rule refuses packets for this check.
  func enforces(_ structure: Rule.Structure) -> Bool {
    zip(rules, modes).contains { rule, mode in
      mode == .enforce && rule.checks.contains(.structure(structure))
    }
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
