extension PacketLayout {
  /// Takes a packet apart, up to the first thing that is wrong with it.
  ///
  /// For tools and tests: it allocates, and does not say whether a packet is healthy.
  /// - Parameter shift: how much later the body starts than behind the opcode: 8 for packets that
  ///   carry an integrity header.
  public func decode(_ packet: PacketView, bodyOffset shift: Int = 0) -> PacketDecoding {
    var decoder = PacketDecoder(packet)
    guard shift >= 0,
      let reader = PacketReader(packet, fixedBytes: min(body.fixedEnd + shift, packet.byteCount))
    else { return PacketDecoding() }
    let read = decoder.level(body, reader, from: shift)
    return PacketDecoding(
      fields: read.fields, problem: read.problem, consumedEnd: decoder.consumedEnd)
  }
}

/// What a packet holds, as far as it could be read.
public struct PacketDecoding: Equatable, Sendable {
  /// What ended the reading.
  public struct Problem: Equatable, Sendable {
    /// The field's path, `targets[2].gameId`.
    public var field: String
    /// What is wrong there.
    public var fault: BodyFault

    /// A problem from its parts.
    public init(field: String, fault: BodyFault) {
      self.field = field
      self.fault = fault
    }
  }

  /// The fields up to the problem; of an array with one, the elements up to it.
  public var fields = PacketFields()
  /// Nil where every field was read.
  public var problem: Problem?
  /// The offset behind the last byte that any field took.
  public var consumedEnd = 0

  /// What a packet holds, from its parts.
  public init(fields: PacketFields = .init(), problem: Problem? = nil, consumedEnd: Int = 0) {
    self.fields = fields
    self.problem = problem
    self.consumedEnd = consumedEnd
  }
}

/// Walks a packet by its layout.
private struct PacketDecoder {
  typealias Problem = PacketDecoding.Problem

  private(set) var consumedEnd = 0
  /// How many more bytes may be read. Sound fields share none; where references of a hostile
  /// packet all lead to the same data, this keeps the work in proportion to its length.
  private var budget: Int

  init(_ packet: borrowing PacketView) { budget = packet.byteCount * 4 }

  mutating func level(
    _ level: LayoutLevel, _ reader: PacketReader, from shift: Int
  ) -> (fields: PacketFields, problem: Problem?) {
    var fields = PacketFields()
    guard consume(upTo: reader.fixedEnd, reader.fixedEnd - reader.start) else {
      return (fields, Problem(field: "", fault: .elementsOverlap))
    }
    for field in level.fields {
      let read = value(of: field, reader, at: field.offset + shift)
      if let value = read.value { fields.entries.append(.init(name: field.name, value: value)) }
      if let problem = read.problem { return (fields, problem) }
    }
    return (fields, nil)
  }

  private mutating func consume(upTo end: Int, _ count: Int) -> Bool {
    consumedEnd = max(consumedEnd, end)
    budget -= count
    return budget >= 0
  }

  private mutating func value(
    of field: LayoutField, _ reader: PacketReader, at place: Int
  ) -> (value: PacketValue?, problem: Problem?) {
    switch field.kind {
    case .string:
      switch reader.string(at: place) {
      case .failure(let fault): return (nil, Problem(field: field.name, fault: fault))
      case .success(let text):
        let start = Int(reader.u16(at: place) ?? 0)
        guard consume(upTo: start + text.bytes.byteCount + 2, text.bytes.byteCount + 2) else {
          return (nil, Problem(field: field.name, fault: .elementsOverlap))
        }
        return (.text(String(text)), nil)
      }
    case .bytes:
      switch reader.bytes(at: place) {
      case .failure(let fault): return (nil, Problem(field: field.name, fault: fault))
      case .success(let data):
        let start = Int(reader.u16(at: place) ?? 0)
        guard consume(upTo: data.isEmpty ? 0 : start + data.byteCount, data.byteCount) else {
          return (nil, Problem(field: field.name, fault: .elementsOverlap))
        }
        return (.bytes([UInt8](data)), nil)
      }
    case .array(let level):
      switch reader.array(at: place, elementBytes: level.fixedEnd) {
      case .failure(let fault): return (nil, Problem(field: field.name, fault: fault))
      case .success(let elements):
        let read = array(elements, level, name: field.name)
        return (.elements(read.elements), read.problem)
      }
    default:
      guard let value = field.kind.value(in: reader, at: place) else {
        return (nil, Problem(field: field.name, fault: .fieldOutOfRange))
      }
      return (value, nil)
    }
  }

  private mutating func array(
    _ elements: consuming ArrayElements, _ level: LayoutLevel, name: String
  ) -> (elements: [PacketFields], problem: Problem?) {
    var read: [PacketFields] = []
    while true {
      switch elements.next() {
      case .end: return (read, nil)
      case .fault(let fault):
        return (read, Problem(field: "\(name)[\(read.count)]", fault: fault))
      case .element(let reader):
        let element = self.level(level, reader, from: 0)
        if !element.fields.entries.isEmpty || element.problem == nil {
          read.append(element.fields)
        }
        guard var problem = element.problem else { continue }
        let index = element.fields.entries.isEmpty ? read.count : read.count - 1
        let path = "\(name)[\(index)]"
        problem.field = problem.field.isEmpty ? path : "\(path).\(problem.field)"
        return (read, problem)
      }
    }
  }
}

extension LayoutField.Kind {
  /// The value of a fixed field; nil where it lies outside the level, and for references.
  ///
  /// A bool of another byte than 0 and 1 is given as that number.
  fileprivate func value(in reader: PacketReader, at place: Int) -> PacketValue? {
    switch self {
    case .bool: reader.u8(at: place).map { $0 < 2 ? .bool($0 == 1) : .unsigned(UInt64($0)) }
    case .u8: reader.u8(at: place).map { .unsigned(UInt64($0)) }
    case .i8: reader.u8(at: place).map { .integer(Int64(Int8(bitPattern: $0))) }
    case .u16: reader.u16(at: place).map { .unsigned(UInt64($0)) }
    case .i16, .angle: reader.i16(at: place).map { .integer(Int64($0)) }
    case .u32, .narrowSkill: reader.u32(at: place).map { .unsigned(UInt64($0)) }
    case .i32: reader.i32(at: place).map { .integer(Int64($0)) }
    case .u64, .skill, .appearance: reader.u64(at: place).map { .unsigned($0) }
    case .i64: reader.i64(at: place).map { .integer($0) }
    case .f32: reader.f32(at: place).map { .real(Double(keepingBitsOf: $0)) }
    case .f64: reader.f64(at: place).map { .real($0) }
    case .vec3, .angles: reader.vector(at: place).map { .vector($0) }
    case .string, .bytes, .array: nil
    }
  }
}

extension [UInt8] {
  /// The bytes of a span.
  fileprivate init(_ span: RawSpan) {
    self = span.byteOffsets.map { offset in
      // Safety: the offset is one of the span's own.
      span.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
  }
}
