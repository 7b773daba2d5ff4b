/// What a layout file says of one packet.
public struct PacketDeclaration: Equatable, Sendable {
  /// The packet's name.
  public var name: String
  /// The phases in which a client may send it, as written; empty for packets of servers.
  public var phases: [String]
  /// The whole packet's length in bytes, where it is limited.
  public var lengths: ClosedRange<Int>?
  /// Nil where the body is unknown (`opaque`).
  public var layout: PacketLayout?
  /// Where it stands in its file.
  public var line: Int

  /// A declaration from its parts.
  public init(
    name: String, phases: [String] = [], lengths: ClosedRange<Int>? = nil,
    layout: PacketLayout? = nil, line: Int = 0
  ) {
    self.name = name
    self.phases = phases
    self.lengths = lengths
    self.layout = layout
    self.line = line
  }
}

/// Reads Mystel's own layout files, for one patch. Grammar: docs/operating/packs.md#layouts
///
/// Linear in the file; a file of more than 1 MiB, over 8 levels or 2,048 fields a packet is refused.
public struct LayoutText {
  /// What was read, and everything that was wrong.
  public struct Result: Equatable, Sendable {
    public var declarations: [PacketDeclaration] = []
    public var problems: [LayoutProblem] = []
  }

  private static let maximumDepth = 8
  private static let maximumFields = 2048

  private let patch: Int
  private var result = Result()
  private var names: [String: Int] = [:]

  /// - Parameter patch: the major number: 92 for 92.04.
  public static func parse(_ text: String, patch: Int) -> Result {
    guard let lines = TextLines.split(text) else {
      return Result(problems: [LayoutProblem(line: 0, message: "a layout file is at most 1 MiB")])
    }
    var reader = LayoutText(patch: patch)
    var at = 0
    while at < lines.count {
      let end = lines[(at + 1)...].firstIndex { $0.indent == 0 } ?? lines.count
      reader.packet(lines[at], body: lines[(at + 1)..<end])
      at = end
    }
    return reader.result
  }

  private init(patch: Int) { self.patch = patch }

  private mutating func problem(_ line: TextLine, _ word: TextLine.Word?, _ message: String) {
    result.problems.append(
      LayoutProblem(line: line.number, column: word?.column ?? 0, message: message))
  }

  // MARK: Packets

  /// `packet NAME [in PHASES] [opaque] [length A..B] [patch A..B]`
  private mutating func packet(_ head: TextLine, body: ArraySlice<TextLine>) {
    guard head.words[0].text == "packet", head.words.count >= 2 else {
      return problem(head, head.words[0], "expected `packet NAME`")
    }
    var made = PacketDeclaration(name: String(head.words[1].text), line: head.number)
    var isOpaque = false
    var applies = true
    var at = 2
    while at < head.words.count {
      let word = head.words[at]
      if word.text == "opaque" {
        isOpaque = true
        at += 1
        continue
      }
      guard at + 1 < head.words.count else {
        return problem(head, word, "`\(word.text)` is none of in, opaque, length, patch")
      }
      let value = head.words[at + 1]
      switch word.text {
      case "in": made.phases = value.text.split(separator: ",").map(String.init)
      case "length":
        guard let range = Self.range(value.text) else {
          return problem(head, value, "expected a range like 8..64")
        }
        made.lengths = range
      case "patch":
        guard let range = Self.range(value.text) else {
          return problem(head, value, "expected a range like 93.. or ..98")
        }
        applies = range.contains(patch)
      default:
        return problem(head, word, "`\(word.text)` is none of in, opaque, length, patch")
      }
      at += 2
    }
    guard applies else { return }
    if !isOpaque {
      var budget = Self.maximumFields
      var rest = body
      guard let level = level(&rest, indent: 2, depth: 1, &budget) else { return }
      made.layout = PacketLayout(name: made.name, body: level)
    }
    add(made, head)
  }

  private mutating func add(_ made: PacketDeclaration, _ head: TextLine) {
    if let first = names[made.name] {
      return problem(head, head.words[1], "\(made.name) is declared on line \(first) already")
    }
    names[made.name] = head.number
    result.declarations.append(made)
  }

  // MARK: Fields

  private mutating func level(
    _ lines: inout ArraySlice<TextLine>, indent: Int, depth: Int, _ budget: inout Int
  ) -> LayoutLevel? {
    guard depth <= Self.maximumDepth else {
      if let line = lines.first { problem(line, nil, "more than 8 levels") }
      return nil
    }
    var entries: [LayoutLevel.Builder.Entry] = []
    var references: [(name: String, line: TextLine, at: Int)] = []
    while let line = lines.first, line.indent >= indent {
      lines.removeFirst()
      guard line.indent == indent else {
        problem(line, line.words[0], "expected \(indent) spaces in front, not \(line.indent)")
        return nil
      }
      budget -= 1
      guard budget > 0 else {
        problem(line, nil, "more than \(Self.maximumFields) fields")
        return nil
      }
      if line.words[0].text == "ref", line.words.count == 2 {
        references.append((String(line.words[1].text), line, entries.count))
        continue
      }
      guard let entry = field(line, &lines, indent: indent, depth: depth, &budget) else {
        return nil
      }
      if let applicable = entry.applicable { entries.append(applicable) }
    }
    guard !references.isEmpty else { return LayoutLevel.Builder.level(entries) }
    return explicit(entries, references)
  }

