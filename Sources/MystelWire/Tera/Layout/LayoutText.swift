/// Reads Mystel's own layout files, for one patch. Grammar: docs/operating/packs.md#layouts
///
/// Linear in the file; a file of more than 1 MiB, and a packet of more than 8 levels or 2,048
/// fields, are refused. A packet with something wrong in it is reported and left out.
public struct LayoutText {
  /// What was read, and everything that was wrong.
  public struct Result: Equatable, Sendable {
    /// The packets of the patch, in the order of the file; each name once.
    public var declarations: [PacketDeclaration] = []
    /// In the order of the lines, a thousand at most.
    public var problems: [LayoutProblem] = []
  }

  private typealias Entry = LayoutLevel.Builder.Entry

  private let patch: Int
  private var result = Result()
  /// The line of each name declared so far.
  private var names: [String: Int] = [:]
  /// The lines of the packet that is being read, and how many more fields it may have.
  private var lines: ArraySlice<TextLine> = []
  private var budget = 0

  /// - Parameter patch: the major number: 92 for 92.04.
  public static func parse(_ text: String, patch: Int) -> Result {
    guard let lines = TextLines.split(text) else { return Result(problems: .fileTooLarge) }
    var reader = LayoutText(patch: patch)
    var at = 0
    while at < lines.count {
      let end = lines[(at + 1)...].firstIndex { $0.indent == 0 } ?? lines.count
      reader.lines = lines[(at + 1)..<end]
      if let (made, applies) = reader.packet(lines[at]), applies { reader.add(made, lines[at]) }
      at = end
    }
    return reader.result
  }

  private init(patch: Int) { self.patch = patch }

  private mutating func problem(
    _ line: TextLine, _ word: TextLine.Word?, _ message: @autoclosure () -> String
  ) {
    result.problems.add(line: line.number, column: word?.column ?? 0, message())
  }

  // MARK: Packets

  /// A packet, and whether it is one of this patch; nil where something is wrong with it.
  private mutating func packet(_ head: TextLine) -> (PacketDeclaration, applies: Bool)? {
    guard let read = header(head) else { return nil }
    var made = read.made
    budget = LayoutLimits.fields
    if read.isOpaque {
      guard let line = lines.first else { return (made, read.applies) }
      problem(line, line.words[0], "`\(made.name)` is opaque and cannot have fields")
      return nil
    }
    guard let level = level(indent: 2, depth: 1) else { return nil }
    guard lines.isEmpty else {
      if let line = lines.first { misplaced(line, indent: 2) }
      return nil
    }
    made.layout = PacketLayout(name: made.name, body: level)
    return (made, read.applies)
  }

  private struct Header {
    var made: PacketDeclaration
    var isOpaque = false
    var applies = true
  }

  /// `packet NAME [in PHASES] [opaque] [length A..B] [cost N] [idempotent] [patch A..B]`
  private mutating func header(_ head: TextLine) -> Header? {
    guard head.indent == 0, head.words[0].text == "packet", head.words.count >= 2 else {
      problem(head, head.words[0], "expected `packet NAME` at the start of a line")
      return nil
    }
    guard TextLines.isName(head.words[1].text) else {
      problem(head, head.words[1], "a name has letters, digits, _ and dots, 128 at most")
      return nil
    }
    var header = Header(
      made: PacketDeclaration(name: String(head.words[1].text), line: head.number))
    var rest = head.words.dropFirst(2)
    while let word = rest.popFirst() {
      if word.text == "opaque" {
        header.isOpaque = true
        continue
      }
      if word.text == "idempotent" {
        header.made.isIdempotent = true
        continue
      }
      guard ["in", "length", "cost", "patch"].contains(word.text) else {
        problem(
          head, word, "`\(word.text)` is none of in, opaque, length, cost, idempotent, patch")
        return nil
      }
      guard let value = rest.popFirst() else {
        problem(head, word, "`\(word.text)` needs a value")
        return nil
      }
      if word.text == "in" {
        header.made.phases = value.text.split(separator: ",").map(String.init)
        continue
      }
      if word.text == "cost" {
        guard let cost = TextLines.number(value.text, upTo: LayoutLimits.cost), cost > 0 else {
          problem(head, value, "`\(value.text)` is no cost from 1 to \(LayoutLimits.cost)")
          return nil
        }
        header.made.cost = cost
        continue
      }
      guard let range = Self.range(value.text) else {
        problem(head, value, "`\(value.text)` is no range like 8..64, 93.. or ..98")
        return nil
      }
      if word.text == "length" {
        header.made.lengths = range
      } else {
        header.applies = range.contains(patch)
      }
    }
    return header
  }

  private mutating func add(_ made: PacketDeclaration, _ head: TextLine) {
    if let first = names[made.name] {
      return problem(head, head.words[1], "\(made.name) is declared on line \(first) already")
    }
    names[made.name] = head.number
    result.declarations.append(made)
  }

  // MARK: Fields

  private mutating func misplaced(_ line: TextLine, indent: Int) {
    if line.hasTab {
      problem(line, nil, "a tab in front; fields are indented by spaces")
    } else {
      problem(line, line.words[0], "expected \(indent) spaces in front, not \(line.indent)")
    }
  }

