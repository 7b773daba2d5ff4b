/// Swift source with the content of comments and string literals blanked out, so that a rule about
/// code finds code only. Line numbers stay.
///
/// What is interpolated into a string is blanked too: rare, and never the only place of a fault.
struct SwiftText {
  private let characters: [Character]
  private var at = 0
  private var result: [Character] = []

  static func codeOnly(_ text: String) -> String {
    var scanner = SwiftText(text)
    return scanner.run()
  }

  private init(_ text: String) { characters = Array(text) }

  private mutating func run() -> String {
    while at < characters.count {
      if matches("//") {
        blank(until: { $0.characters[$0.at] == "\n" })
      } else if matches("/*") {
        blankNestedComment()
      } else if characters[at] == "\"" || characters[at] == "#" {
        blankString()
      } else {
        take()
      }
    }
    return String(result)
  }

  private func matches(_ wanted: String) -> Bool {
    let end = at + wanted.count
    return end <= characters.count && characters[at..<end].elementsEqual(wanted)
  }

  private mutating func take() {
    result.append(characters[at])
    at += 1
  }

  private mutating func skip(_ count: Int = 1) {
    for _ in 0..<count where at < characters.count {
      result.append(characters[at].isNewline ? characters[at] : " ")
      at += 1
    }
  }

  private mutating func blank(until isEnd: (SwiftText) -> Bool) {
    while at < characters.count, !isEnd(self) { skip() }
  }

  private mutating func blankNestedComment() {
    var depth = 0
    repeat {
      if matches("/*") {
        depth += 1
        skip(2)
      } else if matches("*/") {
        depth -= 1
        skip(2)
      } else {
        skip()
      }
    } while depth > 0 && at < characters.count
  }

  /// A string starts with quotes, or with number signs and then quotes; it ends with the same.
  private mutating func blankString() {
    var signs = 0
    while at + signs < characters.count, characters[at + signs] == "#" { signs += 1 }
    guard at + signs < characters.count, characters[at + signs] == "\"" else {
      for _ in 0..<signs { take() }
      return
    }
    let marks = String(repeating: "#", count: signs)
    let opening = matches(marks + "\"\"\"") ? "\"\"\"" : "\""
    for _ in 0..<signs + opening.count { take() }
    let closing = opening + marks
    while at < characters.count, !matches(closing) {
      skip(matches("\\" + marks) ? 2 + signs : 1)
    }
    for _ in 0..<closing.count where at < characters.count { take() }
  }
}
