extension Rule.TextForm {
  /// Whether text, UTF-16 without its NUL, is of this form.
  package func accepts(_ text: UnsafeRawBufferPointer) -> Bool {
    switch self {
    case .markup: MarkupText.accepts(text)
    case .plain: Self.isPlain(text)
    case .name: NameText.accepts(text)
    }
  }

  /// Copies text without what does not belong; `accepts` holds for the result.
  package func clean(_ text: UnsafeRawBufferPointer, into output: inout ScratchBuffer) {
    switch self {
    case .markup: MarkupText.clean(text, into: &output)
    case .plain: Self.keep(text, into: &output) { !Self.isMarkup($0) }
    case .name: NameText.clean(text, into: &output)
    }
  }

  /// What begins or ends a tag or an entity.
  @inline(__always)
  static func isMarkup(_ unit: UInt16) -> Bool { unit == 0x3c || unit == 0x3e || unit == 0x26 }

  private static func isPlain(_ text: UnsafeRawBufferPointer) -> Bool {
    var units = Utf16Units(text)
    while let unit = units.next() {
      if isMarkup(unit) { return false }
    }
    return true
  }

  static func keep(
    _ text: UnsafeRawBufferPointer, into output: inout ScratchBuffer,
    where belongs: (UInt16) -> Bool
  ) {
    var units = Utf16Units(text)
    while let unit = units.next() {
      if belongs(unit) { output.append(unit: unit) }
    }
  }
}

/// Names of characters, guilds and the like.
///
/// Letters and digits of any script, and `' - . _` and single spaces inside. Nothing that draws
/// other text over itself, turns its direction or cannot be seen. Surrogate pairs are no names:
/// the game's fonts have no such letters. Latin, Greek and Cyrillic letters, many of which look
/// alike, do not stand in one name.
enum NameText {
  /// Alphabets that share shapes.
  private enum Alphabet { case latin, greek, cyrillic }

  static func accepts(_ text: UnsafeRawBufferPointer) -> Bool {
    var units = Utf16Units(text)
    var wasSpace = true
    var alphabet: Alphabet?
    while let unit = units.next() {
      guard belongs(unit), !(unit == 0x20 && wasSpace), fits(unit, &alphabet) else { return false }
      wasSpace = unit == 0x20
    }
    return text.count < 2 || !wasSpace
  }

  static func clean(_ text: UnsafeRawBufferPointer, into output: inout ScratchBuffer) {
    var units = Utf16Units(text)
    var isFirst = true
    var spaceIsDue = false
    var alphabet: Alphabet?
    while let unit = units.next() {
      guard belongs(unit), fits(unit, &alphabet) else { continue }
      if unit == 0x20 {
        spaceIsDue = !isFirst
        continue
      }
      if spaceIsDue { output.append(unit: 0x20) }
      output.append(unit: unit)
      spaceIsDue = false
      isFirst = false
    }
  }

  /// Whether a letter is of the alphabet that the name began in; digits and the like always are.
  private static func fits(_ unit: UInt16, _ alphabet: inout Alphabet?) -> Bool {
    let own: Alphabet
    switch unit {
    case 0x41...0x5a, 0x61...0x7a, 0xc0...0x24f, 0x1e00...0x1eff: own = .latin
    case 0x370...0x3ff, 0x1f00...0x1fff: own = .greek
    case 0x400...0x52f, 0x1c80...0x1c8f: own = .cyrillic
    default: return true
    }
    alphabet = alphabet ?? own
    return alphabet == own
  }

  private static func belongs(_ unit: UInt16) -> Bool {
    switch unit {
    // Inside the scripts below, but without a shape or of the wrong kind: fillers of Hangul, the
    // space of Ogham, unwritten vowels, Mongolian signs, marks that stack.
    case 0x115f...0x1160, 0x1680, 0x17b4...0x17b5, 0x1800...0x180f, 0x1ab0...0x1aff, 0x3164: false
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    case 0x20, 0x27, 0x2d, 0x2e, 0x5f: true
    // Latin letters with marks, but not the signs among them.
    case 0xc0...0xd6, 0xd8...0xf6, 0xf8...0x24f: true
    // Greek, Cyrillic, Armenian, Hebrew, Arabic, Indic, Thai and so on; no combining marks that
    // stack, no marks of direction.
    case 0x370...0x482, 0x48a...0x58f, 0x5d0...0x5ea, 0x620...0x64a, 0x660...0x669: true
    case 0x900...0x1cff, 0x1e00...0x1fff: true
    // Kana, Hangul and Han.
    case 0x3005...0x3007, 0x3041...0x3096, 0x30a1...0x30ff, 0x3131...0x318e: true
    case 0x3400...0x4dbf, 0x4e00...0x9fff, 0xac00...0xd7a3, 0xf900...0xfaff: true
    // Full-width letters and digits.
    case 0xff10...0xff19, 0xff21...0xff3a, 0xff41...0xff5a, 0xff66...0xff9d: true
    default: false
    }
  }
}
