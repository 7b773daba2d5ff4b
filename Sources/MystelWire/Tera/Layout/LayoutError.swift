/// Why values cannot be written as a packet of a layout.
public enum LayoutError: Error, Equatable, Sendable {
  /// No field has this name; `nearest` is one that does.
  case unknownField(String, nearest: String?)
  /// The field has two values.
  case repeatedField(String)
  /// The value is of another kind than the field; `expected` is in words.
  case wrongKind(String, expected: String)
  /// The field cannot hold a number so large, so small or so exact.
  case outOfRange(String, kind: String)
  /// The packet would take more than 65535 bytes with this field.
  case tooLong(String)

  /// The same error, seen from the level around.
  func inside(_ level: String) -> LayoutError {
    func path(_ name: String) -> String { name.isEmpty ? level : "\(level).\(name)" }
    return switch self {
    case .unknownField(let name, let nearest): .unknownField(path(name), nearest: nearest)
    case .repeatedField(let name): .repeatedField(path(name))
    case .wrongKind(let name, let expected): .wrongKind(path(name), expected: expected)
    case .outOfRange(let name, let kind): .outOfRange(path(name), kind: kind)
    case .tooLong(let name): .tooLong(path(name))
    }
  }
}

extension LayoutError: CustomStringConvertible {
  /// What is wrong, with the field in backticks.
  public var description: String {
    switch self {
    case .unknownField(let name, nil): "there is no field `\(name)`"
    case .unknownField(let name, let nearest?):
      "there is no field `\(name)`; nearest is `\(nearest)`"
    case .repeatedField(let name): "`\(name)` has two values"
    case .wrongKind(let name, let expected): "`\(name)` needs \(expected)"
    case .outOfRange(let name, let kind): "`\(name)` has a value that no \(kind) can hold"
    case .tooLong(let name): "with `\(name)` the packet takes more than 65535 bytes"
    }
  }
}
