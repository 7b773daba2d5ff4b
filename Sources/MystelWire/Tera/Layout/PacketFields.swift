/// The values of one level of a packet, by name, in the order of its layout.
public struct PacketFields: Equatable, Sendable {
  /// One field's name and value.
  public struct Entry: Equatable, Sendable {
    /// As the layout calls the field.
    public var name: String
    /// What the field holds.
    public var value: PacketValue
    /// A field from its parts.
    public init(name: String, value: PacketValue) {
      self.name = name
      self.value = value
    }
  }

  /// The fields, mostly in the order of the layout.
  public var entries: [Entry]

  /// Fields from their names and values.
  public init(_ entries: [Entry] = []) { self.entries = entries }

  /// The value of a field; setting adds it, or takes it out.
  public subscript(name: String) -> PacketValue? {
    get { entries.first { $0.name == name }?.value }
    set {
      let index = entries.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let value?): entries[index].value = value
      case (let index?, nil): entries.remove(at: index)
      case (nil, let value?): entries.append(Entry(name: name, value: value))
      case (nil, nil): break
      }
    }
  }
}

/// A field's value, away from its bytes. Used by tools and tests, not on the data path.
public enum PacketValue: Equatable, Sendable {
  /// Signed integers and angles.
  case integer(Int64)
  /// Unsigned integers, skills and appearances.
  case unsigned(UInt64)
  /// Floats. NaN is a value like any other.
  case real(Double)
  case bool(Bool)
  case text(String)
  case bytes([UInt8])
  case vector(Vector3)
  /// An array's elements; an array of plain values has one field with an empty name in each.
  case elements([PacketFields])
}
