import MystelTesting
import MystelWire

/// Layouts, values and readings that the tests of layouts share.
enum Layouts {
  /// The text is no layout.
  struct Unreadable: Error { let problems: [LayoutProblem] }

  /// The layout of the fields in `text`, two spaces in front of each being optional.
  static func layout(_ text: String) throws -> PacketLayout {
    let lines = text.split(separator: "\n").map { "  \($0)\n" }.joined()
    let read = LayoutText.parse("packet C_TEST\n" + lines, patch: 92)
    guard let layout = read.declarations.first?.layout else {
      throw Unreadable(problems: read.problems)
    }
    return layout
  }

  /// What a packet holds; nil where the bytes are no packet.
  static func decode(
    _ layout: PacketLayout, _ bytes: [UInt8], shift: Int = 0
  ) -> PacketDecoding? {
    guard let view = PacketView(bytes.span.bytes) else { return nil }
    return layout.decode(view, bodyOffset: shift)
  }

  static func fields(_ values: KeyValuePairs<String, PacketValue>) -> PacketFields {
    PacketFields(values.map { PacketFields.Entry(name: $0.key, value: $0.value) })
  }
}

extension SplitMix64 {
  /// Values for every field of a level, with any bits that survive writing.
  mutating func fields(of level: LayoutLevel) -> PacketFields {
    var fields = PacketFields()
    for field in level.fields where next(below: 16) > 0 {
      fields.entries.append(.init(name: field.name, value: value(of: field.kind)))
    }
    return fields
  }

  private mutating func value(of kind: LayoutField.Kind) -> PacketValue {
    let bits = next() >> next(below: 60)
    return switch kind {
    case .bool: .bool(bits & 1 == 1)
    case .u8: .unsigned(bits & 0xff)
    case .i8: .integer(Int64(Int8(truncatingIfNeeded: bits)))
    case .u16: .unsigned(bits & 0xffff)
    case .i16, .angle: .integer(Int64(Int16(truncatingIfNeeded: bits)))
    case .u32, .narrowSkill: .unsigned(bits & 0xffff_ffff)
    case .i32: .integer(Int64(Int32(truncatingIfNeeded: bits)))
    case .u64, .skill, .appearance: .unsigned(bits)
    case .i64: .integer(Int64(truncatingIfNeeded: bits))
    case .f32: .real(Double(finite()))
    case .f64: .real(Double(Int64(truncatingIfNeeded: bits)) / 3)
    case .vec3, .angles: .vector(Vector3(x: finite(), y: finite(), z: finite()))
    case .string: .text(text())
    case .bytes: .bytes(bytes(Int(next(below: 12))))
    case .array(let level):
      .elements((0..<next(below: 4)).map { _ in fields(of: level) })
    }
  }

  private mutating func finite() -> Float { Float(Int32(truncatingIfNeeded: next())) / 7 }

  private mutating func text() -> String {
    let letters = ["a", "ß", "\n", "漢", "😀", "\u{202e}"]
    return (0..<next(below: 6)).map { _ in letters[Int(next(below: 6))] }.joined()
  }
}
