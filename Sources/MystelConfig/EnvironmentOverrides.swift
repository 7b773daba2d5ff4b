import MystelWire

/// What the environment says about the configuration: `MYSTEL_WORKERS=2` for a scalar key, and
/// `MYSTEL_LISTENERS=[{…}]` (JSON) for a whole list. It wins over the file.
enum EnvironmentOverrides {
  /// Every variable of this program begins so.
  private static let prefix = "MYSTEL_"

  /// Values by key; what cannot be taken is among the findings.
  static func values(
    in environment: [String: String], into findings: inout Findings
  ) -> [String: Tree] {
    var values: [String: Tree] = [:]
    let rows = KeyTable.root.rows
    let names = rows.map { variableName(of: $0.path) }
    let rowsByName = Dictionary(zip(names, rows)) { first, _ in first }
    for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
      guard !ConfigurationLoader.otherVariables.contains(name) else { continue }
      let origin = Origin.variable(name)
      guard let row = rowsByName[name] else {
        // A name near one of ours is a slip; any other may be somebody else's variable.
        let complaint = unknown(name, among: names)
        if complaint.suggestion == nil {
          findings.warn(complaint, at: "", origin)
        } else {
          findings.report(complaint, at: "", origin)
        }
        continue
      }
      guard !text.isEmpty else {
        findings.report(Complaint("is empty: unset it, or give it a value"), at: row.path, origin)
        continue
      }
      if row.isScalar {
        values[row.path] = Tree(
          content: .scalar(Scalar(text: text, isPlain: true)), origin: origin)
      } else if let tree = YAMLReader.tree(
        of: Array(text.utf8), variable: name, key: row.path, into: &findings)
      {
        values[row.path] = tree
      }
    }
    return values
  }

  private static func unknown(_ name: String, among names: [String]) -> Complaint {
    for list in ["MYSTEL_LISTENERS", "MYSTEL_BACKENDS"] {
      if name.hasPrefix(list + "_") || name.hasPrefix(list.dropLast() + "_") {
        return Complaint("unknown variable: a list is given whole, as JSON", meant: list)
      }
    }
    let others = names + ConfigurationLoader.otherVariables.sorted()
    return Complaint("unknown variable", meant: nearest(to: name, among: others))
  }
}