  /// A level whose references stand where `ref` lines say.
  private mutating func explicit(
    _ entries: [LayoutLevel.Builder.Entry],
    _ references: [(name: String, line: TextLine, at: Int)]
  ) -> LayoutLevel? {
    var slots: [LayoutLevel.Builder.Slot] = []
    var placed: Set<Int> = []
    for at in 0...entries.count {
      for reference in references where reference.at == at {
        guard let index = entries.firstIndex(where: { $0.name == reference.name }),
          entries[index].kind.isReference, placed.insert(index).inserted
        else {
          problem(
            reference.line, reference.line.words[1],
            "`ref` needs a string, bytes or array of its level, once")
          return nil
        }
        slots.append(.reference(index))
      }
      if at < entries.count, !entries[at].kind.isReference { slots.append(.field(at)) }
    }
    // Those that no line names stand in front.
    let missing = entries.indices.filter { entries[$0].kind.isReference && !placed.contains($0) }
    return LayoutLevel.Builder.level(entries, slots: missing.map { .reference($0) } + slots)
  }

  /// A field that was read; nothing where it is one of other patches.
  private struct Read {
    var applicable: LayoutLevel.Builder.Entry?
  }

  /// `NAME KIND [..LIMIT] [interleaved] [patch A..B]`, or `- KIND` for plain values.
  private mutating func field(
    _ line: TextLine, _ lines: inout ArraySlice<TextLine>, indent: Int, depth: Int,
    _ budget: inout Int
  ) -> Read? {
    guard line.words.count >= 2 else {
      problem(line, line.words[0], "expected `NAME KIND`")
      return nil
    }
    let name = line.words[0].text == "-" ? "" : String(line.words[0].text)
    var entry = LayoutLevel.Builder.Entry(name: name, kind: .bool)
    var applies = true
    var at = 2
    while at < line.words.count {
      let word = line.words[at]
      if word.text == "interleaved" {
        entry.isInterleaved = true
      } else if word.text.hasPrefix("..") {
        guard let limit = Self.number(word.text.dropFirst(2)) else {
          problem(line, word, "expected a limit like ..64")
          return nil
        }
        entry.limit = limit
      } else if word.text == "patch", at + 1 < line.words.count,
        let range = Self.range(line.words[at + 1].text)
      {
        applies = range.contains(patch)
        at += 1
      } else {
        problem(line, word, "`\(word.text)` is none of ..LIMIT, interleaved, patch A..B")
        return nil
      }
      at += 1
    }
    let word = line.words[1]
    if word.text == "array" {
      guard let level = level(&lines, indent: indent + 2, depth: depth + 1, &budget) else {
        return nil
      }
      entry.kind = .array(level)
    } else if let kind = LayoutField.Kind(word: word.text) {
      entry.kind = kind
    } else {
      problem(line, word, "`\(word.text)` is no kind; kinds are \(LayoutField.Kind.words)")
      return nil
    }
    return Read(applicable: applies ? entry : nil)
  }

  // MARK: Numbers

  private static func number(_ text: Substring) -> Int? {
    guard let value = Int(text), (0...65535).contains(value) else { return nil }
    return value
  }

  /// `A..B`, either of which may be missing.
  private static func range(_ text: Substring) -> ClosedRange<Int>? {
    let bytes = text.utf8
    guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")) else { return nil }
    let second = bytes.index(after: dot)
    guard second < bytes.endIndex, bytes[second] == UInt8(ascii: ".") else { return nil }
    let low = text[..<dot]
    let high = text[bytes.index(after: second)...]
    guard let from = low.isEmpty ? 0 : number(low), let to = high.isEmpty ? 65535 : number(high),
      from <= to
    else { return nil }
    return from...to
  }
}

extension LayoutField.Kind {
  /// The kinds that are one word, by that word.
  private static let byWord: [(word: Substring, kind: LayoutField.Kind)] = [
    ("bool", .bool), ("u8", .u8), ("i8", .i8), ("u16", .u16), ("i16", .i16), ("u32", .u32),
    ("i32", .i32), ("u64", .u64), ("i64", .i64), ("f32", .f32), ("f64", .f64), ("vec3", .vec3),
    ("angles", .angles), ("angle", .angle), ("skill", .skill), ("narrowskill", .narrowSkill),
    ("appearance", .appearance), ("string", .string), ("bytes", .bytes),
  ]

  /// The words of layout files, for messages.
  static var words: String { byWord.map(\.word).joined(separator: ", ") + ", array" }

  init?(word: Substring) {
    guard let found = Self.byWord.first(where: { $0.word == word }) else { return nil }
    self = found.kind
  }

  /// The word of layout files.
  public var word: String {
    Self.byWord.first { $0.kind == self }.map { String($0.word) } ?? "array"
  }
}
