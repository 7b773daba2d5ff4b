import Foundation
import MystelWire

/// A packet's layout, read from a published definition: enough to take a packet apart with the
/// reader and put it together with the writer.
struct BodyDefinition {
  indirect enum Field {
    case fixed(String)
    case string
    case bytes
    case array(Level, isInterleaved: Bool)
  }

  struct Named {
    var name: String
    var field: Field
  }

  enum Value {
    case u8(UInt8), u16(UInt16), u32(UInt32), u64(UInt64)
    case vector(Vector3), angleVector(AngleVector), angle(Angle), skill(SkillID)
    case string(String), bytes([UInt8]), array([[Value]])
  }

  /// The packet does not have this layout.
  enum Mismatch: Error {
    case tooShort
    case unknownType(String)
    case body(BodyFault)
  }

  /// The packet itself, or the elements of one array.
  struct Level {
    var fields: [Named] = []
    /// The names in the order of the references, where the definition gives one.
    var listed: [String] = []

    /// The indices of the fields with references, in the order of the references.
    var references: [Int] {
      let implicit = fields.indices.filter { BodyDefinition.referenceBytes(fields[$0].field) > 0 }
      let explicit = listed.compactMap { name in implicit.first { fields[$0].name == name } }
      return explicit.count == implicit.count ? explicit : implicit
    }

    var fixedBytes: Int {
      fields.reduce(0) { sum, named in
        guard case .fixed(let type) = named.field else {
          return sum + BodyDefinition.referenceBytes(named.field)
        }
        return sum + BodyDefinition.fixedBytes(type)
      }
    }
  }

  private var root: Level

  init(_ text: String) {
    var lines: [Line] = []
    for raw in text.replacing("\u{feff}", with: "").split(whereSeparator: \.isNewline) {
      let line = raw.prefix { $0 != "#" }
      let depth = line.prefix { $0 == "-" || $0 == " " }.count { $0 == "-" }
      let words = line.drop { $0 == "-" || $0 == " " }.split(whereSeparator: \.isWhitespace)
      guard words.count >= 2, let name = words.last else { continue }
      lines.append(Line(depth: depth, type: words.dropLast().joined(), name: String(name)))
    }
    var rest = lines[...]
    root = Self.level(&rest, depth: 0)
  }

  private struct Line {
    var depth: Int
    var type: String
    var name: String
  }

  private static func level(_ lines: inout ArraySlice<Line>, depth: Int) -> Level {
    var level = Level()
    while let line = lines.first, line.depth >= depth {
      lines.removeFirst()
      switch line.type {
      case "count": continue
      case "ref", "offset": level.listed.append(line.name)
      case "string": level.fields.append(Named(name: line.name, field: .string))
      case "bytes": level.fields.append(Named(name: line.name, field: .bytes))
      case "object": level.fields += Self.level(&lines, depth: depth + 1).fields
      case let type where type.hasPrefix("array"):
        var elements = Self.level(&lines, depth: depth + 1)
        if let start = type.firstIndex(of: "<"), let end = type.firstIndex(of: ">") {
          let inner = String(type[type.index(after: start)..<end])
          elements.fields = [Named(name: "", field: inner == "string" ? .string : .fixed(inner))]
        }
        let isInterleaved = type.contains("[interleaved]")
        level.fields.append(
          Named(name: line.name, field: .array(elements, isInterleaved: isInterleaved)))
      default: level.fields.append(Named(name: line.name, field: .fixed(line.type)))
      }
    }
    return level
  }

  /// The packet again: everything read, then everything written.
  func rewrite(_ packet: PacketView, hasIntegrityHeader: Bool) throws -> [UInt8] {
    let start = hasIntegrityHeader ? PacketView.integrityHeaderBytes : PacketView.headerBytes
    guard let reader = PacketReader(packet, fixedBytes: start + root.fixedBytes) else {
      throw Mismatch.tooShort
    }
    let values = try Self.read(reader, root, at: start)
    var writer = PacketWriter()
    Self.write(values, root, to: &writer)
    return try writer.packet(
      opcode: packet.opcode, integrity: hasIntegrityHeader ? packet.integrityHeader : nil)
  }
}

extension BodyDefinition {
  fileprivate static func referenceBytes(_ field: Field) -> Int {
    switch field {
    case .fixed: 0
    case .string: 2
    case .bytes, .array: 4
    }
  }

