/// What a healthy body of one packet looks like: its fields, where they stand, and their limits.
///
/// Levels nest: the body itself, and the elements of each array. Within a level every fixed field
/// and every reference has a place of its own; the data that references point to follows behind
/// the level's fixed part, in the order of `fields`. Source: docs/protocol/tera.md#body
public struct PacketLayout: Equatable, Sendable {
  /// The packet's name, `C_...` from clients, `S_...` from servers.
  public let name: String
  /// The body. Offsets count from the packet's first byte, for packets without an integrity header.
  public let body: LayoutLevel

  /// A layout from its parts.
  public init(name: String, body: LayoutLevel) {
    self.name = name
    self.body = body
  }
}

/// The fields of a body or of an array's elements.
public struct LayoutLevel: Equatable, Sendable {
  /// The fields, in the order of their definition, which is the order of their data too.
  public let fields: [LayoutField]
  /// Where the fixed part ends, counted from where offsets count from: the length of the shortest
  /// packet, or of an element without its data.
  public let fixedEnd: Int

  /// A level from its parts; `LayoutLevel.Builder` works out the offsets.
  public init(fields: [LayoutField], fixedEnd: Int) {
    self.fields = fields
    self.fixedEnd = fixedEnd
  }
}

/// One field of a level.
public struct LayoutField: Equatable, Sendable {
  /// What stands in a field.
  public indirect enum Kind: Equatable, Sendable {
    case bool
    case u8, i8, u16, i16, u32, i32, u64, i64
    case f32, f64
    /// Three floats: a point or a direction.
    case vec3
    /// Three floats that hold angles.
    case angles
    /// Two bytes, 1/32768 of half a turn.
    case angle
    /// A skill id of eight bytes, or of four before patch 74.
    case skill, narrowSkill
    /// Eight raw bytes.
    case appearance
    /// UTF-16 with a NUL, behind an offset.
    case string
    /// Raw bytes, behind an offset and a count.
    case bytes
    /// Elements, behind a count and an offset. Offsets inside count from the element's `here`.
    case array(LayoutLevel)
  }

  /// The name; the levels of objects are joined by dots (`owner.name`). Empty for the only field of
  /// an array of plain values.
  public let name: String
  /// The type.
  public let kind: Kind
  /// Where the value or the reference stands, counted as the level counts.
  public let offset: Int
  /// The most that is healthy: UTF-16 units of a string without its NUL, bytes, or elements.
  public let limit: Int?
  /// Whether elements take turns with those of the neighbouring arrays that are so too.
  public let isInterleaved: Bool

  /// A field from its parts.
  public init(
    name: String, kind: Kind, offset: Int, limit: Int? = nil, isInterleaved: Bool = false
  ) {
    self.name = name
    self.kind = kind
    self.offset = offset
    self.limit = limit
    self.isInterleaved = isInterleaved
  }
}

extension LayoutField.Kind {
  /// The bytes that the value takes in its level's fixed part; of references, the reference.
  public var fixedBytes: Int {
    switch self {
    case .bool, .u8, .i8: 1
    case .u16, .i16, .angle: 2
    case .u32, .i32, .f32, .narrowSkill: 4
    case .u64, .i64, .f64, .skill, .appearance: 8
    case .vec3, .angles: 12
    case .string: 2
    case .bytes, .array: 4
    }
  }

  /// Whether the fixed part only holds a reference to the data.
  public var isReference: Bool {
    switch self {
    case .string, .bytes, .array: true
    default: false
    }
  }
}

extension LayoutLevel {
  /// Whether any field's data lies behind the fixed part.
  public var hasReferences: Bool { fields.contains { $0.kind.isReference } }

  /// Puts fields into their places: references first, then fixed values, unless told otherwise.
  public struct Builder {
    /// Where the first field stands: 4, both in a body and in an element.
    public static let firstOffset = 4

    /// A field whose place is not known yet.
    public struct Entry: Equatable, Sendable {
      /// The field's name.
      public var name: String
      /// The field's type.
      public var kind: LayoutField.Kind
      /// The most units, bytes or elements that are healthy.
      public var limit: Int?
      /// Whether elements take turns with those of neighbouring arrays.
      public var isInterleaved: Bool
      /// A field from its parts.
      public init(
        name: String, kind: LayoutField.Kind, limit: Int? = nil, isInterleaved: Bool = false
      ) {
        self.name = name
        self.kind = kind
        self.limit = limit
        self.isInterleaved = isInterleaved
      }
    }

    /// What takes room in the fixed part: a value, or the reference of the field of that name.
    public enum Slot: Equatable, Sendable {
      case field(Int)
      case reference(Int)
    }

    /// The level of `entries`: references in their order, then values in theirs.
    public static func level(_ entries: [Entry]) -> LayoutLevel {
      let references = entries.indices.filter { entries[$0].kind.isReference }
      let values = entries.indices.filter { !entries[$0].kind.isReference }
      return level(
        entries, slots: references.map(Slot.reference) + values.map(Slot.field))
    }

    /// The level of `entries` whose fixed part is laid out as `slots` say.
    ///
    /// Every entry must be in `slots` exactly once.
    public static func level(_ entries: [Entry], slots: [Slot]) -> LayoutLevel {
      var offset = firstOffset
      var offsets = [Int](repeating: firstOffset, count: entries.count)
      for slot in slots {
        let index =
          switch slot {
          case .field(let index), .reference(let index): index
          }
        offsets[index] = offset
        offset += entries[index].kind.fixedBytes
      }
      let fields = zip(entries, offsets).map { entry, offset in
        LayoutField(
          name: entry.name, kind: entry.kind, offset: offset, limit: entry.limit,
          isInterleaved: entry.isInterleaved)
      }
      return LayoutLevel(fields: fields, fixedEnd: offset)
    }
  }
}
