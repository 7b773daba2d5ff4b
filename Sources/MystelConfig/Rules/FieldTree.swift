import MystelWire

/// Reads the values of a packet's fields from a YAML section, as its layout wants them.
enum FieldTree {
  /// Why a section cannot be the fields of a packet.
  struct Fault: Error, CustomStringConvertible {
    var description: String
  }

  /// - Throws: `Fault`, for names that the level has not and values of another kind.
  static func fields(_ tree: Tree?, _ level: LayoutLevel) throws(Fault) -> PacketFields {
    var fields = PacketFields()
    guard let tree, !tree.isNull else { return fields }
    guard case .section(let entries) = tree.content else {
      throw Fault(description: "fields must be a section, not \(tree.kind)")
    }
    for entry in entries {
      guard let field = level.fields.first(where: { $0.name == entry.name }) else {
        let meant = nearest(to: entry.name, among: level.fields.map(\.name))
        throw Fault(
          description: "there is no field \(shown(entry.name))"
            + (meant.map { "; did you mean \($0)?" } ?? ""))
      }
      fields[field.name] = try value(entry.value, field)
    }
    return fields
  }

  private static func value(_ tree: Tree, _ field: LayoutField) throws(Fault) -> PacketValue {
    switch (field.kind, tree.content) {
    case (.array(let level), .list(let elements)):
      var made: [PacketFields] = []
      for element in elements {
        if level.fields.count == 1, level.fields[0].name.isEmpty {
          made.append(
            PacketFields([.init(name: "", value: try value(element, level.fields[0]))]))
        } else {
          made.append(try fields(element, level))
        }
      }
      return .elements(made)
    case (.vec3, .list(let parts)), (.angles, .list(let parts)):
      let numbers = parts.compactMap(number)
      guard numbers.count == 3, parts.count == 3 else {
        throw Fault(description: "\(field.name) must be a list of three numbers")
      }
      return .vector(Vector3(x: Float(numbers[0]), y: Float(numbers[1]), z: Float(numbers[2])))
    case (_, .scalar(let scalar)):
      guard let made = scalarValue(scalar.text, field.kind) else {
        throw Fault(description: "\(shown(scalar.text)) is no value for \(field.name)")
      }
      return made
    default:
      throw Fault(description: "\(tree.kind) is no value for \(field.name)")
    }
  }

  private static func number(_ tree: Tree) -> Double? {
    guard case .scalar(let scalar) = tree.content else { return nil }
    return Double(scalar.text)
  }

  private static func scalarValue(_ text: String, _ kind: LayoutField.Kind) -> PacketValue? {
    switch kind {
    case .bool: text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
    case .u8, .u16, .u32, .u64, .skill, .narrowSkill, .appearance:
      UInt64(text).map { .unsigned($0) }
    case .i8, .i16, .i32, .i64, .angle: Int64(text).map { .integer($0) }
    case .f32, .f64: Double(text).map { .real($0) }
    case .string: .text(unescaped(text))
    case .bytes: bytes(text).map { .bytes($0) }
    case .vec3, .angles, .array: nil
    }
  }

  /// Runs of `x` make long texts: `x*900` is 900 of them. Everything else is taken as it is.
  private static func unescaped(_ text: String) -> String {
    let parts = text.split(separator: "*")
    guard parts.count == 2, parts[0].count == 1, let count = Int(parts[1]),
      (1...65535).contains(count)
    else { return text }
    return String(repeating: String(parts[0]), count: count)
  }

  /// Hex digits, or `0*N` for N zero bytes.
  static func bytes(_ text: String) -> [UInt8]? {
    if text.hasPrefix("0*"), let count = Int(text.dropFirst(2)), (0...65535).contains(count) {
      return [UInt8](repeating: 0, count: count)
    }
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard
        let byte = UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
