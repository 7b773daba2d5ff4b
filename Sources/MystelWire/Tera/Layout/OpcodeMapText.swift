/// Reads opcode files: one name and one number a line, a `=` between them if one likes.
///
/// Source: docs/protocol/tera.md#definitions
public enum OpcodeMapText {
  /// What was read, and everything that was odd.
  public struct Result: Equatable, Sendable {
    /// By name; a later line takes the place of an earlier one.
    public var opcodes: [String: UInt16] = [:]
    public var problems: [LayoutProblem] = []
  }

  /// What such files write for a packet whose number is not known.
  private static let placeholder: UInt16 = 65535

  public static func parse(_ text: String) -> Result {
    var result = Result()
    guard let lines = TextLines.split(text) else {
      result.problems = [LayoutProblem(line: 0, message: "an opcode file is at most 1 MiB")]
      return result
    }
    result.opcodes.reserveCapacity(lines.count)
    for line in lines {
      let words = line.words.filter { $0.text != "=" }
      guard words.count == 2 else {
        result.problems.append(
          LayoutProblem(line: line.number, message: "expected a name and a number"))
        continue
      }
      guard let opcode = UInt16(words[1].text) else {
        result.problems.append(
          LayoutProblem(
            line: line.number, column: words[1].column,
            message: "`\(words[1].text)` is no number from 0 to 65535"))
        continue
      }
      guard opcode != placeholder else {
        result.problems.append(
          LayoutProblem(
            line: line.number, column: words[1].column,
            message: "\(words[0].text) has the placeholder 65535 and is left out"))
        continue
      }
      result.opcodes[String(words[0].text)] = opcode
    }
    return result
  }
}
