/// One line of a definition: `[- ...] TYPE[<ELEMENT>][[FLAGS]] NAME`.
///
/// Spaces may stand behind a dash and inside the brackets, and nowhere else but before the name.
/// Source: docs/protocol/tera.md#definitions
struct DefinitionLine {
  /// From 1.
  let number: Int
  /// The dashes in front.
  let depth: Int
  let type: Substring
  /// What stands in `<>`.
  private(set) var element: Substring?
  private(set) var isInterleaved = false
  let name: Substring

  /// Whether the line places a reference.
  var isReference: Bool { type == "ref" || type == "offset" }

  /// The line in `text`, its comment taken off; nil where it is none.
  init?(_ text: Substring, number: Int) {
    self.number = number
    var rest = text.utf8
    var depth = 0
    while let first = rest.first {
      if first == UInt8(ascii: "-") {
        depth += 1
      } else if !TextLines.isSpace(first) {
        break
      }
      rest = rest.dropFirst()
    }
    self.depth = depth
    guard let last = rest.lastIndex(where: { !TextLines.isSpace($0) }) else { return nil }
    rest = rest[...last]
    guard let space = rest.lastIndex(where: TextLines.isSpace) else { return nil }
    name = Substring(rest[rest.index(after: space)...])
    var head = rest[..<space]
    while let last = head.last, TextLines.isSpace(last) { head = head.dropLast() }
    if let flags = Self.bracketed(&head, from: "[", to: "]") {
      isInterleaved = flags.split(separator: UInt8(ascii: ",")).contains {
        Substring($0) == "interleaved"
      }
    }
    element = Self.bracketed(&head, from: "<", to: ">").map { Substring($0) }
    guard !head.isEmpty, !head.contains(where: TextLines.isSpace) else { return nil }
    type = Substring(head)
  }

  /// Takes what stands between brackets off the end of `head`; nil where it is not one word.
  private static func bracketed(
    _ head: inout Substring.UTF8View, from open: Unicode.Scalar, to close: Unicode.Scalar
  ) -> Substring.UTF8View? {
    guard head.last == UInt8(ascii: close), let start = head.firstIndex(of: UInt8(ascii: open)),
      start > head.startIndex
    else { return nil }
    var word = head[head.index(after: start)...].dropLast()
    word = word.drop(while: TextLines.isSpace)
    while let last = word.last, TextLines.isSpace(last) { word = word.dropLast() }
    guard !word.isEmpty, !word.contains(where: TextLines.isSpace) else { return nil }
    head = head[..<start]
    return word
  }
}
