import Foundation
import MystelCore
import MystelWire

/// What sessions are held to, and where it came from.
package struct LoadedInspection: Sendable {
  package var policy: InspectionPolicy
  package var packs: LoadedPacks
  /// Oddities that were not refused.
  package var warnings: [Problem]
}

/// Packs and rules, embedded and from the operator's directories, to one compiled policy: everything
/// or nothing, and every problem in one pass.
package enum InspectionLoader {
  /// - Throws: every problem; a policy in force stays so.
  package static func load(
    _ configuration: Configuration.Inspection
  ) throws(ConfigurationProblems) -> LoadedInspection {
    var problems: [Problem] = []
    let packs = packs(configuration.packsDirectory, &problems)
    let rules = rules(configuration.rulesDirectory, &problems)
    problems += RuleNames.problems(rules, packs.packs)
    problems += overrides(configuration.rules, rules.rules)
    if problems.isEmpty {
      do throws(RuleFault) {
        let policy = try InspectionPolicy(
          packs: packs.packs, rules: rules.rules, profile: configuration.profile,
          overrides: configuration.rules, levels: configuration.levels,
          score: configuration.score, genuine: GenuineTraffic(configuration.genuine))
        return LoadedInspection(policy: policy, packs: packs, warnings: [])
      } catch {
        problems += faults(error, rules, packs.packs).map { problem(of: $0, rules) }
      }
    }
    throw ConfigurationProblems(problems: problems, warnings: [])
  }

  /// The inspection of a whole configuration, with the builds of its backends looked up.
  ///
  /// - Throws: every problem.
  package static func load(
    for configuration: Configuration
  ) throws(ConfigurationProblems) -> LoadedInspection {
    let loaded = try load(configuration.inspection)
    let problems = unknownBuilds(configuration, loaded.policy)
    guard problems.isEmpty else {
      throw ConfigurationProblems(problems: problems, warnings: [])
    }
    return loaded
  }

  // MARK: Sources

  private static func packs(_ directory: String?, _ problems: inout [Problem]) -> LoadedPacks {
    guard let directory else {
      let loaded = PackLoader.embedded()
      problems += loaded.problems
      return loaded
    }
    let files = read(directory, key: "inspection.packs_directory", depth: 3, &problems) { path in
      path.hasSuffix(".layout") || path.hasSuffix("/build.pack") || path.hasSuffix("/opcodes.txt")
    }
    let loaded = PackLoader.load(imported: files, from: directory)
    problems += loaded.problems
    return loaded
  }

  private static func rules(
    _ directory: String?, _ problems: inout [Problem]
  ) -> RuleLoader.Loaded {
    var own: [EmbeddedPack.File] = []
    if let directory {
      own = read(directory, key: "inspection.rules_directory", depth: 1, &problems) {
        $0.hasSuffix(".yaml")
      }
    }
    let loaded = RuleLoader.embedded(and: own, from: directory ?? "")
    problems += loaded.problems
    return loaded
  }

  /// The files under a directory that `belongs` wants, by their paths inside of it.
  private static func read(
    _ directory: String, key: String, depth: Int, _ problems: inout [Problem],
    where belongs: (String) -> Bool
  ) -> [EmbeddedPack.File] {
    let root = URL(fileURLWithPath: directory, isDirectory: true)
    guard let paths = try? FileManager.default.subpathsOfDirectory(atPath: root.path) else {
      problems.append(
        Problem(
          file: directory, line: nil, column: nil, key: key,
          message: "is no directory that can be read", suggestion: nil))
      return []
    }
    var files: [EmbeddedPack.File] = []
    for path in paths.sorted() where belongs("/" + path) {
      guard path.split(separator: "/").count <= depth else { continue }
      let file = "\(directory)/\(shown(path))"
      switch ConfigurationFile.text(root.appendingPathComponent(path).path, as: file) {
      case .success(let text): files.append(.init(path: path, text: text))
      case .failure(let problem): problems.append(problem)
      }
    }
    return files
  }

  // MARK: Checks

  private static func overrides(
    _ overrides: [String: Configuration.Mode], _ rules: [Rule]
  ) -> [Problem] {
    let known = rules.map(\.id)
    let unknown = overrides.keys.sorted().filter { !known.contains($0) }
    return unknown.enumerated().map { number, id in
      // Suggestions cost time, and nobody sees those beyond the problems that are printed.
      let isShown = number < ConfigurationProblems.printedProblems
      return Problem(
        file: "configuration", line: nil, column: nil, key: "inspection.rules.\(shown(id))",
        message: "there is no rule of this id; `mystel rules list` shows them all",
        suggestion: isShown ? nearest(to: id, among: known) : nil)
    }
  }

  /// What is wrong with each rule alone, or else the fault of all together.
  private static func faults(
    _ first: RuleFault, _ loaded: RuleLoader.Loaded, _ packs: [BuildPack]
  ) -> [RuleFault] {
    let alone = loaded.rules.compactMap { rule -> RuleFault? in
      do throws(RuleFault) {
        _ = try InspectionPolicy(packs: packs, rules: [rule], overrides: [rule.id: .enforce])
        return nil
      } catch {
        return error
      }
    }
    return alone.isEmpty ? [first] : alone
  }

  private static func problem(of fault: RuleFault, _ loaded: RuleLoader.Loaded) -> Problem {
    var key = fault.check.map { "checks[\($0)]" } ?? "checks"
    if !fault.unknown.isEmpty { key += ".field" }
    let complaint = Complaint(
      fault.message, meant: nearest(to: fault.unknown, among: fault.candidates))
    var findings = loaded.places[fault.rule] ?? Findings(file: fault.rule)
    findings.report(complaint, at: key, findings.origin(of: key))
    return findings.sorted(findings.problems).first
      ?? Problem(file: fault.rule, line: nil, column: nil, key: key, message: fault.message)
  }

  /// A build without a pack could only be refused, which would keep every player out.
  private static func unknownBuilds(
    _ configuration: Configuration, _ policy: InspectionPolicy
  ) -> [Problem] {
    let known = policy.builds.keys.sorted()
    return configuration.backends.enumerated().flatMap { index, backend -> [Problem] in
      let listeners = configuration.listeners.filter { $0.backend == backend.name }
      guard listeners.contains(where: { $0.unknownBuild == .refuse && $0.game == .tera }) else {
        return []
      }
      return backend.builds.filter { policy.builds[$0] == nil }.map { build in
        Problem(
          file: "configuration", line: nil, column: nil, key: "backends[\(index)].builds",
          message: """
            no pack describes build \(build); there are \
            \(known.map { String($0) }.joined(separator: ", ")). Import one with `mystel packs \
            import`, or set unknown_build: frame-only on its listeners
            """,
          suggestion: nearest(to: String(build), among: known.map { String($0) }))
      }
    }
  }
}
