import MystelCore

/// A signature in words, for operators.
enum SignatureText {
  static func text(of signature: Signature) -> String {
    var text = signature.packets.joined(separator: ", ")
    if !signature.when.isEmpty {
      text += " where " + signature.when.map { self.text(of: $0) }.joined(separator: " and ")
    }
    if signature.measure != .match { text += ", " + self.text(of: signature.measure) }
    if signature.times > 1 {
      text +=
        "; \(signature.times) times\(signature.isConsecutive ? " in a row" : "") within \(signature.withinSeconds) s"
    }
    return text
  }

  private static func text(of match: Signature.Match) -> String {
    switch match {
    case .oneOf(let field, let values): "\(field) is one of \(list(values))"
    case .notOneOf(let field, let values): "\(field) is none of \(list(values))"
    case .zero(let field): "\(field) is zero"
    case .notZero(let field): "\(field) is not zero"
    case .emptyNumber(let field): "\(field) is the NaN of a program that had no number"
    case .groupNotOneOf(let field, let values): "the group of \(field) is none of \(list(values))"
    case .startsWith(let field, let texts):
      "\(field) starts with \(texts.map { "\"\($0)\"" }.joined(separator: " or "))"
    case .equal(let field, let other): "\(field) equals \(other)"
    case .classOneOf(let classes):
      "the class is "
        + CharacterClass.allCases.filter { classes.contains($0.rawValue) }.map { "\($0)" }
        .joined(separator: " or ")
    case .awayFromOrigin: "the player is away from the map's origin"
    case .channelNotJoined(let field): "\(field) is a private channel that was not joined"
    }
  }

  private static func text(of measure: Signature.Measure) -> String {
    switch measure {
    case .match: ""
    case .repeated(let from, let to, let copies):
      "a copy of the one \(from) to \(to) ms before\(copies > 1 ? ", \(copies) of them" : "")"
    case .together(let closer, let differs, let agrees):
      "closer together than \(closer) ms each"
        + (differs.map { ", with another \($0)" } ?? agrees.map { ", with the same \($0)" } ?? "")
    case .steady(let from, let to, let spread, let count):
      "\(count) at one interval of \(from) to \(to) ms, give or take \(spread * 100) %"
    case .sooner(let than, let after, let roundTrip, let key):
      "sooner than \(than) ms\(roundTrip ? " and the round trip" : "") after "
        + "\(after.joined(separator: ", "))\(key.map { " with the same \($0)" } ?? "")"
    case .between(let from, let to, let after):
      "\(from) to \(to) ms after \(after.joined(separator: ", "))"
    case .later(let than, let after):
      "later than \(than) ms after \(after.joined(separator: ", ")), or without it"
    case .absent(let packets, let after, let seconds):
      "\(seconds) s after \(after) without any of \(packets.joined(separator: ", "))"
    case .unannounced(let field, let kinds):
      "\(field) names no \(list(kinds)) that the server announced"
    case .soonerThanSeen(let field, let kinds, let than):
      "the first about the \(list(kinds)) in \(field), less than \(than) ms and the round trip "
        + "after it appeared"
    case .perEntity(let field, let kinds, let atMost):
      "more than \(atMost) about one \(list(kinds)) in \(field)"
    case .motion(let motion): "motion: \(motion.rawValue)"
    case .stamps(let stamps): "integrity headers: \(stamps.rawValue)"
    }
  }

  private static func list(_ values: [Int64]) -> String {
    values.map { String($0) }.joined(separator: ", ")
  }

  private static func list(_ kinds: EntityKinds) -> String {
    EntityKinds.names.filter { kinds.contains($0.kind) }.map(\.name).joined(separator: " or ")
  }
}
