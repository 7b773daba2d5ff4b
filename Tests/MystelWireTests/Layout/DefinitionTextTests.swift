import MystelWire
import Testing

@Suite("Definition files")
struct DefinitionTextTests {
  @Test(
    "tell of a line that is no field, skip it, and read on",
    arguments: [
      "uint32 a-b", "uint32 a\u{1b}", "uint32 ä", "uint32", "one two three", "array <uint32> x",
      "array<a b> x", "- -", "foo<bar> baz< x",
      "uint32 " + String(repeating: "n", count: 129),
    ])
  func notAField(_ line: String) {
    let read = DefinitionText.parse("int32 a\n\(line)\nint16 b\n", name: "C_A")
    #expect(read.problems.map(\.line) == [2])
    #expect(read.problems.first?.message.hasPrefix("not a field") == true)
    #expect(Self.places(read) == ["a 4", "b 8"])
  }

  @Test(
    "give no layout where guessing would be needed",
    arguments: [
      ("unit32 a", 1, "`unit32` is no type of a value; nearest is `uint32`"),
      ("int32 a\narray<array<int32>> b", 2, "`array<int32>` is no type of a value"),
      ("int32[interleaved] a", 1, "only arrays have elements or take turns"),
      ("int32<int32> a", 1, "only arrays have elements or take turns"),
      (
        "ref a\nstring a\nstring b", 0,
        "`b` has no `ref` line, which it needs where another field has one"
      ),
      (
        "ref a\narray a\n- string b", 2,
        "`b` has no `ref` line, which it needs where another field has one"
      ),
    ])
  func noLayout(_ text: String, line: Int, message: String) {
    let read = DefinitionText.parse(text, name: "C_A")
    #expect(read.layout == nil)
    #expect(read.problems == [LayoutProblem(line: line, message: message)])
  }

  @Test("of over 1 MiB, 8 levels or 2,048 fields give no layout")
  func limits() {
    func messages(_ text: String) -> [String] {
      let read = DefinitionText.parse(text, name: "C_A")
      return read.layout == nil ? read.problems.map(\.message) : []
    }
    #expect(messages(String(repeating: "# ", count: 1 << 19) + "\n").count == 1)
    #expect(messages(Self.nested("array", 8)) == ["more than 8 levels"])
    #expect(messages(Self.nested("object", 8)) == ["more than 8 levels"])
    #expect(messages(Self.nested("array", 7)) == [])
    #expect(messages(Self.wide(2049)) == ["more than 2048 fields"])
    #expect(messages(Self.wide(2048)) == [])
    #expect(messages(String(repeating: "-", count: 100_000) + " int32 x").isEmpty)
  }

  @Test("skip lines that are too deep for the line before them")
  func tooDeep() {
    let read = DefinitionText.parse(
      "int32 a\n- int32 b\narray<int32> c\n- int32 d\narray e\n- - int32 f\n- int32 g\n",
      name: "C_A")
    #expect(read.problems.map(\.line) == [2, 4, 6])
    #expect(Self.places(read) == ["a 12", "c 4", "e 8"])
  }

  @Test("with a name twice keep both fields under two names")
  func twice() {
    let read = DefinitionText.parse(
      "int32 a\nint32 a_2\nint32 a\nint32 ref\n", name: "C_A")
    #expect(Self.places(read) == ["a 4", "a_2 8", "a_3 12", "ref_ 16"])
    #expect(read.problems.map(\.line) == [3, 4])
  }

  @Test("put references in front of each level, in the order of the fields")
  func implicitReferences() throws {
    let read = DefinitionText.parse(
      "\u{feff}# About\r\nbool a\r\nstring b\r\ncount c\r\nbytes c\r\narray d # list\r\n"
        + "- customize e\r\n-string f\r\n- array< vec3fa > g\r\n- - \r\n", name: "C_A")
    #expect(read.problems.map(\.line) == [10])
    #expect(Self.places(read) == ["a 14", "b 4", "c 6", "d 10"])
    let level = try #require(Self.level(read, 3))
    #expect(level.fields.map { "\($0.name) \($0.offset)" } == ["e 10", "f 4", "g 6"])
    #expect(level.fixedEnd == 18)
    #expect(level.fields.map(\.kind.word) == ["appearance", "string", "array"])
  }

  @Test("put references where `ref` or `offset` lines say, in the whole file")
  func explicitReferences() throws {
    let read = DefinitionText.parse(
      "int32 a\nref c\noffset b\nstring b\nint16 d\narray c\n- int32 e\n- ref f\n- string f\n",
      name: "C_A")
    #expect(read.problems == [])
    #expect(Self.places(read) == ["a 4", "b 12", "d 14", "c 8"])
    let level = try #require(Self.level(read, 3))
    #expect(level.fields.map { "\($0.name) \($0.offset)" } == ["e 4", "f 8"])
  }

