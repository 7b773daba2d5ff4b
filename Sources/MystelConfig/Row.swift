/// One key of the configuration: what the loader, the schema and the reference page know of it.
struct Row<Root: Sendable>: Sendable {
  /// Dotted, from the mapping that `Root` is made of: `timeouts.idle`.
  let path: String
  let isRequired: Bool
  let type: String
  let range: String
  /// Why it exists and why it has its default.
  let reason: String
  let schema: JSON
  /// What to write where the key is required and missing.
  let example: String
  /// True for values that one environment variable can hold as plain text.
  let isScalar: Bool
  /// The keys of each element, for a list of sections.
  let elements: [KeyDescription]
  let read: @Sendable (Tree, String, inout Root, inout Findings) -> Void
  let write: @Sendable (Root) -> Setting
  /// Whether a new value waits for the next start.
  private(set) var needsRestart = false
  /// Whether the value is shown to nobody.
  private(set) var isSecret = false
  /// Whether a change by API may not set it.
  private(set) var isFileOnly = false

  /// The same key, which whoever may change files sets, and nobody else: it says which files are read or
  /// written, or where secrets go.
  func inFileOnly() -> Row {
    var row = self
    row.isFileOnly = true
    return row
  }

  /// The same key, read at the start only.
  func atStart() -> Row {
    var row = self
    row.needsRestart = true
    return row
  }

  /// The same key, whose value no answer, log or history shows.
  func secret() -> Row {
    var row = self
    row.isSecret = true
    return row
  }
}

/// A key of the configuration as the reference page shows it.
package struct KeyDescription: Sendable, Equatable {
  /// Dotted, `[]` after lists: `listeners[].proxy_protocol.accept`.
  package var path: String
  package var type: String
  package var range: String
  /// Nil where the key is required.
  package var defaultText: String?
  package var reason: String
  /// The `MYSTEL_` variable, nil for keys inside of lists.
  package var variable: String?
  /// Whether a new value waits for the next start.
  package var needsRestart = false
  /// Whether the value is shown to nobody.
  package var isSecret = false
  /// Whether a change by API may not set it.
  package var isFileOnly = false
}

/// A value on its way into a YAML text.
enum Setting: Sendable, Equatable {
  /// Text that YAML reads back, quoted where needed.
  case scalar(String)
  case list([String])
  case records([[Line]])

  /// What stands for a secret.
  static let hidden = Setting.scalar("\"***\"")

  struct Line: Sendable, Equatable {
    var path: String
    var setting: Setting
    var isSecret = false

    /// The same line as everybody may see it.
    var open: Line {
      if isSecret { return Line(path: path, setting: .hidden) }
      guard case .records(let records) = setting else { return self }
      return Line(path: path, setting: .records(records.map { $0.map(\.open) }))
    }
  }

  /// On one line.
  var text: String {
    switch self {
    case .scalar(let text): text
    case .list(let elements): "[" + elements.joined(separator: ", ") + "]"
    case .records: "[]"
    }
  }
}

extension Row {
  /// A key with one value. The default is what the prototype of the table has, unless the key is
  /// required: then `example` is what to write when it is missing.
  static func scalar<Value: Sendable>(
    _ path: String, _ field: any WritableKeyPath<Root, Value> & Sendable,
    _ grammar: Grammar<Value>, required example: String? = nil, _ reason: String
  ) -> Row {
    Row(
      path: path, isRequired: example != nil, type: grammar.type, range: grammar.range,
      reason: reason, schema: grammar.schema, example: example ?? "", isScalar: true,
      elements: [],
      read: { tree, key, root, findings in
        guard let value = grammar.read(tree, key, into: &findings) else { return }
        root[keyPath: field] = value
      },
      write: { .scalar(grammar.print($0[keyPath: field])) })
  }

  /// A key with a list of values, none of them twice.
  static func list<Value: Hashable & Sendable>(
    _ path: String, _ field: any WritableKeyPath<Root, [Value]> & Sendable,
    of grammar: Grammar<Value>, atMost maximum: Int, _ reason: String
  ) -> Row {
    Row(
      path: path, isRequired: false, type: "list of \(grammar.type)s",
      range: "up to \(maximum) of: \(grammar.range)", reason: reason,
      schema: .object([
        .init("type", "array"), .init("maxItems", .integer(maximum)),
        .init("uniqueItems", .bool(true)), .init("items", grammar.schema),
      ]),
      example: "", isScalar: false, elements: [],
      read: { tree, key, root, findings in
        guard let elements = listElements(tree, key, 0...maximum, into: &findings) else { return }
        var seen: Set<Value> = []
        for (index, element) in elements.enumerated() {
          let elementKey = "\(key)[\(index)]"
          findings.origins[elementKey] = element.origin
          guard let value = grammar.read(element, elementKey, into: &findings) else {
            findings.distrust(key)
            continue
          }
          if !seen.insert(value).inserted {
            findings.report(
              Complaint("\(grammar.print(value)) is in the list twice"), at: elementKey,
              element.origin)
          }
          root[keyPath: field].append(value)
        }
      },
      write: { root in .list(root[keyPath: field].map { grammar.print($0) }) })
  }

