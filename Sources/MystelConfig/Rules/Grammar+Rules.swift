import MystelWire

extension Grammar {
  /// A grammar for the same texts, where the key may be left out.
  func optional() -> Grammar<Value?> {
    Grammar<Value?>(
      type: type, range: range, schema: schema, parse: { [parse] in parse($0).map { $0 } },
      print: { [print] value in value.map(print) ?? "" })
  }
}

extension Grammar where Value == String {
  /// Any text.
  static let text = Grammar(
    type: "text", range: "",
    schema: .object([.init("type", "string"), .init("minLength", .integer(1))]),
    parse: { scalar in
      scalar.text.isEmpty ? .failure(Complaint("must not be empty")) : .success(scalar.text)
    },
    print: JSON.quote)

  /// One of some words.
  static func word(_ words: [String]) -> Grammar {
    Grammar(
      type: "one of " + words.map { "`\($0)`" }.joined(separator: ", "), range: "",
      schema: .object([.init("enum", .array(words.map { .string($0) }))]),
      parse: { scalar in
        guard words.contains(scalar.text) else {
          return .failure(
            Complaint(
              "\(shown(scalar.text)) is none of \(words.joined(separator: ", "))",
              meant: nearest(to: scalar.text, among: words)))
        }
        return .success(scalar.text)
      },
      print: { $0 })
  }
}

extension Grammar where Value == String? {
  static let optionalText = Grammar<String>.text.optional()
  static func optionalWord(_ words: [String]) -> Grammar { Grammar<String>.word(words).optional() }
}

extension Grammar where Value == Int64 {
  /// A whole number, underscores between digits allowed.
  static let signed = Grammar(
    type: "whole number", range: "", schema: .object([.init("type", "integer")]),
    parse: { scalar in
      guard scalar.isPlain, let value = Int64(scalar.text.filter { $0 != "_" }) else {
        return .failure(Complaint("\(shown(scalar.text)) is no whole number of 64 bits"))
      }
      return .success(value)
    },
    print: { String($0) })
}

extension Grammar where Value == Int64? {
  static let optionalInteger = Grammar<Int64>.signed.optional()
}

extension Grammar where Value == Int? {
  static let optionalCount = Grammar<Int>.integer(0...65535).optional()
}

extension Grammar where Value == Double? {
  /// A number, with a fraction or without.
  static let optionalNumber = Grammar<Double>(
    type: "number", range: "", schema: .object([.init("type", "number")]),
    parse: { scalar in
      guard scalar.isPlain, let value = Double(scalar.text), value.isFinite, value >= 0 else {
        return .failure(Complaint("\(shown(scalar.text)) is no number from 0 up"))
      }
      return .success(value)
    },
    print: { String($0) }
  ).optional()

  /// A time of a signature: up to a day.
  static let optionalMilliseconds = Grammar<Double>.milliseconds.optional()
  static let optionalSeconds = Grammar<Double>.seconds.optional()
}

extension Grammar where Value == Double {
  static let seconds = Grammar(
    type: "number", range: "0 to 86400", schema: .object([.init("type", "number")]),
    parse: { scalar in
      guard scalar.isPlain, let value = Double(scalar.text), (0...86_400).contains(value) else {
        return .failure(Complaint("\(shown(scalar.text)) is no number from 0 to 86400"))
      }
      return .success(value)
    },
    print: { String($0) })

  /// A time in a rule or in its test: up to a day.
  static let milliseconds = Grammar(
    type: "number", range: "0 to 86400000", schema: .object([.init("type", "number")]),
    parse: { scalar in
      guard scalar.isPlain, let value = Double(scalar.text), (0...86_400_000).contains(value) else {
        return .failure(Complaint("\(shown(scalar.text)) is no number from 0 to 86400000"))
      }
      return .success(value)
    },
    print: { String($0) })
}

extension Grammar where Value == Bool {
  static let flag = Grammar(
    type: "`true` or `false`", range: "", schema: .object([.init("type", "boolean")]),
    parse: { scalar in
      switch scalar.text {
      case "true": .success(true)
      case "false": .success(false)
      default: .failure(Complaint("must be true or false, not \(shown(scalar.text))"))
      }
    },
    print: { String($0) })
}