  @Test("tell of a `ref` without a field, and go on without it")
  func referenceToNothing() {
    let read = DefinitionText.parse("ref a\nref b\nref a\nstring a\nint32 b\n", name: "C_A")
    #expect(read.problems.map(\.line) == [2, 3])
    #expect(Self.places(read) == ["a 4", "b 6"])
  }

  @Test("let the fields of objects belong to the level around them")
  func objects() {
    let hoisted = DefinitionText.parse(
      "int32 a\nobject o\n- int16 b\n- string c\n- object p\n- - bytes d\nint16 e\nobject o\n- bool f",
      name: "C_A")
    #expect(hoisted.problems == [])
    #expect(Self.places(hoisted) == ["a 10", "o.b 14", "o.c 4", "o.p.d 6", "e 16", "o.f 18"])
    let placed = DefinitionText.parse(
      "ref o.d\nobject o\n- int16 b\n- ref c\n- string c\n- string d\n", name: "C_A")
    #expect(placed.problems == [])
    #expect(Self.places(placed) == ["o.b 6", "o.c 8", "o.d 4"])
  }

  @Test("know their arrays of plain values and those that take turns")
  func arrays() throws {
    let read = DefinitionText.parse(
      "array[interleaved] a\n- int32 x\narray<vec3>[ interleaved ] b\narray<string> c\n",
      name: "C_A")
    #expect(read.problems == [])
    #expect(read.layout?.body.fields.map(\.isInterleaved) == [true, true, false])
    let vectors = try #require(Self.level(read, 1))
    #expect(vectors.fields.map(\.kind) == [.vec3] && vectors.fields.map(\.name) == [""])
    #expect(Self.level(read, 2)?.fixedEnd == 6)
  }

  @Test(
    "say for which patches they are",
    arguments: [
      ("# majorPatchVersion >= 74\nint32 a", 74...Int.max),
      ("\u{feff}# majorPatchVersion >= 74 ", 74...Int.max), ("#majorPatchVersion<99", 0...98),
      ("# majorPatchVersion >= 95 && majorPatchVersion < 101", 95...100),
      ("# majorPatchVersion > 92 && majorPatchVersion <= 93", 93...93),
      ("# majorPatchVersion == 100", 100...100), ("# majorPatchVersion 50 for all", 0...Int.max),
      ("# added in majorPatchVersion >= 50", 0...Int.max),
      ("int32 a # majorPatchVersion >= 93", 0...Int.max), ("", 0...Int.max),
    ])
  func patches(_ text: String, patches: ClosedRange<Int>) {
    let read = DefinitionText.parse(text, name: "C_A")
    #expect(read.patches == patches)
    #expect(read.problems == [])
  }

  @Test("that leave no patch say so")
  func noPatch() {
    let read = DefinitionText.parse(
      "# majorPatchVersion < 90\n# majorPatchVersion > 92", name: "C_A")
    #expect(read.problems.map(\.line) == [2])
  }

  @Test("are named after their packet, their version and perhaps a platform")
  func fileNames() {
    #expect(DefinitionFileName("C_A.3.def").map { [$0.packet, "\($0.version)"] } == ["C_A", "3"])
    #expect(DefinitionFileName("C_A.3.def")?.platform == nil)
    #expect(DefinitionFileName("C_A.12.ps4.def")?.platform == "ps4")
    let others = [
      "", ".def", "C_A.def", "C_A.x.def", "C_A.+3.def", "C_A.3.js", "C A.3.def", "C_A.3.a.b.def",
      "C_A.99999999999999999999.def", "../C_A.3.def", ".3.def",
    ]
    for other in others { #expect(DefinitionFileName(other) == nil, "\(other)") }
  }
}

extension DefinitionTextTests {
  private static func places(_ read: DefinitionText.Result) -> [String]? {
    read.layout?.body.fields.map { "\($0.name) \($0.offset)" }
  }

  private static func level(_ read: DefinitionText.Result, _ index: Int) -> LayoutLevel? {
    guard let fields = read.layout?.body.fields, fields.indices.contains(index),
      case .array(let level) = fields[index].kind
    else { return nil }
    return level
  }

  private static func nested(_ type: String, _ count: Int) -> String {
    (0...count).map { depth in
      String(repeating: "- ", count: depth) + (depth == count ? "int32 x" : "\(type) a")
    }.joined(separator: "\n")
  }

  private static func wide(_ count: Int) -> String {
    (0..<count).map { "int64 f\($0)\n" }.joined()
  }
}
