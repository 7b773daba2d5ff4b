/// A JSON value. Numbers keep the spelling they came with.
package indirect enum JSONValue: Sendable, Equatable {
  case object([String: JSONValue])
  case array([JSONValue])
  case string(String)
  case number(String)
  case bool(Bool)
  case null

  package static let empty = JSONValue.object([:])

  /// The members of an object; nil for everything else.
  package var members: [String: JSONValue]? {
    guard case .object(let members) = self else { return nil }
    return members
  }

  /// What stands at a dotted path of objects.
  package subscript(path: String) -> JSONValue? {
    path.split(separator: ".").reduce(self as JSONValue?) { value, name in
      value?.members?[String(name)]
    }
  }

  /// How many objects and lists lie in each other.
  package var depth: Int {
    switch self {
    case .object(let members): 1 + (members.values.map(\.depth).max() ?? 0)
    case .array(let elements): 1 + (elements.map(\.depth).max() ?? 0)
    case .string, .number, .bool, .null: 0
    }
  }

  /// This value with a merge patch on top, and without what the patch has null for (RFC 7396).
  /// Objects that lose their last member go, too.
  package func merging(_ patch: JSONValue) -> JSONValue {
    guard let changes = patch.members else { return patch }
    var merged = members ?? [:]
    for (name, change) in changes {
      guard change != .null else {
        merged[name] = nil
        continue
      }
      let value = (merged[name] ?? .empty).merging(change)
      merged[name] = value == .empty ? nil : value
    }
    return .object(merged)
  }

  /// The value on one line, members in the order of their names: equal values, equal text.
  package var text: String {
    switch self {
    case .object(let members):
      let parts = members.sorted { $0.key < $1.key }.map {
        "\(JSONValue.quoted($0.key)):\($0.value.text)"
      }
      return "{\(parts.joined(separator: ","))}"
    case .array(let elements): return "[\(elements.map(\.text).joined(separator: ","))]"
    case .string(let text): return JSONValue.quoted(text)
    case .number(let text): return text
    case .bool(let flag): return flag ? "true" : "false"
    case .null: return "null"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension JSONValue: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .bool(flag)
    } else if let number = try? container.decode(Int64.self) {
      self = .number("\(number)")
    } else if let number = try? container.decode(UInt64.self) {
      self = .number("\(number)")
    } else if let number = try? container.decode(Double.self) {
      self = .number("\(number)")
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let elements = try? container.decode([JSONValue].self) {
      self = .array(elements)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .object(let members): try container.encode(members)
    case .array(let elements): try container.encode(elements)
    case .string(let text): try container.encode(text)
    case .number(let text):
      if let number = Int64(text) {
        try container.encode(number)
      } else if let number = UInt64(text) {
        try container.encode(number)
      } else {
        try container.encode(Double(text) ?? 0)
      }
    case .bool(let flag): try container.encode(flag)
    case .null: try container.encodeNil()
    }
  }
}
