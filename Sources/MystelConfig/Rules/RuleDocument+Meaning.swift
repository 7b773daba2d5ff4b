import MystelCore

/// What the keys of a check mean together.
extension RuleDocument.Check {
  /// The check; a complaint where its keys mean nothing, or more than one thing.
  func check() -> Result<Rule.Check, Complaint> {
    let made = meaning()
    guard case .success(let check) = made else { return made }
    let meant = keys(of: check)
    guard let stray = given.first(where: { !meant.contains($0) }) else { return made }
    return .failure(
      Complaint("`\(stray)` means nothing beside `\(meant.first { given.contains($0) } ?? "")`"))
  }

  private func meaning() -> Result<Rule.Check, Complaint> {
    if let word = structure, let known = Rule.Structure(rawValue: word) {
      return packets.isEmpty
        ? .success(.structure(known))
        : .failure(Complaint("`structure` concerns every packet: leave `packets` out"))
    }
    if let word = state, let known = Rule.State(rawValue: word) {
      return packets.isEmpty
        ? .success(.state(known))
        : .failure(Complaint("`state` says itself which packets it concerns: leave `packets` out"))
    }
    guard !packets.isEmpty else {
      return .failure(Complaint("names no packets: write packets: [C_...]"))
    }
    if signature.isWritten { return signature.signature(packets: packets, after: after) }
    if !statuses.isEmpty { return .success(.privilege(packets: packets, statuses: statuses)) }
    if !after.isEmpty {
      return .success(.sequence(packets: packets, after: after, until: until, once: once))
    }
    if perSecond != nil || burst != nil { return rate() }
    if field == nil, shortest != nil || longest != nil {
      return lengths().map { .length(packets: packets, $0) }
    }
    guard let field else {
      return .failure(
        Complaint("says nothing of its packets: write field, rate, after or statuses"))
    }
    if let other { return relate(field, other) }
    guard relation == nil else {
      return .failure(Complaint("`relation` needs `other`, the second field"))
    }
    return condition().map { .field(packets: packets, field: field, $0) }
  }

  /// The keys that are there, in the order of the reference.
  private var given: [String] {
    let all: [(String, Bool)] = [
      ("structure", structure != nil), ("state", state != nil), ("packets", !packets.isEmpty),
      ("statuses", !statuses.isEmpty), ("after", !after.isEmpty),
      ("rate", perSecond != nil || burst != nil), ("other", other != nil),
      ("field", field != nil), ("at_least", atLeast != nil), ("at_most", atMost != nil),
      ("one_of", !oneOf.isEmpty), ("multiple_of", multipleOf != nil),
      ("magnitude", magnitude != nil), ("shortest", shortest != nil), ("longest", longest != nil),
      ("text", text != nil), ("relation", relation != nil), ("bound", bound != nil),
      ("until", !until.isEmpty), ("once", once), ("a signature's keys", signature.isWritten),
    ]
    return all.filter(\.1).map(\.0)
  }

  /// The keys that such a check is made of, the one that tells its kind first.
  private func keys(of check: Rule.Check) -> [String] {
    switch check {
    case .structure: ["structure"]
    case .signature: ["a signature's keys", "packets", "after"]
    case .state: ["state"]
    case .privilege: ["statuses", "packets"]
    case .sequence: ["after", "packets", "until", "once"]
    case .rate: ["rate", "packets"]
    case .length: ["shortest", "longest", "packets"]
    case .relation(_, _, .productAtMost, _): ["other", "packets", "field", "relation", "bound"]
    case .relation: ["other", "packets", "field", "relation"]
    case .field(_, _, let condition): condition.keys + ["packets", "field"]
    }
  }

  private func rate() -> Result<Rule.Check, Complaint> {
    guard let perSecond else { return .failure(Complaint("a rate needs `per_second`")) }
    let burst = burst ?? max(perSecond, 1)
    guard Rule.rates.contains(perSecond), Rule.bursts.contains(burst) else {
      return .failure(
        Complaint("a rate is 0.001 to 1000000 packets a second, a burst 1 to 1000000"))
    }
    return .success(.rate(packets: packets, perSecond: perSecond, burst: burst))
  }

  private func relate(_ field: String, _ other: String) -> Result<Rule.Check, Complaint> {
    let found: Rule.Relation
    switch relation {
    case "not_equal": found = .notEqual
    case "at_most": found = .atMost
    case "one_is_zero": found = .oneIsZero
    case "product_at_most":
      guard let bound else { return .failure(Complaint("a product needs `bound`")) }
      found = .productAtMost(bound)
    default: return .failure(Complaint("`other` needs `relation`"))
    }
    guard field != other else {
      return .failure(Complaint("`field` and `other` are the same field"))
    }
    return .success(.relation(packets: packets, left: field, found, right: other))
  }

  private func condition() -> Result<Rule.Condition, Complaint> {
    var found: [Rule.Condition] = []
    if atLeast != nil || atMost != nil {
      let range = (low: atLeast ?? .min, high: atMost ?? .max)
      guard range.low <= range.high else {
        return .failure(Complaint("`at_least` is more than `at_most`"))
      }
      found.append(.range(range.low...range.high))
    }
    if !oneOf.isEmpty { found.append(.oneOf(oneOf)) }
    if let multipleOf {
      guard multipleOf > 0 else { return .failure(Complaint("`multiple_of` must be more than 0")) }
      found.append(.multiple(of: multipleOf))
    }
    if let magnitude { found.append(.magnitude(magnitude)) }
    if shortest != nil || longest != nil {
      switch lengths() {
      case .success(let range): found.append(.count(range))
      case .failure(let complaint): return .failure(complaint)
      }
    }
    if let text, let form = Rule.TextForm(rawValue: text) { found.append(.text(form)) }
    guard let only = found.first, found.count == 1 else {
      return .failure(
        Complaint(
          found.isEmpty
            ? "says nothing of its field: write at_least, one_of, magnitude, longest, text ..."
            : "has more than one condition: write one check for each"))
    }
    return .success(only)
  }

  private func lengths() -> Result<ClosedRange<Int>, Complaint> {
    let (low, high) = (shortest ?? 0, longest ?? 65535)
    guard low <= high else { return .failure(Complaint("`shortest` is more than `longest`")) }
    return .success(low...high)
  }
}

extension Rule.Condition {
  fileprivate var keys: [String] {
    switch self {
    case .range: ["at_least", "at_most"]
    case .oneOf: ["one_of"]
    case .multiple: ["multiple_of"]
    case .magnitude: ["magnitude"]
    case .count: ["shortest", "longest"]
    case .text: ["text"]
    }
  }
}
