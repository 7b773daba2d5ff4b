import MystelCore
import MystelTesting
import Testing

@Suite struct TextScanTests {
  @Test("text without a NUL before its end has none, whatever lies behind")
  func unterminated() {
    let bytes = Units("abcdefgh").bytes + [0, 0]
    for end in 0..<bytes.count {
      let found = Self.length(bytes, from: 0, end: end)
      #expect(found.units == end / 2)
      #expect(!found.isTerminated)
    }
    #expect(Self.length(bytes, from: 0, end: bytes.count).isTerminated)
  }

  @Test("two zero bytes of different units are no NUL, nor is an odd byte at the end")
  func halves() {
    #expect(!Self.length([0x00, 0x61, 0x61, 0x00, 0x00, 0x61], from: 0, end: 6).isTerminated)
    #expect(!Self.length([0x61, 0x00, 0x00], from: 0, end: 3).isTerminated)
    #expect(!Self.length([0], from: 0, end: 1).isTerminated)
    #expect(Self.length([1, 0, 0, 1, 0, 0x80, 1, 0, 0, 0], from: 0, end: 10).units == 4)
  }

  @Test("the length is the one of a reader of single units, at every alignment")
  func reference() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<2_000 {
      let count = Int(random.next(below: 40))
      let bytes = (0..<count).map { _ in [0, 0, 0, 1, 0x80, 0xff][Int(random.next(below: 6))] }
        .map(UInt8.init)
      for start in 0...min(8, count) {
        let found = Self.length(bytes, from: start, end: count)
        let expected = Self.slowLength(bytes, from: start)
        #expect(found == expected, "\(bytes) from \(start)")
      }
    }
  }

  @Test(
    "text with broken halves of characters, controls and what is no character is not well formed",
    arguments: [
      [0xd800], [0xdc00], [0xdc00, 0xd800], [0xd83d, 0x61], [0x61, 0xd83d],
      [0xd83d, 0xd83d, 0xde00],
      [0x01], [0x1f], [0x7f], [0x80], [0x9f], [0xfeff], [0xfffe], [0xffff], [0xfdd0], [0xfdef],
    ] as [[UInt16]])
  func malformed(units: [UInt16]) {
    #expect(!Units(units).isWellFormed)
    #expect(!Units([0x61] + units + [0x62]).isWellFormed)
    #expect(Units([0x61] + units + [0x62]).wellFormed.isWellFormed)
  }

  @Test("text of any script, with line ends and characters of two halves, is left alone")
  func wellFormed() {
    for text in ["", "a", "A line\nand\tone\r\n", "äß 漢字 한글 עברית 😀🏳️‍🌈", "\u{fffd}\u{e000}"] {
      #expect(Units(text).isWellFormed, "\(text)")
      #expect(Units(text).wellFormed == Units(text))
    }
  }

  @Test("what is taken out is what a slow reader takes out, and nothing is left to take out")
  func repaired() {
    var random = SplitMix64(seed: 11)
    let parts: [[UInt16]] = [
      [0x61], [0xd83d], [0xde00], [0xd83d, 0xde00], [0x07], [0x0a], [0xfeff], [0x4e00], [0xdfff],
      [0xd800], [0xfdd5],
    ]
    for round in 0..<3_000 {
      let text = Units.random(parts, &random)
      let repaired = text.wellFormed
      #expect(repaired == Self.slowRepair(text), "round \(round): \(text)")
      #expect(repaired.isWellFormed)
      #expect(text.isWellFormed == (repaired == text))
    }
  }

  @Test("a prefix is never longer than asked for and never ends inside a pair")
  func prefix() {
    let text = Units("a😀b")
    let counts = (-1...6).map { limit in
      text.bytes.withUnsafeBytes { TextScan.prefix($0, units: limit).count / 2 }
    }
    #expect(counts == [0, 0, 1, 1, 3, 4, 4, 4])
  }

  private static func length(
    _ bytes: [UInt8], from start: Int, end: Int
  ) -> (units: Int, isTerminated: Bool) {
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return (0, false) }
      return TextScan.length(base, from: start, end: end)
    }
  }

  private static func slowLength(
    _ bytes: [UInt8], from start: Int
  ) -> (units: Int, isTerminated: Bool) {
    var units = 0
    for at in stride(from: start, to: bytes.count - 1, by: 2) {
      if bytes[at] == 0 && bytes[at + 1] == 0 { return (units, true) }
      units += 1
    }
    return (units, false)
  }

  /// Decodes, leaves out what failed to, and encodes again.
  private static func slowRepair(_ text: Units) -> Units {
    var decoder = UTF16()
    var source = text.units.makeIterator()
    var kept: [UInt16] = []
    while true {
      switch decoder.decode(&source) {
      case .emptyInput: return Units(kept)
      case .error: continue
      case .scalarValue(let scalar):
        let isBasic = scalar.value < 0x10000
        let isBad =
          (scalar.properties.generalCategory == .control && scalar != "\n") || scalar == "\u{feff}"
          || (isBasic && scalar.properties.isNoncharacterCodePoint)
        if !isBad { kept += Array(String(scalar).utf16) }
      }
    }
  }
}
