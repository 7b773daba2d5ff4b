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
    public var problems: [LayoutProblem] = []
  }

  private static let maximumDepth = 8
  private static let maximumFields = 2048

  /// One field line, before levels are put together.
  private struct Line {
    var number: Int
    var depth: Int
    var type: Substring
    var element: Substring?
    var isInterleaved: Bool
    var name: Substring
  }

  private var lines: [Line] = []
  private var at = 0
  private var result = Result()
  /// Any `ref` line switches the implicit references off for the whole file.
  private var isExplicit = false

  /// - Parameter name: the packet's name, which the text does not hold.
  public static func parse(_ text: String, name: String) -> Result {
    var reader = DefinitionText()
    guard text.utf8.count <= TextLines.maximumBytes else {
      return Result(problems: [LayoutProblem(line: 0, message: "a definition is at most 1 MiB")])
    }
    reader.split(text)
    guard reader.lines.count <= maximumFields else {
      reader.problem(0, "more than \(maximumFields) fields")
      return reader.result
    }
    reader.isExplicit = reader.lines.contains { $0.type == "ref" || $0.type == "offset" }
    if let level = reader.level(depth: 0) {
      reader.result.layout = PacketLayout(name: name, body: level)
    }
    return reader.result
  }

  private mutating func problem(_ line: Int, _ message: String) {
    result.problems.append(LayoutProblem(line: line, message: message))
  }

  // MARK: Lines

  private mutating func split(_ text: String) {
    var number = 0
    var bytes = Substring(text).utf8
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
    for raw in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let parts = raw.split(
        separator: UInt8(ascii: "#"), maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count > 1 { comment(Substring(parts[1])) }
      let words = parts[0].split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }.map { Substring($0) }
      guard !words.isEmpty else { continue }
      guard let line = Self.line(words, number) else {
        problem(number, "not a field: expected `[-] TYPE NAME`")
        continue
      }
      if line.type != "count" { lines.append(line) }
    }
  }

  /// `((- )*)TYPE[<ELEMENT>][[FLAGS]] NAME`, where spaces may stand inside the brackets.
  private static func line(_ words: [Substring], _ number: Int) -> Line? {
    var depth = 0
    var rest = words[...]
    while let first = rest.first, first.allSatisfy({ $0 == "-" }) {
      depth += first.count
      rest.removeFirst()
    }
    guard let name = rest.popLast(), var head = rest.popFirst() else { return nil }
    while head.hasPrefix("-") {
      depth += 1
      head.removeFirst()
    }
    let joined = ([head] + rest).joined()
    // More words are only sound where brackets hold them together.
    guard rest.isEmpty || joined.contains("<") || joined.contains("[") else { return nil }
    var type = Substring(joined)
    var line = Line(
      number: number, depth: depth, type: type, element: nil, isInterleaved: false, name: name)
    if let open = type.firstIndex(of: "["), type.hasSuffix("]") {
      let flags = type[type.index(after: open)...].dropLast().split(separator: ",")
      line.isInterleaved = flags.contains("interleaved")
      type = type[..<open]
    }
    if let open = type.firstIndex(of: "<"), type.hasSuffix(">") {
      line.element = type[type.index(after: open)...].dropLast()
      type = type[..<open]
    }
    line.type = type
    return type.isEmpty ? nil : line
  }

  /// `majorPatchVersion >= 74`, `< 99`, `<= 98`, `> 92`.
  private mutating func comment(_ text: Substring) {
    let words = text.split(separator: " ")
    for index in words.indices where words[index] == "majorPatchVersion" {
      guard index + 2 < words.count else { return }
      let number = words[index + 2].prefix { $0.isASCII && $0.isNumber }
      guard let patch = Int(number), patch < 10_000 else { continue }
      var (low, high) = (result.patches.lowerBound, result.patches.upperBound)
      switch words[index + 1] {
      case ">=": low = max(low, patch)
      case ">": low = max(low, patch + 1)
      case "<": high = min(high, patch - 1)
      case "<=": high = min(high, patch)
      default: continue
      }
      if low <= high { result.patches = low...high }
    }
  }

  // MARK: Levels

  private struct Parts {
    var entries: [LayoutLevel.Builder.Entry] = []
    /// Explicit references: their names and how many entries come before them.
    var references: [(name: String, line: Int, at: Int)] = []
  }

  private mutating func level(depth: Int) -> LayoutLevel? {
    var parts = Parts()
    guard collect(into: &parts, prefix: "", depth: depth) else { return nil }
    guard isExplicit else { return LayoutLevel.Builder.level(parts.entries) }
    var slots: [LayoutLevel.Builder.Slot] = []
    var placed: Set<Int> = []
    for at in 0...parts.entries.count {
      for reference in parts.references where reference.at == at {
        guard
          let index = parts.entries.firstIndex(where: {
            $0.name == reference.name && $0.kind.isReference
          }), placed.insert(index).inserted
        else {
          problem(reference.line, "`ref \(reference.name)` has no field it is the reference of")
          continue
        }
        slots.append(.reference(index))
      }
      if at < parts.entries.count, !parts.entries[at].kind.isReference { slots.append(.field(at)) }
    }
    for (index, entry) in parts.entries.enumerated()
    where entry.kind.isReference && !placed.contains(index) {
      problem(0, "`\(entry.name)` has no `ref` line, which the file's others make needed")
      return nil
    }
    return LayoutLevel.Builder.level(parts.entries, slots: slots)
  }

  /// Reads the lines of one depth; objects go into the level around them.
  private mutating func collect(into parts: inout Parts, prefix: String, depth: Int) -> Bool {
    while at < lines.count, lines[at].depth >= depth {
      let line = lines[at]
      at += 1
      guard line.depth == depth else {
        problem(line.number, "deeper by more than the line before allows")
        continue
      }
      let name = prefix + line.name
      switch line.type {
      case "ref", "offset":
        parts.references.append((name, line.number, parts.entries.count))
      case "object":
        guard depth < Self.maximumDepth else {
          problem(line.number, "more than 8 levels")
          return false
        }
        guard collect(into: &parts, prefix: name + ".", depth: depth + 1) else { return false }
      default:
        guard let kind = kind(line, depth: depth) else { return false }
        parts.entries.append(
          .init(name: name, kind: kind, isInterleaved: line.isInterleaved))
      }
    }
    return true
  }

  private mutating func kind(_ line: Line, depth: Int) -> LayoutField.Kind? {
    guard line.type == "array" else {
      guard let kind = LayoutField.Kind(definitionWord: line.type) else {
        problem(line.number, "`\(line.type)` is no type")
        return nil
      }
      return kind
    }
    guard depth < Self.maximumDepth else {
      problem(line.number, "more than 8 levels")
      return nil
    }
    guard let element = line.element else {
      return level(depth: depth + 1).map(LayoutField.Kind.array)
    }
    guard let kind = LayoutField.Kind(definitionWord: element) else {
      problem(line.number, "`\(element)` is no type of elements")
      return nil
    }
    return .array(LayoutLevel.Builder.level([.init(name: "", kind: kind)]))
  }
}

