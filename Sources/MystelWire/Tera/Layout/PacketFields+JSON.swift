extension PacketFields {
  /// The fields as one line of JSON, an object in the order of the layout.
  ///
  /// Integers keep all their digits, also beyond 2^53; bytes are hexadecimal digits, vectors lists of
  /// three, floats that are no numbers the texts `nan`, `inf` and `-inf`. An element of plain
  /// values is its value alone.
  package var json: String {
    var text = ""
    writeJSON(into: &text)
    return text
  }

  fileprivate func writeJSON(into text: inout String) {
    if entries.count == 1, entries[0].name.isEmpty {
      return entries[0].value.writeJSON(into: &text)
    }
    text += "{"
    for (index, entry) in entries.enumerated() {
      if index > 0 { text += "," }
      text += entry.name.jsonQuoted
      text += ":"
      entry.value.writeJSON(into: &text)
    }
    text += "}"
  }
}

extension PacketValue {
  fileprivate func writeJSON(into text: inout String) {
    switch self {
    case .integer(let value): text += "\(value)"
    case .unsigned(let value): text += "\(value)"
    case .real(let value): Self.write(value, into: &text)
    case .bool(let value): text += value ? "true" : "false"
    case .text(let value): text += value.jsonQuoted
    case .bytes(let bytes):
      text += "\""
      for byte in bytes { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
      text += "\""
    case .vector(let vector):
      text += "["
      Self.write(Double(vector.x), into: &text)
      text += ","
      Self.write(Double(vector.y), into: &text)
      text += ","
      Self.write(Double(vector.z), into: &text)
      text += "]"
    case .elements(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        element.writeJSON(into: &text)
      }
      text += "]"
    }
  }

  /// A float that was widened keeps the digits it had.
  private static func write(_ value: Double, into text: inout String) {
    let float = Float(value)
    let digits = Double(float) == value || value.isNaN ? "\(float)" : "\(value)"
    // Swift writes nan(0x…) for some; a reader needs one word.
    text += value.isFinite ? digits : value.isNaN ? "\"nan\"" : "\"\(digits)\""
  }
}

extension String {
  /// The text as a JSON string in which nothing controls a terminal: whatever controls, reorders
  /// or hides is written as its number.
  package var jsonQuoted: String {
    var text = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.isPrintable: text.unicodeScalars.append(scalar)
      default: for unit in String(scalar).utf16 { text += Self.escaped(unit) }
      }
    }
    return text + "\""
  }

  private static func escaped(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
