/// Reads JSON (RFC 8259) from somebody who may mean harm: whatever the bytes are, the work is in
/// proportion to them, and what readers would understand differently is refused.
package struct JSONParser {
  /// The deepest nesting that is read.
  package static let deepest = 32

  /// Why a text is refused, and where.
  package struct Fault: Error, Equatable, CustomStringConvertible {
    /// In bytes, from the start.
    package var offset: Int
    package var message: String
    package var description: String { "\(message) (at byte \(offset))" }
  }

  private let bytes: [UInt8]
  private var index = 0
  private var depth = 0

  /// The value of a text.
  ///
  /// - Throws: `Fault` for what is no JSON, a name that is twice in an object, nesting deeper than
  ///   32, and a number that is beyond every type.
  package static func value(of bytes: [UInt8]) throws(Fault) -> JSONValue {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw Fault(offset: 0, message: "is not UTF-8 text")
    }
    var parser = JSONParser(bytes: bytes)
    let value = try parser.value()
    parser.skipBlanks()
    guard parser.index == bytes.count else { throw parser.fault("has more than one value") }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func fault(_ message: String) -> Fault { Fault(offset: index, message: message) }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d {
      index += 1
    }
  }

  private mutating func take(_ byte: Character) -> Bool {
    guard next == byte.asciiValue else { return false }
    index += 1
    return true
  }

  private mutating func value() throws(Fault) -> JSONValue {
    skipBlanks()
    switch next.map({ Character(Unicode.Scalar($0)) }) {
    case "{": return try nested { parser throws(Fault) in try parser.object() }
    case "[": return try nested { parser throws(Fault) in try parser.array() }
    case "\"": return .string(try string())
    case "t": return try word("true", .bool(true))
    case "f": return try word("false", .bool(false))
    case "n": return try word("null", .null)
    case nil: throw fault("ends too early")
    default: return .number(try number())
    }
  }

  private mutating func nested(
    _ read: (inout JSONParser) throws(Fault) -> JSONValue
  ) throws(Fault) -> JSONValue {
    depth += 1
    guard depth <= Self.deepest else {
      throw fault("is nested deeper than \(Self.deepest) levels")
    }
    index += 1
    let value = try read(&self)
    depth -= 1
    return value
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(Fault) -> JSONValue {
    guard bytes[index...].starts(with: text.utf8) else { throw fault("is no JSON") }
    index += text.utf8.count
    return value
  }

  private mutating func object() throws(Fault) -> JSONValue {
    var members: [String: JSONValue] = [:]
    skipBlanks()
    if take("}") { return .object(members) }
    repeat {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw fault("a name must be here") }
      let name = try string()
      skipBlanks()
      guard take(":") else { throw fault("a colon must be here") }
      let value = try value()
      guard members.updateValue(value, forKey: name) == nil else {
        throw fault("\(ListEntry.shown(name)) is there twice")
      }
      skipBlanks()
    } while take(",")
    guard take("}") else { throw fault("an object is not closed") }
    return .object(members)
  }

  private mutating func array() throws(Fault) -> JSONValue {
    var elements: [JSONValue] = []
    skipBlanks()
    if take("]") { return .array(elements) }
    repeat {
      elements.append(try value())
      skipBlanks()
    } while take(",")
    guard take("]") else { throw fault("a list is not closed") }
    return .array(elements)
  }

  // MARK: Numbers

  private mutating func number() throws(Fault) -> String {
    let start = index
    _ = take("-")
    let whole = digits()
    guard whole > 0, whole == 1 || bytes[index - whole] != UInt8(ascii: "0") else {
      index = start
      throw fault("is no JSON")
    }
    if take("."), digits() == 0 { throw fault("is no number") }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      if digits() == 0 { throw fault("is no number") }
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      index = start
      throw fault("a number is too large")
    }
    return text
  }

  private mutating func digits() -> Int {
    let start = index
    while let byte = next, (48...57).contains(byte) { index += 1 }
    return index - start
  }

  // MARK: Texts

  private mutating func string() throws(Fault) -> String {
    index += 1
    var text: [UInt8] = []
    while let byte = next {
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += Array(String(Character(try escaped())).utf8)
      case 0..<0x20: throw fault("a control character must be escaped")
      default: text.append(byte)
      }
    }
    throw fault("a text is not closed")
  }

  private mutating func escaped() throws(Fault) -> Unicode.Scalar {
    guard let byte = next else { throw fault("a text is not closed") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw fault("an unknown escape")
    }
    let first = try unit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xdc00, take("\\"), take("u") else { throw fault("half a character") }
    let second = try unit()
    guard (0xdc00...0xdfff).contains(second),
      let scalar = Unicode.Scalar(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    else { throw fault("half a character") }
    return scalar
  }

  private mutating func unit() throws(Fault) -> UInt32 {
    guard index + 4 <= bytes.count else { throw fault("an escape needs four digits") }
    var value: UInt32 = 0
    for byte in bytes[index..<index + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault("an escape needs four digits")
      }
      value = value << 4 | UInt32(digit)
    }
    index += 4
    return value
  }
}
