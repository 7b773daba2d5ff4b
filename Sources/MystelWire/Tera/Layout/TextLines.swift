/// The words of one line of a text file, each with its column.
struct TextLine {
  /// A run of characters without spaces.
  struct Word {
    let text: Substring
    /// From 1, in bytes.
    let column: Int
  }

  /// From 1.
  let number: Int
  /// Spaces in front of the first word.
  let indent: Int
  let words: [Word]
}

/// Splits a file into its lines that say something: `#` starts a comment, empty lines are skipped.
enum TextLines {
  /// The largest file that is read, in bytes.
  static let maximumBytes = 1 << 20

  /// Nil where the text is longer than `maximumBytes`.
  static func split(_ text: String) -> [TextLine]? {
    let bytes = text.utf8
    guard bytes.count <= maximumBytes else { return nil }
    var lines: [TextLine] = []
    var number = 0
    var start = bytes.startIndex
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { start = bytes.index(start, offsetBy: 3) }
    while start < bytes.endIndex {
      number += 1
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
      if let line = line(text, start, end, number) { lines.append(line) }
      guard end < bytes.endIndex else { break }
      start = bytes.index(after: end)
    }
    return lines
  }

  private static func line(
    _ text: String, _ start: String.Index, _ end: String.Index, _ number: Int
  ) -> TextLine? {
    let bytes = text.utf8
    var words: [TextLine.Word] = []
    var at = start
    var column = 1
    while at < end, bytes[at] != UInt8(ascii: "#") {
      guard !isSpace(bytes[at]) else {
        at = bytes.index(after: at)
        column += 1
        continue
      }
      let from = at
      let first = column
      while at < end, !isSpace(bytes[at]), bytes[at] != UInt8(ascii: "#") {
        at = bytes.index(after: at)
        column += 1
      }
      words.append(.init(text: text[from..<at], column: first))
    }
    guard let first = words.first else { return nil }
    return TextLine(number: number, indent: first.column - 1, words: words)
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0d
  }
}

/// Something wrong in a layout, definition or opcode file.
public struct LayoutProblem: Error, Equatable, Sendable {
  /// From 1; 0 for the whole file.
  public var line: Int
  /// From 1; 0 where it is about the whole line.
  public var column: Int
  public var message: String

  /// A problem from its parts.
  public init(line: Int, column: Int = 0, message: String) {
    self.line = line
    self.column = column
    self.message = message
  }
}
