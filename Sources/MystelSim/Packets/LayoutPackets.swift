import MystelWire

/// Healthy packets of any layout, drawn from a seed.
package struct LayoutPackets {
  private var random: SimRandom
  /// Lists are as long as this, or as their limit, and texts too, which are full of tags then; nil
  /// for a few elements and letters.
  private let stretch: Int?

  package init(seed: UInt64, stretch: Int? = nil) {
    random = SimRandom(seed: seed)
    self.stretch = stretch
  }

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
    case .string: .text(text(atMost: field.limit ?? stretch ?? 16))
    case .bytes: .bytes(random.bytes(Int(random.next() % UInt64(min(field.limit ?? 16, 16) + 1))))
    case .array(let level):
      .elements((0..<count(field)).map { _ in fields(level) })
    }
  }

  private mutating func count(_ field: LayoutField) -> Int {
    if let stretch { return min(field.limit ?? stretch, stretch) }
    return Int(random.next() % UInt64(min(field.limit ?? 3, 3) + 1))
  }

  private mutating func coordinate() -> Float { Float(random.number(in: 0...200_000)) - 100_000 }

  private mutating func text(atMost limit: Int) -> String {
    if let stretch { return tags(min(limit, stretch)) }
    let letters = Array("abcdefghij ABC 0123 äöü тест 한국")
    let count = Int(random.next() % UInt64(min(limit, 20) + 1))
    return String((0..<count).map { _ in letters[Int(random.next() % UInt64(letters.count))] })
  }

  /// A text with more in it to look at than any player writes.
  private mutating func tags(_ limit: Int) -> String {
    let parts = ["<FONT>", "</FONT>", "<img src=x>", "&lt;", "&#60;", "a", "<", "한", "<A href=\""]
    var text = ""
    while true {
      let part = parts[Int(random.next() % UInt64(parts.count))]
      guard text.utf16.count + part.utf16.count <= limit else { return text }
      text += part
    }
  }
}
