extension PacketLayout {
  /// The packet of `fields`, as the genuine writer puts it together.
  ///
  /// Fields without a value are zero or empty. Numbers may come as any kind of integer that holds
  /// them exactly. Text ends at its first NUL. Source: docs/protocol/tera.md#body
  /// - Throws: `LayoutError`, naming the field.
  public func encode(
    _ fields: PacketFields, opcode: UInt16, integrity: IntegrityHeader? = nil
  ) throws(LayoutError) -> [UInt8] {
    var encoder = PacketEncoder()
    let shift =
      integrity == nil ? 0 : PacketView.integrityHeaderBytes - PacketView.headerBytes
    try encoder.reserve(body.fixedEnd + shift, for: "")
    encoder.put(opcode, at: 2)
    if let integrity {
      encoder.put(integrity.count, at: 4)
      encoder.put(integrity.hash, at: 8)
    }
    try encoder.fill(body, with: fields, from: shift)
    encoder.put(UInt16(truncatingIfNeeded: encoder.bytes.count), at: 0)
    return encoder.bytes
  }
}

/// Puts a packet together front to back.
private struct PacketEncoder {
  /// An array that is being written, in turns with others or alone.
  private struct Turn {
    let field: LayoutField
    let level: LayoutLevel
    let elements: [PacketFields]
    /// Where the offset of the next element goes.
    var link: Int
  }

  private(set) var bytes: [UInt8] = []

  /// Adds zeros; at most as many as a packet has room for.
  mutating func reserve(_ count: Int, for field: String) throws(LayoutError) {
    guard count <= PacketView.maximumBytes - bytes.count else { throw .tooLong(field) }
    bytes.append(contentsOf: repeatElement(0, count: count))
  }

  /// Overwrites bytes that were reserved.
  mutating func put(_ value: some FixedWidthInteger, at place: Int) {
    precondition(
      place >= 0 && place <= bytes.count - value.bitWidth / 8,
      "a layout's fields must lie in the fixed part of their level")
    var value = value
    for index in place..<place + value.bitWidth / 8 {
      bytes[index] = UInt8(truncatingIfNeeded: value)
      value >>= 8
    }
  }

  /// Writes a level whose fixed part is reserved: `start` is where its offsets count from.
  mutating func fill(
    _ level: LayoutLevel, with fields: PacketFields, from start: Int
  ) throws(LayoutError) {
    let values = try values(of: fields, in: level)
    for (field, value) in zip(level.fields, values) {
      guard let value, !field.kind.isReference else { continue }
      try put(value, in: field, at: start + field.offset)
    }
    var turns: [Turn] = []
    for (field, value) in zip(level.fields, values) where field.kind.isReference {
      if !(field.isInterleaved && turns.last?.field.isInterleaved == true) {
        try append(turns)
        turns = []
      }
      let place = start + field.offset
      switch (field.kind, value) {
      case (.array(let level), .elements(let elements)?):
        turns.append(Turn(field: field, level: level, elements: elements, link: place + 2))
        put(UInt16(truncatingIfNeeded: elements.count), at: place)
      case (.array, nil): break
      case (.string, .text(let text)?): try append(text, field, at: place)
      case (.string, nil): try append("", field, at: place)
      case (.bytes, .bytes(let data)?): try append(data, field, at: place)
      case (.bytes, nil): try append([], field, at: place)
      default: throw .wrongKind(field.name, expected: field.kind.expectation)
      }
    }
    try append(turns)
  }

  /// The value of each field of a level.
  private func values(
    of fields: PacketFields, in level: LayoutLevel
  ) throws(LayoutError) -> [PacketValue?] {
    var values = [PacketValue?](repeating: nil, count: level.fields.count)
    var next = 0
    for entry in fields.entries {
      // Mostly values come in the order of the fields.
      let found =
        level.fields[next...].firstIndex { $0.name == entry.name }
        ?? level.fields[..<next].firstIndex { $0.name == entry.name }
      guard let found else {
        let meant = nearest(to: entry.name, among: level.fields.map(\.name))
        throw .unknownField(entry.name, nearest: meant)
      }
      guard values[found] == nil else { throw .repeatedField(entry.name) }
      values[found] = entry.value
      next = found + 1
    }
    return values
  }

  // MARK: Data

  private mutating func append(
    _ text: String, _ field: LayoutField, at place: Int
  ) throws(LayoutError) {
    put(UInt16(truncatingIfNeeded: bytes.count), at: place)
    let units = text.utf16.prefix { $0 != 0 }
    var at = bytes.count
    try reserve((units.count + 1) * 2, for: field.name)
    for unit in units {
      put(unit, at: at)
      at += 2
    }
  }

  private mutating func append(
    _ data: [UInt8], _ field: LayoutField, at place: Int
  ) throws(LayoutError) {
    guard data.count <= PacketView.maximumBytes - bytes.count else { throw .tooLong(field.name) }
    put(UInt16(truncatingIfNeeded: bytes.count), at: place)
    put(UInt16(truncatingIfNeeded: data.count), at: place + 2)
    bytes += data
  }

