import MystelWire

/// The keys that one kind of mapping may have, in the order of the reference page.
struct Table<Root: Sendable>: Sendable {
  /// Every default, and placeholders for what is required.
  let prototype: Root
  let sections: [Section]
  let rows: [Row<Root>]
  /// Rules of the schema about several keys.
  var rules: [JSON.Member] = []

  /// A mapping inside of the mapping: `timeouts`.
  struct Section: Sendable {
    var path: String
    var reason: String
    var rules: [JSON.Member] = []
  }

  /// Reads a mapping. Faulty and missing keys keep the prototype's value and are reported.
  ///
  /// - Parameter overrides: values by row path that take the place of what the mapping has.
  func read(
    _ tree: Tree?, at prefix: String, overrides: [String: Tree] = [:],
    into findings: inout Findings
  ) -> Root {
    var values = overrides
    if let tree {
      findings.origins[prefix] = tree.origin
      guard case .section = tree.content else {
        findings.report(notASection(tree, ""), at: prefix, tree.origin)
        return prototype
      }
      collect(tree, section: "", prefix, overrides, &values, &findings)
    }
    var root = prototype
    for row in rows {
      let key = join(prefix, row.path)
      if let value = values[row.path] {
        findings.origins[key] = value.origin
        row.read(value, key, &root, &findings)
      } else if row.isRequired, findings.isSound(key) {
        findings.report(
          Complaint("is missing: write \(row.example)"), at: key, findings.origin(of: prefix))
      }
    }
    return root
  }

  /// Every key of a value with what the value has there.
  func lines(of root: Root) -> [Setting.Line] {
    rows.map { row in
      let setting = row.write(root)
      // That none is set is no secret.
      let isSecret = row.isSecret && setting != row.write(prototype)
      return Setting.Line(path: row.path, setting: setting, isSecret: isSecret)
    }
  }

  func descriptions(under prefix: String, variables: Bool = false) -> [KeyDescription] {
    rows.flatMap { row in
      [
        KeyDescription(
          path: prefix + row.path, type: row.type, range: row.range,
          defaultText: row.isRequired ? nil : row.write(prototype).text, reason: row.reason,
          variable: variables ? variableName(of: row.path) : nil, needsRestart: row.needsRestart,
          isSecret: row.isSecret, isFileOnly: row.isFileOnly)
      ] + row.elements
    }
  }

  // MARK: Reading

  /// Sorts the entries of a section to their rows, and reports those that have none.
  private func collect(
    _ tree: Tree, section: String, _ prefix: String, _ overrides: [String: Tree],
    _ values: inout [String: Tree], _ findings: inout Findings
  ) {
    let sectionKey = join(prefix, section)
    guard case .section(let entries) = tree.content else {
      if tree.isNull { return }
      findings.report(notASection(tree, section), at: sectionKey, tree.origin)
      return
    }
    for entry in entries {
      let path = join(section, entry.name)
      let key = join(prefix, join(section, shown(entry.name)))
      if entry.name.contains(".") {
        findings.report(dotted(path), at: key, entry.nameOrigin)
      } else if rows.contains(where: { $0.path == path }) {
        values[path] = overrides[path] ?? entry.value
      } else if sections.contains(where: { $0.path == path }) {
        findings.origins[key] = entry.value.origin
        collect(entry.value, section: path, prefix, overrides, &values, &findings)
      } else {
        // Suggestions cost time, and nobody sees those beyond the problems that are printed.
        let (complaint, meant) =
          findings.problems.count < ConfigurationProblems.printedProblems
          ? unknown(entry.name, in: section) : (Complaint("unknown key"), nil)
        findings.report(complaint, at: key, entry.nameOrigin)
        if let meant { findings.distrust(join(prefix, meant)) }
      }
    }
  }

  /// A value where a section belongs probably is the value of the one key that can take it.
  private func notASection(_ tree: Tree, _ section: String) -> Complaint {
    var meant: String?
    if !section.isEmpty, case .scalar(let scalar) = tree.content {
      let taking = rows.filter { parent(of: $0.path) == section }.filter { row in
        var scratch = Findings(file: "")
        var root = prototype
        row.read(tree, row.path, &root, &scratch)
        return scratch.problems.isEmpty
      }
      if taking.count == 1 { meant = "{ \(leaf(of: taking[0].path)): \(shown(scalar.text)) }" }
    }
    return Complaint("must be a section (lines of key: value), not \(tree.kind)", meant: meant)
  }

  private func dotted(_ path: String) -> Complaint {
    let isKnown = rows.contains { $0.path == path }
    let meant = isKnown ? "\(parent(of: path)): { \(leaf(of: path)): ... }" : nil
    return Complaint("unknown key: a dot does not open a section", meant: meant)
  }

  /// The complaint about a key that no row or section has, and the path that was probably meant.
  private func unknown(_ name: String, in section: String) -> (Complaint, meant: String?) {
    let paths = rows.map(\.path) + sections.map(\.path)
    let siblings = paths.filter { parent(of: $0) == section }.map(leaf)
    if let sibling = nearest(to: name, among: siblings) {
      return (Complaint("unknown key", meant: sibling), join(section, sibling))
    }
    if let elsewhere = paths.first(where: { leaf(of: $0) == name }) {
      return (Complaint("unknown key here", meant: elsewhere), nil)
    }
    return (Complaint("unknown key; known here: \(siblings.joined(separator: ", "))"), nil)
  }

  // MARK: Schema

  /// The JSON Schema of the mapping.
  func schema() -> JSON { schema(section: "", rules: rules) }

  private func schema(section: String, rules: [JSON.Member]) -> JSON {
    var properties: [JSON.Member] = []
    var required: [JSON] = []
    var seenSections: Set<String> = []
    for row in rows {
      if parent(of: row.path) == section {
        let name = leaf(of: row.path)
        properties.append(
          .init(name, row.schema.adding([.init("description", .string(plain(row.reason)))])))
        if row.isRequired { required.append(.string(name)) }
      } else if let nested = sections.first(where: {
        parent(of: $0.path) == section && row.path.hasPrefix($0.path + ".")
      }), seenSections.insert(nested.path).inserted {
        properties.append(
          .init(
            leaf(of: nested.path),
            schema(section: nested.path, rules: nested.rules)
              .adding([.init("description", .string(plain(nested.reason)))])))
      }
    }
    var members: [JSON.Member] = [
      .init("type", section.isEmpty ? "object" : .array(["object", "null"])),
      .init("additionalProperties", .bool(false)),
      .init("properties", .object(properties)),
    ]
    if !required.isEmpty { members.append(.init("required", .array(required))) }
    return .object(members + rules)
  }

  /// A sentence without Markdown.
  private func plain(_ sentence: String) -> String { sentence.filter { $0 != "`" } }
}

/// `a.b` from `a` and `b`; an empty part is left out.
func join(_ left: String, _ right: String) -> String {
  left.isEmpty || right.isEmpty ? left + right : "\(left).\(right)"
}

/// `a.b` of `a.b.c`, empty for a path of one part.
func parent(of path: String) -> String {
  path.lastIndex(of: ".").map { String(path[..<$0]) } ?? ""
}

/// `c` of `a.b.c`.
func leaf(of path: String) -> String {
  path.lastIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? path
}

/// `MYSTEL_TIMEOUTS_IDLE` for `timeouts.idle`.
func variableName(of path: String) -> String {
  "MYSTEL_" + path.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
}
