import MystelWire

/// How one kind of value is written: the reader, the printer, the schema and the words for the
/// reference page in one place.
struct Grammar<Value: Sendable>: Sendable {
  /// `duration`, `size`, `one of …`.
  let type: String
  /// What is allowed, empty where the type says it all.
  let range: String
  let schema: JSON
  let parse: @Sendable (Scalar) -> Result<Value, Complaint>
  /// The text that parses to the value, quoted where YAML needs it.
  let print: @Sendable (Value) -> String
}

extension Grammar where Value: RawRepresentable<String> & CaseIterable {
  /// One word of an enumeration. Where `off` is one of them, YAML 1.1's other spellings of a plain
  /// `off` mean it too, because readers and editors resolve them to the same boolean.
  static func choice(_: Value.Type = Value.self) -> Grammar {
    let words = Value.allCases.map(\.rawValue)
    let takesOff = words.contains("off")
    let list = words.joined(separator: ", ")
    return Grammar(
      type: "one of " + words.map { "`\($0)`" }.joined(separator: ", "), range: "",
      schema: .object([
        .init("enum", .array(words.map { .string($0) } + (takesOff ? [.bool(false)] : [])))
      ]),
      parse: { scalar in
        if let value = Value(rawValue: scalar.text) { return .success(value) }
        if takesOff, scalar.isPlain, ["off", "no", "false"].contains(scalar.text.lowercased()),
          let value = Value(rawValue: "off")
        {
          return .success(value)
        }
        return .failure(
          Complaint(
            "must be one of \(list), not \(shown(scalar.text))",
            meant: nearest(to: scalar.text, among: words)))
      },
      print: \.rawValue)
  }
}

extension Grammar where Value == String? {
  /// The path of a directory, from the root on: a service's own directory is nobody's guess. Empty
  /// for none.
  static let path = Grammar(
    type: "path", range: "from `/` on, or empty",
    schema: .object([.init("type", "string"), .init("pattern", "^(/.*)?$")]),
    parse: { scalar in
      guard scalar.text.isEmpty || scalar.text.hasPrefix("/") else {
        return .failure(Complaint("\(shown(scalar.text)) must begin with /"))
      }
      guard !scalar.text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
        return .failure(Complaint("\(shown(scalar.text)) has characters that no path should have"))
      }
      return .success(scalar.text.isEmpty ? nil : scalar.text)
    },
    print: { JSON.quote($0 ?? "") })
}

extension Grammar where Value == String {
  /// Words that YAML readers take for something else than text.
  private static let reservedWords: Set = ["null", "true", "false", "yes", "no", "on", "off"]

  /// The name of a listener or backend: it is a log field, a metric label and a reference.
  static let name = Grammar(
    type: "name", range: "a letter, then up to 62 letters, digits, `.`, `_` or `-`",
    schema: .object([
      .init("type", "string"), .init("pattern", "^[A-Za-z][A-Za-z0-9._-]{0,62}$"),
    ]),
    parse: { scalar in
      let isLetter = { (byte: UInt8) in (65...90).contains(byte) || (97...122).contains(byte) }
      let text = scalar.text.utf8
      guard let first = text.first, isLetter(first), text.count <= 63,
        text.allSatisfy({ isLetter($0) || (48...57).contains($0) || [45, 46, 95].contains($0) })
      else {
        return .failure(
          Complaint(
            "\(shown(scalar.text)) is no name: a letter, then up to 62 letters, digits, '.', '_' or '-'"
          ))
      }
      guard !scalar.isPlain || !reservedWords.contains(scalar.text.lowercased()) else {
        return .failure(
          Complaint(
            "\(scalar.text) without quotes is not text to every YAML reader",
            meant: JSON.quote(scalar.text)))
      }
      return .success(scalar.text)
    },
    print: { reservedWords.contains($0.lowercased()) ? JSON.quote($0) : $0 })
}
