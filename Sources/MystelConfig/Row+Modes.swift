import MystelCore

extension Row {
  /// A key with a section of names, each with a mode.
  static func modes(
    _ path: String, _ field: any WritableKeyPath<Root, [String: Configuration.Mode]> & Sendable,
    _ reason: String
  ) -> Row {
    let grammar = Grammar<Configuration.Mode>.choice()
    return Row(
      path: path, isRequired: false, type: "section of `name: mode`", range: grammar.type,
      reason: reason,
      schema: .object([
        .init("type", .array(["object", "null"])), .init("additionalProperties", grammar.schema),
      ]),
      example: "", isScalar: false, elements: [],
      read: { tree, key, root, findings in
        guard !tree.isNull else { return }
        guard case .section(let entries) = tree.content else {
          findings.report(
            Complaint("must be a section (lines of name: mode), not \(tree.kind)"), at: key,
            tree.origin)
          return
        }
        for entry in entries {
          let entryKey = "\(key).\(shown(entry.name))"
          findings.origins[entryKey] = entry.nameOrigin
          guard case .scalar(let scalar) = entry.value.content, !entry.value.isNull else {
            findings.report(
              Complaint("must be \(grammar.type), not \(entry.value.kind)"), at: entryKey,
              entry.value.origin)
            continue
          }
          switch grammar.parse(scalar) {
          case .success(let mode): root[keyPath: field][entry.name] = mode
          case .failure(let complaint):
            findings.report(complaint, at: entryKey, entry.value.origin)
          }
        }
      },
      write: { root in
        let modes = root[keyPath: field].sorted { $0.key < $1.key }
        return .scalar(
          "{" + modes.map { "\(JSON.quote($0.key)): \($0.value.rawValue)" }.joined(separator: ", ")
            + "}")
      })
  }
}
