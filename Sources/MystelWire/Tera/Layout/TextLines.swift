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
  /// The bytes in front of the first word.
  let indent: Int
  /// Whether any of those is a tab, so that `indent` says little.
  let hasTab: Bool
  /// At least one.
  let words: [Word]
}

/// Splits a file into its lines that say something: `#` starts a comment, empty lines are skipped.
enum TextLines {
  /// Nil where the text is longer than a file may be.
  static func split(_ text: String) -> [TextLine]? {
    let bytes = text.utf8
    guard bytes.count <= LayoutLimits.fileBytes else { return nil }
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
    return TextLine(
      number: number, indent: first.column - 1,
      hasTab: bytes[start..<first.text.startIndex].contains(0x09), words: words)
  }

  /// Space, tab, carriage return, and what few editors still write.
  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0d).contains(byte)
  }

  /// Whether `text` can be the name of a packet or a field: letters, digits, `_` and dots.
  static func isName(_ text: Substring, upTo limit: Int = LayoutLimits.nameBytes) -> Bool {
    (1...limit).contains(text.utf8.count)
      && text.utf8.allSatisfy { isWordByte($0) || $0 == UInt8(ascii: ".") }
  }

  /// ASCII letters, digits and `_`.
  static func isWordByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
  }

  /// A number of digits alone; nil for anything else, and over `limit`.
  static func number(_ text: Substring, upTo limit: Int) -> Int? {
    var value = 0
    guard !text.isEmpty else { return nil }
    for byte in text.utf8 {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
      guard value <= limit else { return nil }
    }
    return value
  }
}
