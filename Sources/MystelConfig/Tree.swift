/// A configuration source as a tree of texts: read, but not yet understood.
struct Tree: Sendable {
  enum Content: Sendable {
    case scalar(Scalar)
    case list([Tree])
    case section([Entry])
  }
  /// One `name: value` line of a section.
  struct Entry: Sendable {
    var name: String
    var nameOrigin: Origin
    var value: Tree
  }
  var content: Content
  var origin: Origin

  /// True for a key without a value: `key:`, `key: ~` or `key: null`.
  var isNull: Bool {
    guard case .scalar(let scalar) = content, scalar.isPlain else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.text)
  }

  /// What the value is, for a message that says what it should have been.
  var kind: String {
    switch content {
    case .scalar(let scalar): isNull ? "nothing" : shown(scalar.text)
    case .list: "a list"
    case .section: "a section"
    }
  }
}

/// A word or text of a configuration source.
struct Scalar: Sendable, Equatable {
  var text: String
  /// False for text in quotes, which is never a number.
  var isPlain: Bool
}

/// Where a value was written.
enum Origin: Sendable, Equatable {
  case file(line: Int, column: Int)
  case variable(String)
  /// A change that an operator made while the gateway runs, by its number.
  case change(Int)
  /// Nowhere in particular: the environment as a whole.
  case environment
}

/// A text of the operator as a message may show it: on one line, printable, not too long.
func shown(_ text: String) -> String {
  guard !text.isEmpty else { return "\"\"" }
  var result = ""
  for scalar in text.unicodeScalars.prefix(60) {
    result += scalar.properties.generalCategory == .control ? "?" : String(scalar)
  }
  return text.unicodeScalars.count > 60 ? result + "..." : result
}
