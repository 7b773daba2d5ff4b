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
    problems += overrides(configuration.rules, rules)
    if problems.isEmpty {
      do throws(RuleFault) {
        let policy = try InspectionPolicy(
          packs: packs.packs, rules: rules, profile: configuration.profile,
          overrides: configuration.rules)
        return LoadedInspection(policy: policy, packs: packs, warnings: [])
      } catch {
        problems.append(problem(of: error, configuration.rulesDirectory))
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

  private static func rules(_ directory: String?, _ problems: inout [Problem]) -> [Rule] {
    var own: [EmbeddedPack.File] = []
    if let directory {
      own = read(directory, key: "inspection.rules_directory", depth: 1, &problems) {
        $0.hasSuffix(".yaml")
      }
    }
    let loaded = RuleLoader.embedded(and: own, from: directory ?? "")
    problems += loaded.problems
    return loaded.rules
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
      switch ConfigurationFile.read(root.appendingPathComponent(path).path) {
      case .success(let bytes):
        files.append(.init(path: path, text: String(decoding: bytes, as: UTF8.self)))
      case .failure(let complaint):
        problems.append(
          Problem(
            file: "\(directory)/\(path)", line: nil, column: nil, key: "",
            message: complaint.message, suggestion: nil))
      }
    }
    return files
  }

  // MARK: Checks

  private static func overrides(
    _ overrides: [String: Configuration.Mode], _ rules: [Rule]
  ) -> [Problem] {
    let known = rules.map(\.id)
    return overrides.keys.sorted().filter { !known.contains($0) }.map { id in
      Problem(
        file: "configuration", line: nil, column: nil, key: "inspection.rules.\(shown(id))",
        message: "there is no rule of this id; `mystel rules list` shows them all",
        suggestion: nearest(to: id, among: known))
    }
  }

  private static func problem(of fault: RuleFault, _ directory: String?) -> Problem {
    Problem(
      file: "\(directory ?? "Packs/tera/rules")/\(fault.rule).yaml", line: nil, column: nil,
      key: "checks", message: fault.message,
      suggestion: nearest(to: fault.unknown, among: fault.candidates))
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
