/// A first look at a source, before a YAML parser sees it: refuses what could make the parser
/// expensive (anchors, aliases, deep nesting) and the YAML that no configuration needs (tags, block
/// text, complex keys, text in quotes over several lines).
///
/// The YAML that is left can be split into tokens line by line, so that this scan cannot be misled
/// into taking structure for quoted text.
struct StructureScan {
  /// Deepest nesting of a source; the configuration itself has four levels.
  static let maximumDepth = 16

  private let source: [Unicode.Scalar]
  private var index = 0
  private var line = 1
  private var lineStart = 0
  private var flowDepth = 0
  /// The last token was text in quotes or a closed bracket, so `:` needs no space after it.
  private var isAfterClosedToken = false
  private var problems: [SourceText.Fault] = []

  /// The problems of a source, at most one a line.
  static func problems(of text: SourceText) -> [SourceText.Fault] {
    var scan = StructureScan(source: text.scalars)
    while scan.index < scan.source.count { scan.token() }
    return scan.problems
  }

  private init(source: [Unicode.Scalar]) { self.source = source }

  private mutating func token() {
    let scalar = source[index]
    let wasAfterClosedToken = isAfterClosedToken
    isAfterClosedToken = false
    switch scalar {
    case "\n", "\r":
      lineBreak()
    case " ", "\t":
      index += 1
      isAfterClosedToken = wasAfterClosedToken
    case "#" where index == lineStart || isBlank(at: index - 1):
      skipLine()
    case "%" where index == lineStart:
      skipLine()
    case "\"", "'":
      quoted(by: scalar)
    case "[", "{":
      flowDepth += 1
      if flowDepth > Self.maximumDepth {
        refuse("nested deeper than \(Self.maximumDepth) levels")
      } else {
        index += 1
      }
    case "]", "}":
      flowDepth = max(0, flowDepth - 1)
      index += 1
      isAfterClosedToken = true
    case ",":
      index += 1
    case "-" where isBlank(at: index + 1):
      index += 1
    case ":" where isBlank(at: index + 1) || flowDepth > 0 || wasAfterClosedToken:
      index += 1
    case "?" where isBlank(at: index + 1):
      refuse("a complex key (`?`) is not supported")
    case "&", "*":
      refuse("an anchor or alias is not supported: write the value out, or put it in quotes")
    case "!":
      refuse("a tag is not supported: write the value without it, or put it in quotes")
    case "|", ">":
      refuse("block text is not supported: write the value on the line of its key")
    default:
      plain()
    }
  }

  /// Unquoted text: up to `: `, ` #`, the end of the line, or a bracket or comma in a flow.
  private mutating func plain() {
    while index < source.count {
      switch source[index] {
      case "\n", "\r": return
      case ":" where isBlank(at: index + 1): return
      case ":" where flowDepth > 0 && isFlowIndicator(at: index + 1): return
      case "#" where isBlank(at: index - 1): return
      case ",", "[", "]", "{", "}":
        if flowDepth > 0 { return }
      default: break
      }
      index += 1
    }
  }

  private mutating func quoted(by quote: Unicode.Scalar) {
    let start = index
    index += 1
    while index < source.count, source[index] != "\n", source[index] != "\r" {
      let scalar = source[index]
      index += 1
      if scalar == "\\", quote == "\"", index < source.count, !isLineBreak(at: index) {
        index += 1
      } else if scalar == quote {
        if quote == "'", index < source.count, source[index] == "'" {
          index += 1
        } else {
          isAfterClosedToken = true
          return
        }
      }
    }
    index = start
    refuse("text in quotes must end on the line it begins on")
  }

  /// Notes a problem here and leaves the rest of the line unread.
  private mutating func refuse(_ message: String) {
    problems.append(SourceText.Fault(line, index - lineStart + 1, Complaint(message)))
    skipLine()
  }

  private mutating func skipLine() {
    while index < source.count, !isLineBreak(at: index) { index += 1 }
  }

  private mutating func lineBreak() {
    if source[index] == "\r", index + 1 < source.count, source[index + 1] == "\n" { index += 1 }
    index += 1
    line += 1
    lineStart = index
  }

  private func isLineBreak(at index: Int) -> Bool {
    source[index] == "\n" || source[index] == "\r"
  }

  /// True for a space, a tab, a line break, and outside of the source.
  private func isBlank(at index: Int) -> Bool {
    guard source.indices.contains(index) else { return true }
    return source[index] == " " || source[index] == "\t" || isLineBreak(at: index)
  }

  private func isFlowIndicator(at index: Int) -> Bool {
    source.indices.contains(index) && [",", "[", "]", "{", "}"].contains(source[index])
  }
}
