import MystelWire
import Testing

@Suite("Layout files")
struct LayoutTextTests {
  @Test(
    "say where they are wrong, and the packet is left out",
    arguments: [
      ("field u8", 1, 1, "expected `packet NAME` at the start of a line"),
      ("  packet A", 1, 3, "expected `packet NAME` at the start of a line"),
      ("packet", 1, 1, "expected `packet NAME` at the start of a line"),
      ("packet A-B", 1, 8, "a name has letters, digits, _ and dots, 128 at most"),
      ("packet A\n  x\u{1b} u8", 2, 3, "a name has letters, digits, _ and dots"),
      ("packet A\n  x \u{1b}[2J\u{202e}", 2, 5, Self.noKind),
      (
        "packet A under world", 1, 10,
        "`under` is none of in, opaque, length, cost, idempotent, patch"
      ),
      ("packet A cost 0", 1, 15, "`0` is no cost from 1 to 1000"),
      ("packet A cost 1001", 1, 15, "`1001` is no cost from 1 to 1000"),
      ("packet A cost", 1, 10, "`cost` needs a value"),
      ("packet A in", 1, 10, "`in` needs a value"),
      ("packet A length 9..8", 1, 17, "`9..8` is no range like 8..64, 93.. or ..98"),
      ("packet A patch 93", 1, 16, "`93` is no range like 8..64, 93.. or ..98"),
      ("packet A length +1..+2", 1, 17, "`+1..+2` is no range like 8..64, 93.. or ..98"),
      ("packet A opaque\n  x u8", 2, 3, "`A` is opaque and cannot have fields"),
      ("packet A\n x u8", 2, 2, "expected 2 spaces in front, not 1"),
      ("packet A\n  x u8\n    y u8", 3, 5, "expected 2 spaces in front, not 4"),
      ("packet A\n\t\tx u8", 2, 0, "a tab in front; fields are indented by spaces"),
      ("packet A\n  x", 2, 3, "expected `NAME KIND`"),
      ("packet A\n  x u23", 2, 5, "`u23` is no kind; nearest is `u32`"),
      ("packet A\n  x strnig", 2, 5, "`strnig` is no kind; nearest is `string`"),
      ("packet A\n  x u8 ..5", 2, 8, "`..5` says nothing here: a u8 field may have patch A..B"),
      ("packet A\n  x string ..65536", 2, 12, "`..65536` is no limit like ..64"),
      ("packet A\n  x u8\n  x u16", 3, 3, "`x` stands here twice"),
      ("packet A\n  a array\n    - u8\n    y u8", 4, 5, "`-` must be the only field of its array"),
      ("packet A\n  a array\n    y u8\n    - u8", 4, 5, "`-` must be the only field of its array"),
      ("packet A\n  ref x\n  x u8", 2, 0, Self.noReference),
      ("packet A\n  ref x\n  ref x\n  x string", 3, 0, Self.noReference),
      ("packet A\n  ref x y", 2, 3, "expected `ref NAME`"),
      ("packet A\n  x u8\npacket A opaque", 3, 8, "A is declared on line 1 already"),
      ("packet A\n  x bytes interleaved", 2, 11, Self.notInterleaved),
    ])
  func wrong(_ text: String, line: Int, column: Int, message: String) {
    let read = LayoutText.parse(text, patch: 92)
    #expect(read.problems == [LayoutProblem(line: line, column: column, message: message)])
    #expect(read.declarations.count == (message.hasSuffix("already") ? 1 : 0))
  }

  @Test("of over 1 MiB, of over 8 levels or 2,048 fields a packet are refused")
  func limits() {
    let long = String(repeating: "#", count: 1 << 20) + "\n"
    #expect(LayoutText.parse(long, patch: 92).problems.map(\.line) == [0])
    #expect(Self.layout(Self.nested(levels: 8)) != nil)
    let deep = LayoutText.parse(Self.nested(levels: 9), patch: 92)
    #expect(deep.problems.map(\.message) == ["more than 8 levels"])
    #expect(Self.layout(Self.wide(2048))?.body.fixedEnd == 4 + 2048 * 8)
    let wide = LayoutText.parse(Self.wide(2049), patch: 92)
    #expect(wide.problems.map(\.message) == ["more than 2048 fields"])
  }

  @Test("with thousands of mistakes tell the first thousand")
  func manyProblems() {
    let read = LayoutText.parse(String(repeating: "x\n", count: 400_000), patch: 92)
    #expect(read.problems.count == 1000)
  }

