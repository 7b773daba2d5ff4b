extension PacketFields: CustomStringConvertible {
  /// The fields in one line, `{message: "hi", channel: 0}`; nothing in it controls a terminal.
  ///
  /// An element of plain values is its value alone.
  public var description: String {
    var text = ""
    write(into: &text)
    return text
  }

  fileprivate func write(into text: inout String) {
    if entries.count == 1, entries[0].name.isEmpty { return entries[0].value.write(into: &text) }
    text += "{"
    for (index, entry) in entries.enumerated() {
      if index > 0 { text += ", " }
      text += entry.name
      text += ": "
      entry.value.write(into: &text)
    }
    text += "}"
  }
}

extension PacketValue: CustomStringConvertible {
  /// The value as people write it: `"text"`, `0x01ff` for bytes, `(1.5, 2.0, 3.0)`, `[1, 2]`.
  public var description: String {
    var text = ""
    write(into: &text)
    return text
  }

  fileprivate func write(into text: inout String) {
    switch self {
    case .integer(let value): text += "\(value)"
    case .unsigned(let value): text += "\(value)"
    case .real(let value): text += Self.shortest(value)
    case .bool(let value): text += value ? "true" : "false"
    case .text(let value):
      text += "\""
      text += value.printable(escaping: ["\"", "\\"])
      text += "\""
    case .bytes(let bytes):
      text += "0x"
      for byte in bytes { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    case .vector(let vector): text += "(\(vector.x), \(vector.y), \(vector.z))"
    case .elements(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += ", " }
        element.write(into: &text)
      }
      text += "]"
    }
  }

  /// A float that was widened keeps the digits it had.
  private static func shortest(_ value: Double) -> String {
    let float = Float(value)
    return Double(float) == value ? "\(float)" : "\(value)"
  }
}
