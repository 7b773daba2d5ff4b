import MystelWire

/// Healthy packets of any layout, drawn from a seed.
package struct LayoutPackets {
  private var random: SimRandom

  package init(seed: UInt64) { random = SimRandom(seed: seed) }

  /// Values for every field of a level, within its limits.
  package mutating func fields(_ level: LayoutLevel) -> PacketFields {
    PacketFields(level.fields.map { .init(name: $0.name, value: value($0)) })
  }

  private mutating func value(_ field: LayoutField) -> PacketValue {
    switch field.kind {
    case .bool: .bool(random.next() & 1 == 1)
    case .u8, .u16, .u32, .u64, .skill, .narrowSkill, .appearance:
      .unsigned(random.next() >> UInt64(64 - 8 * field.kind.fixedBytes))
    case .i8, .i16, .i32, .i64, .angle:
      .integer(Int64(bitPattern: random.next()) >> Int64(64 - 8 * field.kind.fixedBytes))
    case .f32, .f64: .real(Double(coordinate()))
    case .vec3, .angles: .vector(Vector3(x: coordinate(), y: coordinate(), z: coordinate()))
    case .string: .text(text(atMost: field.limit ?? 16))
    case .bytes: .bytes(random.bytes(Int(random.next() % UInt64(min(field.limit ?? 16, 16) + 1))))
    case .array(let level):
      .elements(
        (0..<Int(random.next() % UInt64(min(field.limit ?? 3, 3) + 1))).map { _ in
          fields(level)
        })
    }
  }

  private mutating func coordinate() -> Float { Float(random.number(in: 0...200_000)) - 100_000 }

  private mutating func text(atMost limit: Int) -> String {
    let letters = Array("abcdefghij ABC 0123 äöü тест 한국")
    let count = Int(random.next() % UInt64(min(limit, 20) + 1))
    return String((0..<count).map { _ in letters[Int(random.next() % UInt64(letters.count))] })
  }
}
