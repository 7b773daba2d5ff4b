import MystelCore

/// What operators have changed while the gateway runs: a merge patch (RFC 7396) that lies on the file.
package struct ConfigurationChange: Sendable, Equatable {
  /// The deepest nesting of a patch, as of a file.
  package static let deepest = StructureScan.maximumDepth
  /// The largest patch, as JSON.
  package static let mostBytes = 64 << 10

  /// Counts the changes; problems name it.
  package var number: Int
  package var patch: JSONValue

  package init(number: Int, patch: JSONValue) {
    self.number = number
    self.patch = patch
  }

  /// Why no patch can be like this; nil where it can.
  package static func obstacle(_ patch: JSONValue) -> String? {
    if patch.members == nil { return "a patch is an object of keys" }
    if patch.depth > deepest { return "a patch is nested no deeper than \(deepest) levels" }
    if patch.text.utf8.count > mostBytes {
      return "all changes together have at most \(mostBytes >> 10) KiB"
    }
    if let key = KeyTable.fileOnlyKey(in: patch) {
      return "\(key) stands in the file alone: it says which files are used, or where secrets go"
    }
    if KeyTable.holdsStandIn(patch) {
      return "*** stands for a secret that is not shown: write the secret itself"
    }
    return nil
  }

  /// A file's tree with the change on top.
  func applied(to tree: Tree?) -> Tree {
    let base = tree ?? Tree(content: .section([]), origin: .environment)
    return merged(base, patch)
  }

  /// Says of which keys the environment has the last word, and what is wrong with those nevertheless:
  /// the variable may be gone at the next start.
  func check(under overrides: [String: Tree], into findings: inout Findings) {
    for row in KeyTable.root.rows {
      guard let override = overrides[row.path], case .variable(let name) = override.origin,
        let value = patch[row.path]
      else { continue }
      let origin = Origin.change(number)
      findings.warn(
        Complaint("\(name) in the environment has precedence: unset it for this to hold"),
        at: row.path, origin)
      var scratch = Findings(file: "")
      var document = KeyTable.Document()
      row.read(tree(value), row.path, &document, &scratch)
      for placed in scratch.problems {
        let problem = placed.problem
        findings.report(
          Complaint(problem.message, meant: problem.suggestion), at: problem.key, origin)
      }
    }
  }

  // MARK: Parts

  private func merged(_ target: Tree, _ patch: JSONValue) -> Tree {
    guard let members = patch.members else { return tree(patch) }
    var (entries, origin): ([Tree.Entry], Origin) = ([], .change(number))
    if case .section(let own) = target.content { (entries, origin) = (own, target.origin) }
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      let index = entries.firstIndex { $0.name == name }
      guard value != .null else {
        if let index { entries.remove(at: index) }
        continue
      }
      if let index {
        entries[index].value = merged(entries[index].value, value)
        // Of a leaf the name, too, is the change's now.
        if value.members == nil { entries[index].nameOrigin = .change(number) }
      } else {
        let nothing = Tree(content: .section([]), origin: .change(number))
        entries.append(
          Tree.Entry(name: name, nameOrigin: .change(number), value: merged(nothing, value)))
      }
    }
    return Tree(content: .section(entries), origin: origin)
  }

  private func tree(_ value: JSONValue) -> Tree {
    let content: Tree.Content =
      switch value {
      case .object(let members):
        .section(
          members.sorted { $0.key < $1.key }.map {
            Tree.Entry(name: $0.key, nameOrigin: .change(number), value: tree($0.value))
          })
      case .array(let elements): .list(elements.map { tree($0) })
      case .string(let text): .scalar(Scalar(text: text, isPlain: false))
      case .number(let text): .scalar(Scalar(text: text, isPlain: true))
      case .bool(let flag): .scalar(Scalar(text: flag ? "true" : "false", isPlain: true))
      case .null: .scalar(Scalar(text: "null", isPlain: true))
      }
    return Tree(content: content, origin: .change(number))
  }
}

extension Table {
  /// Where the keys of a mapping have their values from.
  func origins(_ tree: Tree?, _ overrides: [String: Tree]) -> [String: KeyOrigin] {
    var origins: [String: KeyOrigin] = [:]
    for row in rows {
      if overrides[row.path] != nil {
        origins[row.path] = .environment
      } else if let value = tree?[row.path] {
        origins[row.path] = value.isChanged ? .change : .file
      }
    }
    return origins
  }
}

extension Tree {
  /// What stands at a dotted path of sections.
  fileprivate subscript(path: String) -> Tree? {
    path.split(separator: ".").reduce(self as Tree?) { tree, name in
      guard case .section(let entries)? = tree?.content else { return nil }
      return entries.first { $0.name == name }?.value
    }
  }

  /// Whether a change has put anything here.
  fileprivate var isChanged: Bool {
    if case .change = origin { return true }
    switch content {
    case .scalar: return false
    case .list(let elements): return elements.contains(where: \.isChanged)
    case .section(let entries): return entries.contains { $0.value.isChanged }
    }
  }
}