  /// A key with a list of sections, one at least.
  static func records<Record>(
    _ path: String, _ field: any WritableKeyPath<Root, [Record]> & Sendable,
    of table: Table<Record>, atMost maximum: Int, example: String, _ reason: String
  ) -> Row {
    records(path, field, of: table, 1...maximum, example: example, reason)
  }

  /// A key with a list of sections, which may be empty.
  static func optionalRecords<Record>(
    _ path: String, _ field: any WritableKeyPath<Root, [Record]> & Sendable,
    of table: Table<Record>, atMost maximum: Int, _ reason: String
  ) -> Row {
    records(path, field, of: table, 0...maximum, example: nil, reason)
  }

  private static func records<Record>(
    _ path: String, _ field: any WritableKeyPath<Root, [Record]> & Sendable,
    of table: Table<Record>, _ counts: ClosedRange<Int>, example: String?, _ reason: String
  ) -> Row {
    Row(
      path: path, isRequired: example != nil, type: "list of sections",
      range: "\(counts.lowerBound) to \(counts.upperBound)", reason: reason,
      schema: .object([
        .init("type", "array"), .init("minItems", .integer(counts.lowerBound)),
        .init("maxItems", .integer(counts.upperBound)), .init("items", table.schema()),
      ]),
      example: example ?? "", isScalar: false, elements: table.descriptions(under: "\(path)[]."),
      read: { tree, key, root, findings in
        guard let elements = listElements(tree, key, counts, into: &findings) else { return }
        root[keyPath: field] = elements.enumerated().map { index, element in
          table.read(element, at: "\(key)[\(index)]", into: &findings)
        }
      },
      write: { root in .records(root[keyPath: field].map { table.lines(of: $0) }) })
  }
}

extension Grammar {
  /// The value of a tree; nil where there is none, with the reason among the findings.
  fileprivate func read(_ tree: Tree, _ key: String, into findings: inout Findings) -> Value? {
    guard !tree.isNull else {
      findings.report(Complaint("has no value"), at: key, tree.origin)
      return nil
    }
    guard case .scalar(let scalar) = tree.content else {
      var meant: String?
      if case .list(let elements) = tree.content, elements.count == 1,
        case .scalar(let scalar) = elements[0].content, case .success(let value) = parse(scalar)
      {
        meant = print(value)
      } else if case .section(let entries) = tree.content,
        case .scalar(let scalar) = entries.first?.value.content,
        case .success(let value) = parse(scalar)
      {
        meant = print(value)
      }
      findings.report(
        Complaint(
          "must be one \(type.hasPrefix("one of") ? "word" : "value"), not \(tree.kind)",
          meant: meant), at: key, tree.origin)
      return nil
    }
    switch parse(scalar) {
    case .success(let value): return value
    case .failure(let complaint):
      findings.report(complaint, at: key, tree.origin)
      return nil
    }
  }
}

/// The elements of a list whose length is allowed.
private func listElements(
  _ tree: Tree, _ key: String, _ counts: ClosedRange<Int>, into findings: inout Findings
) -> [Tree]? {
  guard case .list(let elements) = tree.content, !tree.isNull else {
    var meant: String?
    if case .scalar(let scalar) = tree.content, !tree.isNull, counts.lowerBound == 0 {
      meant = "[\(shown(scalar.text))]"
    }
    let complaint =
      tree.isNull
      ? Complaint("has no value: write a list")
      : Complaint("must be a list, not \(tree.kind)", meant: meant)
    findings.report(complaint, at: key, tree.origin)
    return nil
  }
  guard elements.count >= counts.lowerBound else {
    // A list that lost its elements to problems of theirs has had its complaint.
    if findings.isSound(key) {
      findings.report(Complaint("must not be empty"), at: key, tree.origin)
    }
    return nil
  }
  guard elements.count <= counts.upperBound else {
    findings.report(
      Complaint("has \(elements.count) elements, and may have \(counts.upperBound)"), at: key,
      tree.origin)
    return nil
  }
  return elements
}
