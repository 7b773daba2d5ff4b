/// Collects one level of a packet and puts it into the order of the genuine writer:
/// references, fixed fields, then the data that the references point to.
///
/// Fields are added in the order of their definition. A reference stands where it was reserved,
/// or else where its data is added; definitions that list references in another order than their
/// data need the first. Source: docs/protocol/tera.md#body
public struct PacketWriter: Sendable {
  /// The place of a reference, kept for data that is added later.
  public struct Reference: Sendable {
    fileprivate let position: Int
    fileprivate let words: Int
  }

  private enum Item: Sendable {
    case string([UInt16], Reference)
    case bytes([UInt8], Reference)
    case arrays([(elements: [PacketWriter], reference: Reference)])
  }

  private var references: [UInt8] = []
  private var fixed: [UInt8] = []
  private var items: [Item] = []
  private var error: PacketWriteError?

  /// A level without any field.
  public init() {}

  /// The packet with this level as its body.
  ///
  /// - Throws: `PacketWriteError.tooLong` over 65535 bytes, `.skillTooWide`.
  public func packet(
    opcode: UInt16, integrity: IntegrityHeader? = nil
  ) throws(PacketWriteError) -> [UInt8] {
    if let error { throw error }
    let bytes = encoded(opcode: opcode, integrity: integrity)
    guard bytes.count <= PacketView.maximumBytes else { throw .tooLong(byteCount: bytes.count) }
    return bytes
  }

  /// The packet, whose offsets and length only hold up to 65535 bytes.
  func encoded(opcode: UInt16, integrity: IntegrityHeader? = nil) -> [UInt8] {
    var packet: [UInt8] = []
    packet.append(littleEndian: 0 as UInt16)
    packet.append(littleEndian: opcode)
    if let integrity {
      packet.append(littleEndian: integrity.count)
      packet.append(littleEndian: integrity.hash)
    }
    append(to: &packet)
    packet.replace(at: 0, with: packet.count)
    return packet
  }
}

/// Fixed fields.
extension PacketWriter {
  /// One byte.
  public mutating func u8(_ value: UInt8) { fixed.append(value) }
  /// Two bytes, unsigned.
  public mutating func u16(_ value: UInt16) { fixed.append(littleEndian: value) }
  /// Four bytes, unsigned.
  public mutating func u32(_ value: UInt32) { fixed.append(littleEndian: value) }
  /// Eight bytes, unsigned.
  public mutating func u64(_ value: UInt64) { fixed.append(littleEndian: value) }
  /// Two bytes, two's complement.
  public mutating func i16(_ value: Int16) { fixed.append(littleEndian: value) }
  /// Four bytes, two's complement.
  public mutating func i32(_ value: Int32) { fixed.append(littleEndian: value) }
  /// Eight bytes, two's complement.
  public mutating func i64(_ value: Int64) { fixed.append(littleEndian: value) }
  /// Four bytes, IEEE 754.
  public mutating func f32(_ value: Float) { u32(value.bitPattern) }
  /// Eight bytes, IEEE 754.
  public mutating func f64(_ value: Double) { u64(value.bitPattern) }
  /// One byte, 0 or 1.
  public mutating func bool(_ value: Bool) { u8(value ? 1 : 0) }
  /// A direction in two bytes.
  public mutating func angle(_ value: Angle) { i16(value.raw) }
  /// Three angles in three floats.
  public mutating func angleVector(_ value: AngleVector) { vector(value.raw) }
  /// The eight raw bytes of an appearance; the first is the lowest.
  public mutating func appearance(_ value: UInt64) { u64(value) }

  /// A point or a direction in three floats.
  public mutating func vector(_ value: Vector3) {
    f32(value.x)
    f32(value.y)
    f32(value.z)
  }

  /// A skill id of the width that the patch uses. An id that needs more makes `packet` fail.
  public mutating func skill(_ value: SkillID, width: SkillID.Width) {
    switch width {
    case .wide: u64(value.wide)
    case .narrow:
      if value.narrow == nil { error = .skillTooWide }
      u32(value.narrow ?? 0)
    }
  }
}

/// References and their data.
extension PacketWriter {
  /// Places the reference of a string here; `string` adds the text.
  public mutating func reserveString() -> Reference { reserve(words: 1) }
  /// Places the reference of bytes here; `bytes` adds them.
  public mutating func reserveBytes() -> Reference { reserve(words: 2) }
  /// Places the reference of an array here; `array` adds its elements.
  public mutating func reserveArray() -> Reference { reserve(words: 2) }