  /// Element k of every array, then element k + 1.
  private mutating func append(_ arrays: [Turn]) throws(LayoutError) {
    var turns = arrays
    for index in 0..<(turns.map(\.elements.count).max() ?? 0) {
      for number in turns.indices where index < turns[number].elements.count {
        let (turn, here) = (turns[number], bytes.count)
        try reserve(turn.level.fixedEnd, for: turn.field.name)
        put(UInt16(truncatingIfNeeded: here), at: turn.link)
        put(UInt16(truncatingIfNeeded: here), at: here)
        turns[number].link = here + 2
        do throws(LayoutError) {
          try fill(turn.level, with: turn.elements[index], from: here)
        } catch {
          throw error.inside("\(turn.field.name)[\(index)]")
        }
      }
    }
  }

  // MARK: Values

  private mutating func put(
    _ value: PacketValue, in field: LayoutField, at place: Int
  ) throws(LayoutError) {
    switch field.kind {
    case .bool:
      if case .bool(let isTrue) = value { return put(UInt8(isTrue ? 1 : 0), at: place) }
      put(try integer(value, field) as UInt8, at: place)
    case .u8: put(try integer(value, field) as UInt8, at: place)
    case .i8: put(try integer(value, field) as Int8, at: place)
    case .u16: put(try integer(value, field) as UInt16, at: place)
    case .i16, .angle: put(try integer(value, field) as Int16, at: place)
    case .u32, .narrowSkill: put(try integer(value, field) as UInt32, at: place)
    case .i32: put(try integer(value, field) as Int32, at: place)
    case .u64, .skill, .appearance: put(try integer(value, field) as UInt64, at: place)
    case .i64: put(try integer(value, field) as Int64, at: place)
    case .f32:
      let real = try real(value, field)
      let float = Float(keepingBitsOf: real)
      guard float.isFinite || !real.isFinite else { throw .outOfRange(field.name, kind: "f32") }
      put(float.bitPattern, at: place)
    case .f64: put(try real(value, field).bitPattern, at: place)
    case .vec3, .angles:
      guard case .vector(let vector) = value else {
        throw .wrongKind(field.name, expected: field.kind.expectation)
      }
      put(vector.x.bitPattern, at: place)
      put(vector.y.bitPattern, at: place + 4)
      put(vector.z.bitPattern, at: place + 8)
    case .string, .bytes, .array: throw .wrongKind(field.name, expected: field.kind.expectation)
    }
  }

  private func integer<Value: FixedWidthInteger>(
    _ value: PacketValue, _ field: LayoutField
  ) throws(LayoutError) -> Value {
    let number: Value?
    switch value {
    case .integer(let value): number = Value(exactly: value)
    case .unsigned(let value): number = Value(exactly: value)
    default: throw .wrongKind(field.name, expected: field.kind.expectation)
    }
    guard let number else { throw .outOfRange(field.name, kind: field.kind.word) }
    return number
  }

  private func real(_ value: PacketValue, _ field: LayoutField) throws(LayoutError) -> Double {
    let number: Double?
    switch value {
    case .real(let value): number = value
    case .integer(let value): number = Double(exactly: value)
    case .unsigned(let value): number = Double(exactly: value)
    default: throw .wrongKind(field.name, expected: field.kind.expectation)
    }
    guard let number else { throw .outOfRange(field.name, kind: field.kind.word) }
    return number
  }
}

extension LayoutField.Kind {
  /// What a value must be, in words.
  fileprivate var expectation: String {
    switch self {
    case .bool: "true or false"
    case .u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64, .angle, .skill, .narrowSkill, .appearance:
      "a whole number"
    case .f32, .f64: "a number"
    case .vec3, .angles: "three numbers"
    case .string: "text"
    case .bytes: "bytes"
    case .array: "a list of elements"
    }
  }
}

extension Double {
  /// The same number; of NaN, the sign and the payload too, which a conversion may change.
  init(keepingBitsOf value: Float) {
    guard value.isNaN else {
      self = Double(value)
      return
    }
    let sign = UInt64(value.bitPattern >> 31) << 63
    self.init(bitPattern: sign | 0x7ff << 52 | UInt64(value.bitPattern & 0x7f_ffff) << 29)
  }
}

extension Float {
  /// The nearest number; of NaN, the sign and what fits of the payload.
  init(keepingBitsOf value: Double) {
    guard value.isNaN else {
      self = Float(value)
      return
    }
    let sign = UInt32(truncatingIfNeeded: value.bitPattern >> 63) << 31
    let payload = UInt32(truncatingIfNeeded: value.bitPattern >> 29) & 0x7f_ffff
    self.init(bitPattern: sign | 0xff << 23 | (payload == 0 ? 1 << 22 : payload))
  }
}