  /// The lines from here on that are at least as far in as `indent`.
  private mutating func level(indent: Int, depth: Int) -> LayoutLevel? {
    guard depth <= LayoutLimits.levels else {
      if let line = lines.first { problem(line, nil, "more than \(LayoutLimits.levels) levels") }
      return nil
    }
    var entries: [Entry] = []
    var references: [LayoutLevel.Builder.ReferenceLine] = []
    var seen: Set<String> = []
    /// Fields of other patches, whose `ref` lines say nothing.
    var others: Set<String> = []
    while let line = lines.first, line.indent >= indent {
      lines.removeFirst()
      guard line.indent == indent, !line.hasTab else {
        misplaced(line, indent: indent)
        return nil
      }
      if line.words[0].text == "ref" {
        guard line.words.count == 2 else {
          problem(line, line.words[0], "expected `ref NAME`")
          return nil
        }
        references.append(
          .init(
            name: String(line.words[1].text), position: entries.count, line: line.number))
        continue
      }
      guard let (entry, applies) = field(line, indent: indent, depth: depth) else { return nil }
      guard applies else {
        others.insert(entry.name)
        continue
      }
      let isNew = seen.insert(entry.name).inserted
      guard !seen.contains("") || (isNew && seen.count == 1) else {
        problem(line, line.words[0], "`-` must be the only field of its array")
        return nil
      }
      guard isNew else {
        problem(line, line.words[0], "`\(entry.name)` stands here twice")
        return nil
      }
      entries.append(entry)
    }
    guard !references.isEmpty else { return LayoutLevel.Builder.level(entries) }
    return placed(entries, references, others: others.subtracting(seen))
  }

  /// A level whose references stand where `ref` lines say; those without a line stand in front.
  private mutating func placed(
    _ entries: [Entry], _ references: [LayoutLevel.Builder.ReferenceLine], others: Set<String>
  ) -> LayoutLevel? {
    let placement = LayoutLevel.Builder.place(
      entries, references.filter { !others.contains($0.name) })
    if let wrong = placement.wrong.first {
      result.problems.add(
        line: wrong.line,
        "`ref \(wrong.name)` needs a string, bytes or array of its level, and only once")
      return nil
    }
    return LayoutLevel.Builder.level(
      entries, slots: placement.missing.map { .reference($0) } + placement.slots)
  }

  /// `NAME KIND [..LIMIT] [interleaved] [patch A..B]`, or `- KIND` for plain values; and whether
  /// the field is one of this patch.
  private mutating func field(
    _ line: TextLine, indent: Int, depth: Int
  ) -> (Entry, applies: Bool)? {
    budget -= 1
    guard budget >= 0 else {
      problem(line, nil, "more than \(LayoutLimits.fields) fields")
      return nil
    }
    guard line.words.count >= 2 else {
      problem(line, line.words[0], "expected `NAME KIND`")
      return nil
    }
    let name = line.words[0].text == "-" ? "" : String(line.words[0].text)
    guard name.isEmpty || TextLines.isName(line.words[0].text, upTo: LayoutLimits.pathBytes) else {
      problem(line, line.words[0], "a name has letters, digits, _ and dots")
      return nil
    }
    guard let kind = kind(line, indent: indent, depth: depth) else { return nil }
    var entry = Entry(name: name, kind: kind)
    var applies = true
    var rest = line.words.dropFirst(2)
    while let word = rest.popFirst() {
      if word.text == "interleaved", case .array = kind {
        entry.isInterleaved = true
      } else if word.text.hasPrefix(".."), kind.isReference {
        entry.limit = TextLines.number(word.text.dropFirst(2), upTo: PacketView.maximumBytes)
        if entry.limit != nil { continue }
        problem(line, word, "`\(word.text)` is no limit like ..64")
        return nil
      } else if word.text == "patch", let range = rest.popFirst().flatMap({ Self.range($0.text) }) {
        applies = range.contains(patch)
      } else {
        problem(line, word, "`\(word.text)` says nothing here: \(Self.options(of: kind))")
        return nil
      }
    }
    return (entry, applies)
  }

  private mutating func kind(_ line: TextLine, indent: Int, depth: Int) -> LayoutField.Kind? {
    let word = line.words[1]
    if word.text == "array" {
      return level(indent: indent + 2, depth: depth + 1).map(LayoutField.Kind.array)
    }
    if let kind = LayoutField.Kind(word: word.text) { return kind }
    problem(
      line, word,
      "`\(word.text)` is no kind; "
        + (nearest(to: String(word.text), among: LayoutField.Kind.words).map {
          "nearest is `\($0)`"
        }
          ?? "kinds are \(LayoutField.Kind.words.joined(separator: ", "))"))
    return nil
  }

  private static func options(of kind: LayoutField.Kind) -> String {
    switch kind {
    case .array: "an array may have ..LIMIT, interleaved, patch A..B"
    case .string, .bytes: "a \(kind.word) field may have ..LIMIT, patch A..B"
    default: "a \(kind.word) field may have patch A..B"
    }
  }

  /// `A..B`, either of which may be missing.
  private static func range(_ text: Substring) -> ClosedRange<Int>? {
    let bytes = text.utf8
    guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")) else { return nil }
    let second = bytes.index(after: dot)
    guard second < bytes.endIndex, bytes[second] == UInt8(ascii: ".") else { return nil }
    let low = text[..<dot]
    let high = text[bytes.index(after: second)...]
    let limit = PacketView.maximumBytes
    guard let from = low.isEmpty ? 0 : TextLines.number(low, upTo: limit),
      let to = high.isEmpty ? limit : TextLines.number(high, upTo: limit), from <= to
    else { return nil }
    return from...to
  }
}
