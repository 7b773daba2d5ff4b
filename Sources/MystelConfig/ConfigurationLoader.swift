import MystelCore

/// Files and environment to a checked configuration: everything or nothing, and every problem of
/// both in one pass.
package struct ConfigurationLoader {
  /// The path used where the command line gives none.
  package static let pathVariable = "MYSTEL_CONFIG"
  /// Variables that begin with `MYSTEL_` and are no configuration: `MYSTEL_CONFIG` is the path of
  /// the file, `MYSTEL_SHARED` where tests find reference material.
  package static let otherVariables: Set<String> = [pathVariable, "MYSTEL_SHARED"]

  /// Loads a file, or `MYSTEL_CONFIG`'s where `path` is nil, under the environment's overrides.
  /// With neither, the environment alone must give the listeners and backends.
  ///
  /// - Throws: every problem; the old configuration of a running gateway stays in force.
  package static func load(
    path: String?, environment: [String: String]
  ) throws(ConfigurationProblems) -> LoadedConfiguration {
    try ConfigurationSources(path: path, environment: environment).load()
  }

  /// Loads a text; `name` stands for the file in problems.
  ///
  /// - Throws: every problem.
  package static func load(
    text: String, name: String, environment: [String: String] = [:]
  ) throws(ConfigurationProblems) -> LoadedConfiguration {
    try load(bytes: Array(text.utf8), name: name, environment: environment)
  }

  /// Loads the bytes of a file that may not be text.
  ///
  /// - Throws: every problem.
  package static func load(
    bytes: [UInt8], name: String, environment: [String: String] = [:]
  ) throws(ConfigurationProblems) -> LoadedConfiguration {
    try load(bytes: Optional(bytes), name: name, environment: environment)
  }

  /// Loads the bytes of a file, if there is one, with a change on top, under the environment.
  ///
  /// - Throws: every problem.
  static func load(
    bytes: [UInt8]?, name: String, environment: [String: String],
    change: ConfigurationChange? = nil
  ) throws(ConfigurationProblems) -> LoadedConfiguration {
    var findings = Findings(file: name)
    var values = EnvironmentOverrides.values(in: environment, into: &findings)
    var tree: Tree?
    if let bytes {
      tree = YAMLReader.tree(of: bytes, into: &findings)
      warnIfCutOff(bytes, into: &findings)
    } else if values["version"] == nil {
      // Without a file there is no format to name.
      let current = Scalar(text: "1", isPlain: true)
      values["version"] = Tree(content: .scalar(current), origin: .environment)
    }
    if let change, tree != nil || bytes == nil {
      change.check(under: values, into: &findings)
      tree = change.applied(to: tree)
    }
    var configuration = Configuration(listeners: [], backends: [])
    var origins: [String: KeyOrigin] = [:]
    if tree != nil || bytes == nil {
      let document = KeyTable.root.read(tree, at: "", overrides: values, into: &findings)
      configuration = document.configuration
      origins = KeyTable.root.origins(tree, values)
      CrossChecks.check(configuration, &findings)
    }
    let warnings = findings.sorted(findings.warnings)
    guard findings.problems.isEmpty else {
      throw ConfigurationProblems(
        problems: findings.sorted(findings.problems), warnings: warnings)
    }
    return LoadedConfiguration(
      configuration: configuration, warnings: warnings, origins: origins,
      places: findings.places)
  }

  /// A file that was cut off can still be valid; the missing line break at its end tells.
  private static func warnIfCutOff(_ bytes: [UInt8], into findings: inout Findings) {
    guard let last = bytes.last, !Array("\n\r}]".utf8).contains(last), !bytes.contains(0) else {
      return
    }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let characters = (lines.last ?? []).filter { $0 & 0xc0 != 0x80 }
    findings.warn(
      Complaint("does not end with a line break: is the file complete?"), at: "",
      .file(line: lines.count, column: characters.count + 1))
  }
}
