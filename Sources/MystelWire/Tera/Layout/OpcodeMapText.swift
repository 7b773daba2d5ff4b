/// Reads opcode files: one name and one number a line, a `=` between them if one likes.
///
/// Source: docs/protocol/tera.md#definitions
public enum OpcodeMapText {
  /// What was read, and everything that was odd.
  public struct Result: Equatable, Sendable {
    /// By name; a later line takes the place of an earlier one.
    public var opcodes: [String: UInt16] = [:]
    /// In the order of the lines, a thousand at most.
    public var problems: [LayoutProblem] = []
  }

  /// What such files write for a packet whose number is not known.
  private static let placeholder = 65535

  /// The numbers in `text`; lines that state none are reported and skipped.
  public static func parse(_ text: String) -> Result {
    guard let lines = TextLines.split(text) else { return Result(problems: .fileTooLarge) }
    var result = Result()
    for line in lines {
      guard let (name, number) = pair(line), TextLines.isName(name) else {
        result.problems.add(line: line.number, "expected `NAME NUMBER` or `NAME = NUMBER`")
        continue
      }
      guard let opcode = TextLines.number(number.text, upTo: Int(UInt16.max)) else {
        result.problems.add(
          line: line.number, column: number.column,
          "`\(number.text)` is no number from 0 to 65535")
        continue
      }
      guard opcode != placeholder else {
        result.opcodes[String(name)] = nil
        result.problems.add(
          line: line.number, column: number.column,
          "\(name) has the placeholder 65535 and is left out")
        continue
      }
      result.opcodes[String(name)] = UInt16(truncatingIfNeeded: opcode)
    }
    return result
  }

  /// The two sides of a line, whether a space, a `=` or both are between them.
  private static func pair(_ line: TextLine) -> (name: Substring, number: TextLine.Word)? {
    let equals = UInt8(ascii: "=")
    var words: [TextLine.Word] = []
    var signs = 0
    // More words than these make no pair, so the rest need not be looked at.
    for word in line.words.prefix(4) {
      let parts = word.text.utf8.split(separator: equals, omittingEmptySubsequences: false)
      signs += parts.count - 1
      for part in parts where !part.isEmpty {
        let before = word.text.utf8.distance(from: word.text.startIndex, to: part.startIndex)
        words.append(.init(text: Substring(part), column: word.column + before))
      }
    }
    guard words.count == 2, signs <= 1, line.words.count <= 3 else { return nil }
    let isFirst = line.words[0].text.utf8.first == equals
    let isLast = line.words.last?.text.utf8.last == equals
    return isFirst || isLast ? nil : (words[0].text, words[1])
  }
}
