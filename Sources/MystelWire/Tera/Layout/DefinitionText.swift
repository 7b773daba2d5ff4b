/// Reads the definition files of the community's tools, `<NAME>.<version>.def`.
///
/// Lines that fit no rule of the grammar are reported and skipped, as those tools do; a file that
/// leaves no sound layout gives none. Source: docs/protocol/tera.md#definitions
public struct DefinitionText {
  /// What was read, and everything that was odd.
  public struct Result: Equatable, Sendable {
    /// Nil where nothing sound was left.
    public var layout: PacketLayout?
    /// The major patches it is for, as far as its comments say.
    public var patches = 0...Int.max
    /// In the order of the lines, but for those about levels, which come last.
    public var problems: [LayoutProblem] = []
  }

  private typealias Entry = LayoutLevel.Builder.Entry

  private var lines: [DefinitionLine] = []
  private var at = 0
  private var budget = LayoutLimits.fields
  private var result = Result()
  /// Any `ref` line switches the implicit references off for the whole file.
  private var isExplicit = false

  /// - Parameter name: the packet's name, which the text does not hold.
  public static func parse(_ text: String, name: String) -> Result {
    guard text.utf8.count <= LayoutLimits.fileBytes else { return Result(problems: .fileTooLarge) }
    var reader = DefinitionText()
    reader.split(text)
    reader.isExplicit = reader.lines.contains { $0.isReference }
    if let level = reader.level(depth: 0, around: 0) {
      reader.result.layout = PacketLayout(name: name, body: level)
    }
    return reader.result
  }

  private mutating func problem(_ line: Int, _ message: @autoclosure () -> String) {
    result.problems.add(line: line, message())
  }

  // MARK: Lines

