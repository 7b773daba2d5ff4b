/// A JSON value whose objects keep the order they were written in.
enum JSON: Sendable, Equatable, ExpressibleByStringLiteral {
  case object([Member])
  case array([JSON])
  case string(String)
  case integer(Int)
  case bool(Bool)

  struct Member: Sendable, Equatable {
    var name: String
    var value: JSON
    init(_ name: String, _ value: JSON) {
      self.name = name
      self.value = value
    }
  }

  init(stringLiteral text: String) { self = .string(text) }

  /// Adds members to an object; any other value is left as it is.
  func adding(_ members: [Member]) -> JSON {
    guard case .object(let existing) = self else { return self }
    return .object(existing + members)
  }

  /// The value over several lines, indented by two spaces.
  func text(indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .object(let members) where !members.isEmpty:
      let lines = members.map { "\(inner)\(JSON.quote($0.name)): \($0.value.text(indent: inner))" }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    case .object: return "{}"
    case .array(let elements) where elements.allSatisfy(\.isScalar):
      return "[" + elements.map { $0.text() }.joined(separator: ", ") + "]"
    case .array(let elements):
      let lines = elements.map { inner + $0.text(indent: inner) }
      return "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
    case .string(let text): return JSON.quote(text)
    case .integer(let number): return String(number)
    case .bool(let flag): return flag ? "true" : "false"
    }
  }

  private var isScalar: Bool {
    switch self {
    case .object, .array: false
    case .string, .integer, .bool: true
    }
  }

  /// A JSON string; also a YAML one.
  static func quote(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default:
        if scalar.value < 0x20 {
          let digits = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}