  /// Text and its NUL. A NUL inside ends the text for every reader, so nothing behind it is
  /// written.
  public mutating func string(_ text: String, at place: Reference? = nil) {
    items.append(.string(text.utf16.prefix { $0 != 0 }, expect(1, place)))
  }

  /// Raw bytes.
  public mutating func bytes(_ bytes: [UInt8], at place: Reference? = nil) {
    items.append(.bytes(bytes, expect(2, place)))
  }

  /// One element for each of `values`; `fill` adds its fields.
  public mutating func array<Value>(
    _ values: [Value], at place: Reference? = nil, _ fill: (inout PacketWriter, Value) -> Void
  ) {
    items.append(.arrays([(elements(values, fill), expect(2, place))]))
  }

  /// One string for each of `texts`.
  public mutating func strings(_ texts: [String], at place: Reference? = nil) {
    array(texts, at: place) { element, text in element.string(text) }
  }

  /// Two arrays that are written in turns, the longer one going on alone.
  public mutating func interleavedArrays<First, Second>(
    _ first: [First], _ fillFirst: (inout PacketWriter, First) -> Void,
    _ second: [Second], _ fillSecond: (inout PacketWriter, Second) -> Void
  ) {
    let firstElements = elements(first, fillFirst)
    let secondElements = elements(second, fillSecond)
    let firstPlace = reserveArray()
    items.append(.arrays([(firstElements, firstPlace), (secondElements, reserveArray())]))
  }

  private mutating func elements<Value>(
    _ values: [Value], _ fill: (inout PacketWriter, Value) -> Void
  ) -> [PacketWriter] {
    values.map { value in
      var element = PacketWriter()
      fill(&element, value)
      error = error ?? element.error
      return element
    }
  }

  private mutating func reserve(words: Int) -> Reference {
    defer { references.append(contentsOf: repeatElement(0, count: words * 2)) }
    return Reference(position: references.count, words: words)
  }

  private mutating func expect(_ words: Int, _ place: Reference?) -> Reference {
    let place = place ?? reserve(words: words)
    precondition(
      place.words == words && place.position + 2 * words <= references.count,
      "a reference must be filled by the level and with the kind of data it was reserved for")
    return place
  }
}

/// Putting it together.
extension PacketWriter {
  private func append(to packet: inout [UInt8]) {
    let start = packet.count
    packet += references
    packet += fixed
    for item in items {
      switch item {
      case .string(let units, let place):
        packet.replace(at: start + place.position, with: packet.count)
        for unit in units { packet.append(littleEndian: unit) }
        packet.append(littleEndian: 0 as UInt16)
      case .bytes(let bytes, let place):
        packet.replace(at: start + place.position, with: packet.count)
        packet.replace(at: start + place.position + 2, with: bytes.count)
        packet += bytes
      case .arrays(let arrays):
        Self.append(arrays, from: start, to: &packet)
      }
    }
  }

  /// Element k of every array, then element k + 1. `start` is where the references stand.
  private static func append(
    _ arrays: [(elements: [PacketWriter], reference: Reference)], from start: Int,
    to packet: inout [UInt8]
  ) {
    for array in arrays {
      packet.replace(at: start + array.reference.position, with: array.elements.count)
    }
    // Where the offset of each array's next element is to be written.
    var links = arrays.map { start + $0.reference.position + 2 }
    for index in 0..<(arrays.map(\.elements.count).max() ?? 0) {
      for (number, array) in arrays.enumerated() where index < array.elements.count {
        let here = packet.count
        packet.replace(at: links[number], with: here)
        packet.append(littleEndian: UInt16(truncatingIfNeeded: here))
        links[number] = packet.count
        packet.append(littleEndian: 0 as UInt16)
        array.elements[index].append(to: &packet)
      }
    }
  }
}

/// Why no packet can be written.
public enum PacketWriteError: Error, Equatable {
  /// It would take this many bytes, more than its length field can state.
  case tooLong(byteCount: Int)
  /// A skill id does not fit the narrow form.
  case skillTooWide
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
    var value = value
    for _ in 0..<value.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: value))
      value >>= 8
    }
  }

  /// Overwrites two bytes with the low 16 bits of `value`.
  fileprivate mutating func replace(at offset: Int, with value: Int) {
    self[offset] = UInt8(truncatingIfNeeded: value)
    self[offset + 1] = UInt8(truncatingIfNeeded: value >> 8)
  }
}