  @Test("give every field its place: references first, then values, both in their order")
  func places() throws {
    let body = try #require(Self.layout(Self.everything)).body
    #expect(
      body.fields.map { "\($0.name) \($0.offset)" } == [
        "flag 16", "name 4", "small 17", "data 6", "list 10", "far 18", "owner.name 14",
      ])
    #expect(body.fixedEnd == 30)
    #expect(body.fields.map(\.limit) == [nil, 64, nil, 1024, 16, nil, nil])
    guard case .array(let level) = body.fields[4].kind else { throw Missing() }
    #expect(level.fields.map { "\($0.name) \($0.offset)" } == ["id 6", "text 4"])
    #expect(level.fixedEnd == 14)
    #expect(body.fields[4].isInterleaved)
  }

  @Test("put references where `ref` lines say")
  func explicitReferences() throws {
    let text = "packet A\n  ref b\n  x u32\n  ref a\n  a string\n  y u8\n  b bytes\n"
    let body = try #require(Self.layout(text)).body
    #expect(
      body.fields.map { "\($0.name) \($0.offset)" } == ["x 8", "a 12", "y 14", "b 4"])
    #expect(body.fixedEnd == 15)
  }

  @Test("have packets and fields that exist in some patches only")
  func patches() throws {
    let text = """
      packet A patch ..98
        id i32
      packet A patch 99..
        id u32
        amount u32
      packet B
        ref old
        x u8 patch 93..
        old string patch 93..
        x u16 patch ..92
      """
    let old = LayoutText.parse(text, patch: 92)
    let new = LayoutText.parse(text, patch: 100)
    #expect(old.problems == [] && new.problems == [])
    #expect(old.declarations.map { $0.layout?.body.fixedEnd } == [8, 6])
    #expect(new.declarations.map { $0.layout?.body.fixedEnd } == [12, 7])
    #expect(old.declarations.map(\.line) == [1, 6])
  }

  @Test("say when a packet may come, and how long it is")
  func headers() throws {
    let read = LayoutText.parse(
      "\u{feff}packet A in lobby,world opaque length 5..9012 # why\r\npacket B length ..64\r\n",
      patch: 92)
    #expect(read.problems == [])
    let first = try #require(read.declarations.first)
    #expect(first.phases == ["lobby", "world"] && first.layout == nil && first.lengths == 5...9012)
    #expect(read.declarations.last?.lengths == 0...64)
    #expect(read.declarations.last?.layout?.body == LayoutLevel(fields: [], fixedEnd: 4))
  }

  @Test(
    "are the same after writing and reading",
    arguments: [
      Self.everything, Self.nested(levels: 8), "packet A in any opaque length 4..9012\n",
      "packet A\n  ref b\n  x u32\n  ref a\n  a string\n  y u8\n  b bytes\n  c array\n    - vec3\n",
      "packet A\n  s array\n    ref b\n    a string\n    i u8\n    b array ..4 interleaved\n      - u8",
    ])
  func roundTrip(_ text: String) throws {
    let declaration = try #require(LayoutText.parse(text, patch: 92).declarations.first)
    let written = LayoutText.text(of: declaration)
    let read = LayoutText.parse(written, patch: 92)
    #expect(read.problems == [])
    #expect(read.declarations == [declaration])
  }
}

extension LayoutTextTests {
  private struct Missing: Error {}

  private static let noKind =
    #"`\u{1b}[2J\u{202e}` is no kind; kinds are bool, u8, i8, u16, i16, u32, i32, u64, i64, "#
    + "f32, f64, vec3, angles, angle, skill, narrowskill, appearance, string, bytes, array"
  private static let noReference =
    "`ref x` needs a string, bytes or array of its level, and only once"
  private static let notInterleaved =
    "`interleaved` says nothing here: a bytes field may have ..LIMIT, patch A..B"

  private static let everything = """
    packet A in world  # every kind of reference
      flag  bool
      name  string ..64

      small u8
      data  bytes ..1024   # behind
      list  array ..16 interleaved
        id u64
        text string
      far   vec3
      owner.name string
    """

  private static func nested(levels: Int) -> String {
    "packet A\n"
      + (1...levels).map { level in
        String(repeating: " ", count: level * 2) + (level == levels ? "x u8" : "a array")
      }.joined(separator: "\n")
  }

  private static func wide(_ count: Int) -> String {
    "packet A\n" + (0..<count).map { "  f\($0) u64\n" }.joined()
  }

  private static func layout(_ text: String) -> PacketLayout? {
    let read = LayoutText.parse(text, patch: 92)
    return read.problems.isEmpty ? read.declarations.first?.layout : nil
  }
}
