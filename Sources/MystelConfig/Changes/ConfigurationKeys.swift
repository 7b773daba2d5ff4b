import MystelCore

extension KeyTable {
  /// Every key of a configuration with its value, for those who may change it.
  package static func keys(of loaded: LoadedConfiguration) -> [ConfigurationKey] {
    let values = values(of: loaded.configuration, isOpen: true)
    let usual = root.lines(of: Document())
    let rows = zip(root.rows, zip(values, usual))
    return rows.map { row, pair in
      let (value, usual) = pair
      return ConfigurationKey(
        path: row.path, type: row.type, range: row.range, summary: row.reason, value: value.value,
        usual: row.isRequired ? nil : JSONValue(usual.setting),
        origin: (loaded.origins[row.path] ?? .usual).rawValue, needsRestart: row.needsRestart,
        isFileOnly: row.isFileOnly)
    }
  }

  /// What is different in another configuration, secrets hidden.
  package static func differences(
    _ before: Configuration, _ after: Configuration
  ) -> [ConfigurationDifference] {
    let pairs = zip(values(of: before, isOpen: false), values(of: after, isOpen: false))
    return pairs.flatMap { before, after -> [ConfigurationDifference] in
      guard before.value != after.value else { return [] }
      let (old, new) = (before.shown, after.shown)
      // Of a section of names only those that differ.
      if let olds = old.members, let news = new.members {
        return Set(olds.keys).union(news.keys).sorted().filter { olds[$0] != news[$0] }.map {
          ConfigurationDifference(
            path: "\(before.path).\($0)", before: olds[$0] ?? .null, after: news[$0] ?? .null)
        }
      }
      return [ConfigurationDifference(path: before.path, before: old, after: new)]
    }
  }

  /// Those of some differences that wait for the next start.
  package static func needingRestart(_ differences: [ConfigurationDifference]) -> [String] {
    let paths = Set(root.rows.filter(\.needsRestart).map(\.path))
    return differences.map(\.path).filter { paths.contains($0) }
  }

  /// A patch as everybody may see it.
  package static func open(_ patch: JSONValue) -> JSONValue {
    secretPaths.reduce(patch) { patch, path in patch.replacing(path[...]) { _ in hidden } }
  }

  /// Whether a patch has the stand-in of a secret where the secret belongs.
  static func holdsStandIn(_ patch: JSONValue) -> Bool {
    secretPaths.contains { path in
      patch.replacing(path[...]) { $0 == hidden ? .null : $0 } != patch
    }
  }

  /// The first key that a patch sets although it stands in the file alone.
  static func fileOnlyKey(in patch: JSONValue) -> String? {
    root.rows.first { row in row.isFileOnly && ![nil, .null].contains(patch[row.path]) }?.path
  }

  private static let hidden = JSONValue.string("***")

  /// The parts of the paths of secrets; a part of a list ends with `[]`.
  private static var secretPaths: [[Substring]] {
    keys.filter(\.isSecret).map { $0.path.split(separator: ".") }
  }

  private struct Value {
    var path: String
    /// To be compared.
    var value: JSONValue
    /// To be shown.
    var shown: JSONValue
  }

  /// - Parameter isOpen: whether `value` is what may be shown, too.
  private static func values(of configuration: Configuration, isOpen: Bool) -> [Value] {
    root.lines(of: Document(configuration: configuration)).map { line in
      let shown = JSONValue(line.open.setting)
      return Value(
        path: line.path, value: isOpen ? shown : JSONValue(line.setting), shown: shown)
    }
  }
}

extension JSONValue {
  /// A value on its way into a YAML text, as JSON.
  init(_ setting: Setting) {
    switch setting {
    case .scalar(let text): self = JSONValue(yaml: text)
    case .list(let elements): self = .array(elements.map { JSONValue(yaml: $0) })
    case .records(let records):
      self = .array(
        records.map { record in
          record.reduce(JSONValue.empty) { object, line in
            let nested = line.path.split(separator: ".").reversed()
              .reduce(JSONValue(line.setting)) { .object([String($1): $0]) }
            return object.placing(nested)
          }
        })
    }
  }

  /// This object with the members of another, those that are empty as well.
  private func placing(_ other: JSONValue) -> JSONValue {
    guard let theirs = other.members, var mine = members else { return other }
    for (name, value) in theirs {
      mine[name] = value.members == nil ? value : (mine[name] ?? .empty).placing(value)
    }
    return .object(mine)
  }

  /// This value with another one at a path, if there is any.
  fileprivate func replacing(
    _ path: ArraySlice<Substring>, _ change: (JSONValue) -> JSONValue
  ) -> JSONValue {
    guard let part = path.first else { return change(self) }
    let name = String(part.hasSuffix("[]") ? part.dropLast(2) : part)
    guard var members, let value = members[name] else { return self }
    if part.hasSuffix("[]"), case .array(let elements) = value {
      members[name] = .array(elements.map { $0.replacing(path.dropFirst(), change) })
    } else {
      members[name] = value.replacing(path.dropFirst(), change)
    }
    return .object(members)
  }

  /// A value that YAML reads on one line.
  private init(yaml text: String) {
    var findings = Findings(file: "")
    guard let tree = YAMLReader.tree(of: Array(text.utf8), variable: "", into: &findings) else {
      self = .string(text)
      return
    }
    self.init(tree)
  }

  private init(_ tree: Tree) {
    switch tree.content {
    case .list(let elements): self = .array(elements.map { JSONValue($0) })
    case .section(let entries):
      self = .object(
        Dictionary(entries.map { ($0.name, JSONValue($0.value)) }) { first, _ in first })
    case .scalar(let scalar):
      guard scalar.isPlain else {
        self = .string(scalar.text)
        return
      }
      switch scalar.text {
      case "true": self = .bool(true)
      case "false": self = .bool(false)
      case let text:
        let isNumber = text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?/) != nil
        self = isNumber ? .number(text) : .string(text)
      }
    }
  }
}
