/// The characters of a configuration source, with the line and column of each.
struct SourceText: Sendable {
  /// Largest source read. A configuration with 256 listeners and backends is about 100 KB.
  static let maximumBytes = 1 << 20

  private(set) var scalars: [Unicode.Scalar]
  /// Index of the first scalar of each line.
  private let lineStarts: [Int]

  /// Decodes the bytes of a source.
  ///
  /// - Throws: the first fault, with its place: over 1 MiB, not UTF-8, or a character that YAML
  ///   text may not contain.
  init(_ bytes: [UInt8]) throws(Fault) {
    guard bytes.count <= Self.maximumBytes else {
      throw Fault(1, 1, Complaint("is larger than 1 MiB, the most a configuration may have"))
    }
    var bytes = bytes[...]
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
    guard !bytes.starts(with: [0xff, 0xfe]), !bytes.starts(with: [0xfe, 0xff]) else {
      throw Fault(1, 1, Complaint("is UTF-16 text: save it as UTF-8"))
    }
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(bytes.count)
    var lineStarts = [0]
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    decoding: while true {
      let line = lineStarts.count
      let column = scalars.count - (lineStarts.last ?? 0) + 1
      switch parser.parseScalar(from: &iterator) {
      case .emptyInput:
        break decoding
      case .error:
        throw Fault(line, column, Complaint("a byte here is not UTF-8 text"))
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        // A line feed after a carriage return belongs to the same line break.
        if scalar == "\n", scalars.last == "\r" { lineStarts[lineStarts.count - 1] += 1 }
        guard Self.isAllowed(scalar) else {
          let number = String(scalar.value, radix: 16, uppercase: true)
          let code = String(repeating: "0", count: max(0, 4 - number.count)) + number
          let name = scalar.value == 0 ? "a NUL byte" : "the character U+\(code)"
          throw Fault(line, column, Complaint("\(name) is not allowed in a configuration"))
        }
        scalars.append(scalar)
        let isSecondHalf =
          scalar == "\n" && scalars.count >= 2 && scalars[scalars.count - 2] == "\r"
        if scalar == "\r" || (scalar == "\n" && !isSecondHalf) { lineStarts.append(scalars.count) }
      }
    }
    self.scalars = scalars
    self.lineStarts = lineStarts
  }

  /// A source that cannot be decoded, and where.
  struct Fault: Error {
    var line: Int
    var column: Int
    var complaint: Complaint
    init(_ line: Int, _ column: Int, _ complaint: Complaint) {
      self.line = line
      self.column = column
      self.complaint = complaint
    }
  }

  /// The text as Yams takes it.
  var string: String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// Index of the scalar at a 1-based line and column, nil where there is none.
  func index(line: Int, column: Int) -> Int? {
    guard lineStarts.indices.contains(line - 1), column >= 1 else { return nil }
    let index = lineStarts[line - 1] + column - 1
    return scalars.indices.contains(index) ? index : nil
  }

  /// The text of a line without its line break, empty where there is no such line.
  func line(_ line: Int) -> String {
    guard lineStarts.indices.contains(line - 1) else { return "" }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[lineStarts[line - 1]...].prefix { $0 != "\n" && $0 != "\r" })
    return String(view)
  }

  /// Replaces one scalar by another, which must not be a line break.
  mutating func replace(at index: Int, with scalar: Unicode.Scalar) { scalars[index] = scalar }

  /// Printable characters, tab and line breaks; no character that some readers take for a line
  /// break and others do not, and none of the private planes (see `YAMLReader.setAside`).
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0a, 0x0d, 0x20...0x7e, 0xa0...0x2027, 0x202a...0xd7ff, 0xe000...0xfefe,
      0xff00...0xfffd, 0x1_0000...0xe_ffff:
      true
    default: false
    }
  }
}