  fileprivate static func fixedBytes(_ type: String) -> Int {
    switch type {
    case "bool", "byte": 1
    case "int16", "uint16", "angle": 2
    case "int32", "uint32", "float", "skillid32": 4
    case "int64", "uint64", "double", "skillid", "customize": 8
    case "vec3", "vec3fa": 12
    default: 0
    }
  }

  private static func read(
    _ reader: PacketReader, _ level: Level, at start: Int
  ) throws -> [Value] {
    var places: [Int: Int] = [:]
    var offset = start
    for index in level.references {
      places[index] = offset
      offset += referenceBytes(level.fields[index].field)
    }
    var values: [Value] = []
    for (index, named) in level.fields.enumerated() {
      let place = places[index] ?? 0
      switch named.field {
      case .fixed(let type):
        values.append(try fixed(type, reader, at: offset))
        offset += fixedBytes(type)
      case .string:
        switch reader.string(at: place) {
        case .success(let text): values.append(.string(String(text)))
        case .failure(let fault): throw Mismatch.body(fault)
        }
      case .bytes:
        switch reader.bytes(at: place) {
        case .success(let data): values.append(.bytes(BodyBytes.copy(data)))
        case .failure(let fault): throw Mismatch.body(fault)
        }
      case .array(let elements, _):
        switch reader.array(at: place, elementBytes: 4 + elements.fixedBytes) {
        case .success(let walk): values.append(.array(try read(walk, elements)))
        case .failure(let fault): throw Mismatch.body(fault)
        }
      }
    }
    return values
  }

  private static func read(_ walk: consuming ArrayElements, _ level: Level) throws -> [[Value]] {
    var values: [[Value]] = []
    while true {
      switch walk.next() {
      case .end: return values
      case .fault(let fault): throw Mismatch.body(fault)
      case .element(let element):
        values.append(try read(element, level, at: 4))
      }
    }
  }

  private static func fixed(
    _ type: String, _ reader: PacketReader, at offset: Int
  ) throws -> Value {
    let value: Value? =
      switch (type, fixedBytes(type)) {
      case ("vec3", _): reader.vector(at: offset).map(Value.vector)
      case ("vec3fa", _): reader.angleVector(at: offset).map(Value.angleVector)
      case ("angle", _): reader.angle(at: offset).map(Value.angle)
      case ("skillid", _): reader.skill(at: offset, width: .wide).map(Value.skill)
      case (_, 1): reader.u8(at: offset).map(Value.u8)
      case (_, 2): reader.u16(at: offset).map(Value.u16)
      case (_, 4): reader.u32(at: offset).map(Value.u32)
      case (_, 8): reader.u64(at: offset).map(Value.u64)
      default: throw Mismatch.unknownType(type)
      }
    guard let value else { throw Mismatch.tooShort }
    return value
  }

  private static func write(_ values: [Value], _ level: Level, to writer: inout PacketWriter) {
    let fields = level.fields
    var places: [Int: PacketWriter.Reference] = [:]
    for index in level.listed.isEmpty ? [] : level.references {
      switch fields[index].field {
      case .fixed: continue
      case .string: places[index] = writer.reserveString()
      case .bytes: places[index] = writer.reserveBytes()
      case .array: places[index] = writer.reserveArray()
      }
    }
    var index = 0
    while index < fields.count {
      defer { index += 1 }
      switch (values[index], fields[index].field) {
      case (.array(let first), .array(let firstLevel, isInterleaved: true)):
        guard index + 1 < fields.count, case .array(let second) = values[index + 1],
          case .array(let secondLevel, isInterleaved: true) = fields[index + 1].field
        else { continue }
        index += 1
        writer.interleavedArrays(
          first, { write($1, firstLevel, to: &$0) }, second, { write($1, secondLevel, to: &$0) })
      case (.array(let elements), .array(let elementLevel, _)):
        writer.array(elements, at: places[index]) { write($1, elementLevel, to: &$0) }
      case (let value, _): write(value, at: places[index], to: &writer)
      }
    }
  }

  private static func write(
    _ value: Value, at place: PacketWriter.Reference?, to writer: inout PacketWriter
  ) {
    switch value {
    case .u8(let value): writer.u8(value)
    case .u16(let value): writer.u16(value)
    case .u32(let value): writer.u32(value)
    case .u64(let value): writer.u64(value)
    case .vector(let value): writer.vector(value)
    case .angleVector(let value): writer.angleVector(value)
    case .angle(let value): writer.angle(value)
    case .skill(let value): writer.skill(value, width: .wide)
    case .string(let text): writer.string(text, at: place)
    case .bytes(let bytes): writer.bytes(bytes, at: place)
    case .array: break
    }
  }
}