extension LayoutField.Kind {
  init?(definitionWord word: Substring) {
    switch word {
    case "bool": self = .bool
    case "byte": self = .u8
    case "int16": self = .i16
    case "uint16": self = .u16
    case "int32": self = .i32
    case "uint32": self = .u32
    case "int64": self = .i64
    case "uint64": self = .u64
    case "float": self = .f32
    case "double": self = .f64
    case "vec3": self = .vec3
    case "vec3fa": self = .angles
    case "angle": self = .angle
    case "skillid": self = .skill
    case "skillid32": self = .narrowSkill
    case "customize": self = .appearance
    case "string": self = .string
    case "bytes": self = .bytes
    default: return nil
    }
  }
}

/// The parts of a definition's file name.
public struct DefinitionFileName: Equatable, Sendable {
  public var packet: String
  /// Higher is newer.
  public var version: Int
  /// `ps4` and the like; nil for all platforms.
  public var platform: String?

  /// `NAME.VERSION[.PLATFORM].def`; nil for other names.
  public init?(_ file: String) {
    var parts = file.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.popLast() == "def", (2...3).contains(parts.count), let version = Int(parts[1]),
      version >= 0, !parts[0].isEmpty
    else { return nil }
    packet = String(parts[0])
    self.version = version
    platform = parts.count == 3 ? String(parts[2]) : nil
  }
}
