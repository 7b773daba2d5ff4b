import MystelCore
import MystelWire

/// Reads one sentence of a signature's `when`. Grammar: docs/operating/signatures.md#conditions
enum SignatureSentence {
  static func match(_ text: String) -> Result<Signature.Match, Complaint> {
    let words = words(text)
    if words == ["player", "is", "away", "from", "origin"] { return .success(.awayFromOrigin) }
    guard words.count >= 3 else {
      return .failure(Complaint("\(shown(text)) is no condition; write, say, `loc is zero`"))
    }
    if words[0] == "class" { return classes(words) }
    if words.prefix(2) == ["group", "of"], words.count >= 6, words[3...4] == ["not", "in"] {
      return numbers(words[5...]).map { .groupNotOneOf(field: words[2], $0) }
    }
    let field = words[0]
    switch (words[1], Array(words[2...])) {
    case ("is", ["zero"]): return .success(.zero(field: field))
    case ("is", ["not", "zero"]): return .success(.notZero(field: field))
    case ("is", ["nan"]): return .success(.emptyNumber(field: field))
    case ("is", ["not", "joined"]): return .success(.channelNotJoined(field: field))
    case ("is", let rest) where rest.first == "not":
      return numbers(rest.dropFirst()).map { .notOneOf(field: field, $0) }
    case ("is", let rest), ("in", let rest):
      return numbers(rest[...]).map { .oneOf(field: field, $0) }
    case ("not", let rest) where rest.first == "in":
      return numbers(rest.dropFirst()).map { .notOneOf(field: field, $0) }
    case ("equals", let rest) where rest.count == 1:
      return .success(.equal(field: field, other: rest[0]))
    case ("starts", let rest) where rest.first == "with" && rest.count > 1:
      return texts(field, Array(rest.dropFirst()))
    default:
      let verbs = ["is", "in", "not", "equals", "starts"]
      return .failure(
        Complaint(
          "\(shown(words[1])) is none of is, in, not in, equals, starts with",
          meant: nearest(to: words[1], among: verbs)))
    }
  }

  private static func classes(_ words: [String]) -> Result<Signature.Match, Complaint> {
    guard words[1] == "is" || words[1] == "in" else {
      return .failure(Complaint("write `class is archer` or `class in archer gunner`"))
    }
    var found: [UInt8] = []
    for word in words[2...] {
      guard let known = CharacterClass.allCases.first(where: { "\($0)" == word }) else {
        let names = CharacterClass.allCases.map { "\($0)" }
        return .failure(
          Complaint("\(shown(word)) is no class", meant: nearest(to: word, among: names)))
      }
      found.append(known.rawValue)
    }
    return .success(.classOneOf(found))
  }

  private static func numbers(_ words: ArraySlice<String>) -> Result<[Int64], Complaint> {
    var found: [Int64] = []
    for word in words {
      guard let number = Int64(word) else {
        return .failure(Complaint("\(shown(word)) is no whole number of 64 bits"))
      }
      found.append(number)
    }
    guard !found.isEmpty else { return .failure(Complaint("names no numbers")) }
    return .success(found)
  }

  private static func texts(_ field: String, _ texts: [String]) -> Result<
    Signature.Match, Complaint
  > {
    guard texts.allSatisfy({ (1...8).contains($0.utf8.count) && $0.utf8.allSatisfy { $0 < 128 } })
    else {
      return .failure(Complaint("compares the first one to eight letters, of ASCII"))
    }
    return .success(.startsWith(field: field, texts))
  }

  /// Words by blanks; what stands in double quotes is one.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in text {
      if character == "\"" {
        isQuoted.toggle()
      } else if !isQuoted, character == " " || character == "," {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }
}
