/// Chat text with the game's own tags, and no others.
///
/// Let through are a closing or bare `FONT`, `FONT` with a colour of one to six hex digits (in front
/// of it the chat face and size, behind it a kerning, as the client writes them), `ChatLinkAction`
/// for items and map points, and its end. Letters of either case. A `<` that begins no such tag and a
/// `>` that ends none are taken out with what is between them.
/// Source: docs/protocol/tera.md#chat
enum MarkupText {
  /// The longest tag that is looked at, in units: a client's longest is a map point's.
  static let longestTag = 512

  static func accepts(_ text: UnsafeRawBufferPointer) -> Bool {
    var units = Utf16Units(text)
    while let unit = units.next() {
      if unit == less {
        guard let end = tagEnd(text, from: units.position),
          isAllowed(text, units.position, end)
        else { return false }
        units.seek(end + 2)
      } else if unit == greater {
        return false
      }
    }
    return true
  }

  /// Cannot make a new tag out of two halves: what is left never has a `<` or `>` outside a tag.
  static func clean(_ text: UnsafeRawBufferPointer, into output: inout ScratchBuffer) {
    var units = Utf16Units(text)
    while let unit = units.next() {
      if unit == less {
        guard let end = tagEnd(text, from: units.position) else { continue }
        if isAllowed(text, units.position, end) {
          let start = units.position - 2
          output.append(UnsafeRawBufferPointer(rebasing: text[start..<(end + 2)]))
        }
        units.seek(end + 2)
      } else if unit != greater {
        output.append(unit: unit)
      }
    }
  }

  private static let less: UInt16 = 0x3c
  private static let greater: UInt16 = 0x3e

  /// Where the `>` of a tag stands whose `<` lies before `start`; nil where another `<` comes first.
  private static func tagEnd(_ text: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var units = Utf16Units(text)
    units.seek(start)
    while let unit = units.next(), units.position - start <= 2 * longestTag {
      if unit == greater { return units.position - 2 }
      if unit == less { return nil }
    }
    return nil
  }

  private static func isAllowed(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
    var tag = TagReader(text, from: start, to: end)
    if tag.take("/") {
      return (tag.take("font") || tag.take("chatlinkaction")) && tag.isAtEnd
    }
    if tag.take("font") {
      if tag.isAtEnd { return true }
      guard tag.take(" ") else { return false }
      _ = tag.take("face=\"$chatfont\" size=\"18\" ")
      guard tag.take("color=\"#"), (1...6).contains(tag.takeHexDigits()), tag.take("\"") else {
        return false
      }
      _ = tag.take(" kerning=\"0\"")
      return tag.isAtEnd
    }
    guard tag.take("chatlinkaction param=\"") else { return false }
    return tag.takeLink() && tag.take("\"") && tag.isAtEnd
  }
}

/// Reads a tag from its front.
private struct TagReader {
  private var units: Utf16Units
  private let end: Int

  init(_ text: UnsafeRawBufferPointer, from start: Int, to end: Int) {
    units = Utf16Units(text)
    units.seek(start)
    self.end = end
  }

  var isAtEnd: Bool { units.position >= end }

  private func peek() -> UInt16? { isAtEnd ? nil : units.peek() }

  /// Takes ASCII letters of either case, or nothing at all. `word` is in lower case.
  mutating func take(_ word: StaticString) -> Bool {
    let start = units.position
    return word.withUTF8Buffer { wanted in
      for letter in wanted {
        guard let unit = peek(), Self.lower(unit) == UInt16(letter) else {
          units.seek(start)
          return false
        }
        units.seek(units.position + 2)
      }
      return true
    }
  }

  /// - Returns: how many were taken, 7 for more than 6.
  mutating func takeHexDigits() -> Int {
    take(upTo: 7) { unit in
      switch unit {
      case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
      default: false
      }
    }
  }

  /// `1#####item@dbid@name` for an item, `3#####a_b_c@zone@x,y,z` for a point on the map.
  mutating func takeLink() -> Bool {
    if take("1#####") {
      return takeDigits() && take("@") && takeDigits() && take("@")
        && take(upTo: MarkupText.longestTag) { $0 != 0x23 && $0 != 0x40 && $0 != 0x22 } > 0
    }
    guard take("3#####"), takeDigits(), take("_"), takeDigits(), take("_"), takeDigits(),
      take("@"), takeDigits(), take("@"), takeDecimal()
    else { return false }
    return take(",") && takeDecimal() && take(",") && takeDecimal()
  }

  private mutating func takeDigits() -> Bool {
    take(upTo: 20) { (0x30...0x39).contains($0) } > 0
  }

  private mutating func takeDecimal() -> Bool {
    _ = take("-")
    guard takeDigits() else { return false }
    return !take(".") || takeDigits()
  }

  private mutating func take(upTo limit: Int, where belongs: (UInt16) -> Bool) -> Int {
    var taken = 0
    while taken < limit, let unit = peek(), belongs(unit) {
      units.seek(units.position + 2)
      taken += 1
    }
    return taken
  }

  private static func lower(_ unit: UInt16) -> UInt16 {
    (0x41...0x5a).contains(unit) ? unit + 0x20 : unit
  }
}
