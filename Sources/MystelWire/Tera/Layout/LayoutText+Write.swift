extension LayoutText {
  /// The text that `parse` reads a declaration from.
  public static func text(of declaration: PacketDeclaration) -> String {
    var text = "packet \(declaration.name)"
    if !declaration.phases.isEmpty {
      text += " in \(declaration.phases.joined(separator: ","))"
    }
    if declaration.layout == nil { text += " opaque" }
    if let lengths = declaration.lengths {
      text += " length \(lengths.lowerBound)..\(lengths.upperBound)"
    }
    if declaration.cost != 1 { text += " cost \(declaration.cost)" }
    if declaration.isIdempotent { text += " idempotent" }
    text += "\n"
    if let layout = declaration.layout { write(layout.body, indent: "  ", into: &text) }
    return text
  }

  private static func write(_ level: LayoutLevel, indent: String, into text: inout String) {
    let isImplicit = isImplicit(level)
    // `ref` lines stand where the reference does: in front of the value that follows it.
    var references = level.fields.filter { $0.kind.isReference }
      .sorted { $0.offset < $1.offset }[...]
    for field in level.fields {
      while !isImplicit, !field.kind.isReference, let first = references.first,
        first.offset < field.offset
      {
        text += "\(indent)ref \(first.name)\n"
        references.removeFirst()
      }
      write(field, indent: indent, into: &text)
    }
    guard !isImplicit else { return }
    for rest in references { text += "\(indent)ref \(rest.name)\n" }
  }

  private static func write(_ field: LayoutField, indent: String, into text: inout String) {
    text += "\(indent)\(field.name.isEmpty ? "-" : field.name) \(field.kind.word)"
    if let limit = field.limit { text += " ..\(limit)" }
    if field.isInterleaved { text += " interleaved" }
    text += "\n"
    if case .array(let level) = field.kind {
      write(level, indent: indent + "  ", into: &text)
    }
  }

  /// Whether references stand in front, in the order of the fields.
  private static func isImplicit(_ level: LayoutLevel) -> Bool {
    let entries = level.fields.map {
      LayoutLevel.Builder.Entry(
        name: $0.name, kind: $0.kind, limit: $0.limit, isInterleaved: $0.isInterleaved)
    }
    return LayoutLevel.Builder.level(entries) == level
  }
}
