/// A packet taken apart by its layout.
public struct PacketDecoding: Equatable, Sendable {
  /// The values up to the first thing that is wrong.
  public var fields = PacketFields()
  /// The field in which something is wrong, and what.
  public var problem: Problem?

  /// Where a packet stops fitting its layout.
  public struct Problem: Equatable, Sendable {
    /// The path of the field; empty for the whole packet.
    public var field: String
    public var fault: BodyFault
  }
}

extension PacketLayout {
  /// Takes a packet apart. For tools: allocates, and copies every value.
  ///
  /// - Parameter stamped: whether a count and a hash stand in front of the body.
  public func decode(_ packet: PacketView, stamped: Bool = false) -> PacketDecoding {
    let shift =
      stamped ? PacketView.integrityHeaderBytes - PacketView.headerBytes : 0
    var decoder = LayoutDecoder()
    decoder.result.fields = decoder.level(
      body, packet, base: shift, end: packet.byteCount, prefix: "")
    return decoder.result
  }
}

/// Walks a packet along its layout; stops at the first fault.
private struct LayoutDecoder {
  var result = PacketDecoding()

  private mutating func fail(_ field: String, _ fault: BodyFault) {
    if result.problem == nil { result.problem = .init(field: field, fault: fault) }
  }

  mutating func level(
    _ level: LayoutLevel, _ packet: borrowing PacketView, base: Int, end: Int, prefix: String
  ) -> PacketFields {
    var fields = PacketFields()
    guard base + level.fixedEnd <= end else {
      fail(prefix, .fieldOutOfRange)
      return fields
    }
    for field in level.fields {
      let path = prefix.isEmpty ? field.name : "\(prefix).\(field.name)"
      let value =
        field.kind.isReference
        ? data(field, packet, base: base, floor: base + level.fixedEnd, end: end, path: path)
        : fixed(field.kind, packet, at: base + field.offset)
      guard let value else {
        fail(path, .fieldOutOfRange)
        return fields
      }
      fields.entries.append(.init(name: field.name, value: value))
      if result.problem != nil { return fields }
    }
    return fields
  }

  private func fixed(
    _ kind: LayoutField.Kind, _ packet: borrowing PacketView, at offset: Int
  ) -> PacketValue? {
    switch kind {
    case .bool: packet.u8(at: offset).map { $0 > 1 ? .unsigned(UInt64($0)) : .bool($0 == 1) }
    case .u8: packet.u8(at: offset).map { .unsigned(UInt64($0)) }
    case .u16: packet.u16(at: offset).map { .unsigned(UInt64($0)) }
    case .u32, .narrowSkill: packet.u32(at: offset).map { .unsigned(UInt64($0)) }
    case .u64, .skill, .appearance: packet.u64(at: offset).map { .unsigned($0) }
    case .i8: packet.u8(at: offset).map { .integer(Int64(Int8(bitPattern: $0))) }
    case .i16, .angle: packet.i16(at: offset).map { .integer(Int64($0)) }
    case .i32: packet.i32(at: offset).map { .integer(Int64($0)) }
    case .i64: packet.i64(at: offset).map { .integer($0) }
    case .f32: packet.f32(at: offset).map { .real(Double($0)) }
    case .f64: packet.f64(at: offset).map { .real($0) }
    case .vec3, .angles:
      if let x = packet.f32(at: offset), let y = packet.f32(at: offset + 4),
        let z = packet.f32(at: offset + 8)
      {
        .vector(Vector3(x: x, y: y, z: z))
      } else {
        nil
      }
    case .string, .bytes, .array: nil
    }
  }

  private mutating func data(
    _ field: LayoutField, _ packet: borrowing PacketView, base: Int, floor: Int, end: Int,
    path: String
  ) -> PacketValue? {
    let place = base + field.offset
    guard let first = packet.u16(at: place) else { return nil }
    if case .string = field.kind {
      return string(packet, start: Int(first), floor: floor, end: end, path: path)
    }
    guard let second = packet.u16(at: place + 2) else { return nil }
    guard case .array(let level) = field.kind else {
      return bytes(
        packet, start: Int(first), count: Int(second), floor: floor, end: end, path: path)
    }
    return elements(
      level, packet, count: Int(first), start: Int(second), floor: floor, end: end, path: path)
  }

  private mutating func string(
    _ packet: borrowing PacketView, start: Int, floor: Int, end: Int, path: String
  ) -> PacketValue {
    guard inside(start, floor, end, path) else { return .text("") }
    var units: [UInt16] = []
    var at = start
    while at + 2 <= end, let unit = packet.u16(at: at) {
      if unit == 0 { return .text(String(decoding: units, as: UTF16.self)) }
      units.append(unit)
      at += 2
    }
    fail(path, .unterminatedString)
    return .text(String(decoding: units, as: UTF16.self))
  }

  private mutating func bytes(
    _ packet: borrowing PacketView, start: Int, count: Int, floor: Int, end: Int, path: String
  ) -> PacketValue {
    guard count > 0, inside(start, floor, end, path) else { return .bytes([]) }
    guard start + count <= end else {
      fail(path, .offsetOutOfRange)
      return .bytes([])
    }
    return .bytes((start..<(start + count)).compactMap { packet.u8(at: $0) })
  }

  private mutating func elements(
    _ level: LayoutLevel, _ packet: borrowing PacketView, count: Int, start: Int, floor: Int,
    end: Int, path: String
  ) -> PacketValue {
    var found: [PacketFields] = []
    guard count > 0, inside(start, floor, end, path) else { return .elements([]) }
    guard count * level.fixedEnd <= end - start else {
      fail(path, .countTooLarge)
      return .elements([])
    }
    var here = start
    for index in 0..<count {
      guard let stated = packet.u16(at: here), let next = packet.u16(at: here + 2),
        here + level.fixedEnd <= end
      else {
        fail(path, .elementOutOfRange)
        break
      }
      guard Int(stated) == here else {
        fail(path, .hereMismatch)
        break
      }
      let isLast = index == count - 1
      guard (next == 0) == isLast else {
        fail(path, .countMismatch)
        break
      }
      guard isLast || Int(next) >= here + level.fixedEnd else {
        fail(path, Int(next) <= here ? .nextNotForward : .elementsOverlap)
        break
      }
      found.append(
        self.level(level, packet, base: here, end: isLast ? end : Int(next), prefix: path))
      if result.problem != nil { break }
      here = Int(next)
    }
    return .elements(found)
  }

  private mutating func inside(_ start: Int, _ floor: Int, _ end: Int, _ path: String) -> Bool {
    guard start >= floor else {
      fail(path, .offsetInFixedPart)
      return false
    }
    guard start < end else {
      fail(path, .offsetOutOfRange)
      return false
    }
    return true
  }
}
