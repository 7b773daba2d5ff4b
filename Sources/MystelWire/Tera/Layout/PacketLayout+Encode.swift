/// Why values do not make a packet.
public enum LayoutEncodingError: Error, Equatable, Sendable {
  /// A value has a name that the level has not.
  case unknownField(String)
  /// A value is of a kind that the field cannot hold, or too large for it.
  case wrongValue(field: String)
  /// The packet would take this many bytes.
  case tooLong(byteCount: Int)
}

extension PacketLayout {
  /// The packet with these values, as a canonical writer puts it: data behind the fixed part in the
  /// order of the fields. Values left out are 0, false or empty.
  ///
  /// - Throws: `LayoutEncodingError`.
  public func encode(
    _ values: PacketFields, opcode: UInt16, integrity: IntegrityHeader? = nil
  ) throws(LayoutEncodingError) -> [UInt8] {
    var packet = LayoutEncoder()
    packet.append(UInt64(0), 2)
    packet.append(UInt64(opcode), 2)
    if let integrity {
      packet.append(UInt64(integrity.count), 4)
      packet.append(UInt64(integrity.hash), 4)
    }
    try packet.level(body, values, base: packet.bytes.count - LayoutLevel.Builder.firstOffset)
    guard packet.bytes.count <= PacketView.maximumBytes else {
      throw .tooLong(byteCount: packet.bytes.count)
    }
    packet.store(UInt64(packet.bytes.count), 2, at: 0)
    return packet.bytes
  }
}

/// Grows a packet.
private struct LayoutEncoder {
  var bytes: [UInt8] = []

  mutating func append(_ value: UInt64, _ count: Int) {
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
  }

  mutating func store(_ value: UInt64, _ count: Int, at offset: Int) {
    for index in 0..<count {
      bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
    }
  }

  /// Writes a level whose first four bytes, if any are its own, are there. `base` is where its
  /// offsets count from.
  mutating func level(
    _ level: LayoutLevel, _ values: PacketFields, base: Int
  ) throws(LayoutEncodingError) {
    for entry in values.entries where !level.fields.contains(where: { $0.name == entry.name }) {
      throw .unknownField(entry.name)
    }
    bytes += [UInt8](repeating: 0, count: base + level.fixedEnd - bytes.count)
    for field in level.fields where !field.kind.isReference {
      guard let value = values[field.name] else { continue }
      try fixed(value, field, at: base + field.offset)
    }
    var index = 0
    while index < level.fields.count {
      let field = level.fields[index]
      index += 1
      guard field.kind.isReference else { continue }
      var group = [field]
      while field.isInterleaved, index < level.fields.count, level.fields[index].isInterleaved {
        group.append(level.fields[index])
        index += 1
      }
      try data(group, values, base: base)
    }
  }

  private mutating func fixed(
    _ value: PacketValue, _ field: LayoutField, at offset: Int
  ) throws(LayoutEncodingError) {
    switch (field.kind, value) {
    case (.f32, .real(let number)):
      store(UInt64(Float(number).bitPattern), 4, at: offset)
    case (.f64, .real(let number)): store(number.bitPattern, 8, at: offset)
    case (.vec3, .vector(let vector)), (.angles, .vector(let vector)):
      for (index, part) in [vector.x, vector.y, vector.z].enumerated() {
        store(UInt64(part.bitPattern), 4, at: offset + 4 * index)
      }
    case (.bool, .bool(let flag)): store(flag ? 1 : 0, 1, at: offset)
    case (.u8, .unsigned(let number)), (.u16, .unsigned(let number)),
      (.u32, .unsigned(let number)), (.u64, .unsigned(let number)),
      (.skill, .unsigned(let number)), (.narrowSkill, .unsigned(let number)),
      (.appearance, .unsigned(let number)), (.bool, .unsigned(let number)):
      let count = field.kind.fixedBytes
      guard count == 8 || number >> UInt64(8 * count) == 0 else {
        throw .wrongValue(field: field.name)
      }
      store(number, count, at: offset)
    case (.i8, .integer(let number)), (.i16, .integer(let number)),
      (.i32, .integer(let number)), (.i64, .integer(let number)),
      (.angle, .integer(let number)):
      let count = field.kind.fixedBytes
      let top = number >> Int64(8 * count - 1)
      guard top == 0 || top == -1 else { throw .wrongValue(field: field.name) }
      store(UInt64(bitPattern: number), count, at: offset)
    default: throw .wrongValue(field: field.name)
    }
  }

  /// Data of one reference, or of arrays whose elements take turns.
  private mutating func data(
    _ group: [LayoutField], _ values: PacketFields, base: Int
  ) throws(LayoutEncodingError) {
    var lists: [(field: LayoutField, level: LayoutLevel, elements: [PacketFields], link: Int)] = []
    for field in group {
      let place = base + field.offset
      switch (field.kind, values[field.name]) {
      case (.string, .text(let text)): string(Array(text.utf16), at: place)
      case (.string, nil): string([], at: place)
      case (.bytes, .bytes(let data)): raw(data, at: place)
      case (.bytes, nil): raw([], at: place)
      case (.array(let level), .elements(let elements)):
        store(UInt64(UInt16(truncatingIfNeeded: elements.count)), 2, at: place)
        lists.append((field, level, elements, place + 2))
      case (.array, nil): break
      default: throw .wrongValue(field: field.name)
      }
    }
    for turn in 0..<(lists.map(\.elements.count).max() ?? 0) {
      for index in lists.indices where turn < lists[index].elements.count {
        let here = bytes.count
        guard here <= PacketView.maximumBytes else { throw .tooLong(byteCount: here) }
        store(UInt64(here), 2, at: lists[index].link)
        append(UInt64(here), 2)
        append(0, 2)
        lists[index].link = here + 2
        try level(lists[index].level, lists[index].elements[turn], base: here)
      }
    }
  }

  private mutating func string(_ units: [UInt16], at place: Int) {
    store(UInt64(UInt16(truncatingIfNeeded: bytes.count)), 2, at: place)
    for unit in units where unit != 0 { append(UInt64(unit), 2) }
    append(0, 2)
  }

  private mutating func raw(_ data: [UInt8], at place: Int) {
    store(UInt64(UInt16(truncatingIfNeeded: bytes.count)), 2, at: place)
    store(UInt64(UInt16(truncatingIfNeeded: data.count)), 2, at: place + 2)
    bytes += data
  }
}