  private mutating func split(_ text: String) {
    var number = 0
    var bytes = Substring(text).utf8
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
    for raw in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let field = raw.prefix { $0 != UInt8(ascii: "#") }
      guard field.contains(where: { !TextLines.isSpace($0) }) else {
        comment(raw[field.endIndex...].dropFirst(), number)
        continue
      }
      guard let line = DefinitionLine(Substring(field), number: number) else {
        problem(number, "not a field: expected `[- ...] TYPE NAME`")
        continue
      }
      guard TextLines.isName(line.name) else {
        problem(number, "not a field: a name has letters, digits, _ and dots, 128 at most")
        continue
      }
      if line.type != "count" { lines.append(line) }
    }
  }

  /// `majorPatchVersion >= 74`, with `>`, `<`, `<=` or `==` too, several joined by `&&`.
  private mutating func comment(_ text: Substring.UTF8View, _ number: Int) {
    var scan = PatchScan(rest: text)
    guard scan.take("majorPatchVersion") else { return }
    repeat {
      let comparison = ["==", ">=", "<=", ">", "<"].first { scan.take($0) }
      // Prose that starts with the word is no condition.
      guard let comparison, let patch = scan.number() else { return }
      var (low, high) = (result.patches.lowerBound, result.patches.upperBound)
      if comparison == ">=" || comparison == "==" { low = max(low, patch) }
      if comparison == "<=" || comparison == "==" { high = min(high, patch) }
      if comparison == ">" { low = max(low, patch + 1) }
      if comparison == "<" { high = min(high, patch - 1) }
      guard low <= high else { return problem(number, "no patch is left that this is for") }
      result.patches = low...high
    } while scan.take("&&") && scan.take("majorPatchVersion")
  }

  // MARK: Levels

  private struct Parts {
    var entries: [Entry] = []
    var references: [LayoutLevel.Builder.ReferenceLine] = []
    var names: Set<String> = []
  }

  /// - Parameter around: the line that the level is of.
  private mutating func level(depth: Int, around: Int) -> LayoutLevel? {
    var parts = Parts()
    guard collect(into: &parts, prefix: "", depth: depth) else { return nil }
    guard isExplicit else { return LayoutLevel.Builder.level(parts.entries) }
    let placement = LayoutLevel.Builder.place(parts.entries, parts.references)
    for wrong in placement.wrong {
      problem(wrong.line, "`ref \(wrong.name)` has no field that it could be the reference of")
    }
    if let missing = placement.missing.first {
      let name = parts.entries[missing].name
      problem(around, "`\(name)` has no `ref` line, which it needs where another field has one")
      return nil
    }
    return LayoutLevel.Builder.level(parts.entries, slots: placement.slots)
  }

  /// Reads the lines of one depth; objects go into the level around them.
  private mutating func collect(into parts: inout Parts, prefix: String, depth: Int) -> Bool {
    while at < lines.count, lines[at].depth >= depth {
      let line = lines[at]
      at += 1
      guard line.depth == depth else {
        problem(line.number, "deeper than the line before allows")
        continue
      }
      if line.isReference {
        parts.references.append(
          .init(name: prefix + line.name, position: parts.entries.count, line: line.number))
      } else if line.type == "object" {
        guard isShallow(line),
          collect(into: &parts, prefix: prefix + line.name + ".", depth: depth + 1)
        else { return false }
      } else {
        guard let kind = kind(line) else { return false }
        let name = name(prefix + line.name, line, &parts)
        parts.entries.append(Entry(name: name, kind: kind, isInterleaved: line.isInterleaved))
      }
    }
    return true
  }

  /// A field's name, or the nearest to it that layout files can say and no other field has.
  private mutating func name(
    _ stated: String, _ line: DefinitionLine, _ parts: inout Parts
  ) -> String {
    var name = stated
    if stated == "ref" {
      name = stated + "_"
      problem(line.number, "no field can be called `\(stated)`: it is called `\(name)`")
    }
    let base = name
    var number = 2
    while !parts.names.insert(name).inserted {
      name = "\(base)_\(number)"
      number += 1
    }
    if number > 2 {
      problem(line.number, "`\(base)` stands here already: this one is called `\(name)`")
    }
    return name
  }

  private mutating func isShallow(_ line: DefinitionLine) -> Bool {
    if line.depth + 1 < LayoutLimits.levels { return true }
    problem(line.number, "more than \(LayoutLimits.levels) levels")
    return false
  }

  private mutating func kind(_ line: DefinitionLine) -> LayoutField.Kind? {
    budget -= line.element == nil ? 1 : 2
    guard budget >= 0 else {
      problem(line.number, "more than \(LayoutLimits.fields) fields")
      return nil
    }
    guard line.type == "array" else {
      guard line.element == nil, !line.isInterleaved else {
        problem(line.number, "only arrays have elements or take turns")
        return nil
      }
      return kind(line.type, line)
    }
    guard isShallow(line) else { return nil }
    guard let element = line.element else {
      return level(depth: line.depth + 1, around: line.number).map(LayoutField.Kind.array)
    }
    return kind(element, line).map {
      .array(LayoutLevel.Builder.level([Entry(name: "", kind: $0)]))
    }
  }

  private mutating func kind(_ word: Substring, _ line: DefinitionLine) -> LayoutField.Kind? {
    if let kind = LayoutField.Kind(definitionWord: word) { return kind }
    problem(
      line.number,
      "`\(word)` is no type of a value"
        + (nearest(to: String(word), among: LayoutField.Kind.definitionWords).map {
          "; nearest is `\($0)`"
        } ?? ""))
    return nil
  }
}

/// Reads what a comment says of patches, byte by byte.
private struct PatchScan {
  var rest: Substring.UTF8View

  mutating func take(_ word: String) -> Bool {
    rest = rest.drop(while: TextLines.isSpace)
    guard rest.starts(with: word.utf8) else { return false }
    rest = rest.dropFirst(word.utf8.count)
    return true
  }

  mutating func number() -> Int? {
    rest = rest.drop(while: TextLines.isSpace)
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    rest = rest[digits.endIndex...]
    return TextLines.number(Substring(digits), upTo: 9999)
  }
}
