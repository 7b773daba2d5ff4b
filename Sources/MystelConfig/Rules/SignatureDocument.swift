import MystelCore

/// The keys of a check that looks for what a tool does, as they are written.
struct SignatureDocument: Sendable {
  var when: [String] = []
  var times: Int = 1
  var within: Double?
  var repeatedFrom: Double?
  var repeatedTo: Double?
  var copies = 1
  var isConsecutive = false
  var closerThan: Double?
  var differs: String?
  var agrees: String?
  var steadyFrom: Double?
  var steadyTo: Double?
  var steadySpread: Double?
  var steadyCount = 8
  var soonerThan: Double?
  var roundTrip = false
  var key: String?
  var betweenFrom: Double?
  var betweenTo: Double?
  var laterThan: Double?
  var absent: [String] = []
  var absentAfter: String?
  var absentSeconds: Double?
  var unannounced: String?
  var seen: String?
  var seenThan: Double?
  var perEntity: String?
  var perEntityAtMost: Int?
  var kinds: [String] = []
  var motion: String?
  var stamps: String?

  static let sections: [Table<RuleDocument.Check>.Section] = [
    .init(path: "repeated", reason: "Copies of the packet before, in milliseconds after it."),
    .init(path: "together", reason: "Packets closer together than hands are."),
    .init(path: "steady", reason: "Packets at one and the same interval, in milliseconds."),
    .init(path: "sooner", reason: "Sooner than this many milliseconds after one of `after`."),
    .init(path: "between", reason: "So many milliseconds after one of `after`."),
    .init(path: "later", reason: "Later than this many milliseconds after one of `after`."),
    .init(
      path: "absent", reason: "Packets that every genuine client sends, and which did not come."),
    .init(path: "unannounced", reason: "A thing that the server never announced."),
    .init(path: "too_soon", reason: "The first action on a thing right after it was announced."),
    .init(path: "per_entity", reason: "Packets about one and the same thing."),
  ]

  static let rows: [Row<RuleDocument.Check>] = [
    .list(
      "when", \.signature.when, of: .text, atMost: 16,
      "What must hold of the packet, a sentence each: `loc is zero`, `type in 8 77`."),
    .scalar("times", \.signature.times, .integer(1...1000), "Hits it takes."),
    .scalar(
      "consecutive", \.signature.isConsecutive, .flag,
      "Whether a packet that is found sound starts the count anew."),
    .scalar("within", \.signature.within, .optionalSeconds, "Seconds that the hits may lie apart."),
    .scalar("repeated.from", \.signature.repeatedFrom, .optionalMilliseconds, "The least."),
    .scalar("repeated.to", \.signature.repeatedTo, .optionalMilliseconds, "The most."),
    .scalar("repeated.copies", \.signature.copies, .integer(1...100), "Behind one another."),
    .scalar(
      "together.closer_than", \.signature.closerThan, .optionalMilliseconds, "Milliseconds each."),
    .scalar("together.differs", \.signature.differs, .optionalText, "A field that must differ."),
    .scalar("together.agrees", \.signature.agrees, .optionalText, "A field that must not."),
    .scalar("steady.from", \.signature.steadyFrom, .optionalMilliseconds, "The shortest interval."),
    .scalar("steady.to", \.signature.steadyTo, .optionalMilliseconds, "The longest interval."),
    .scalar(
      "steady.spread", \.signature.steadySpread, .optionalNumber,
      "How far from their mean, as a share of it."),
    .scalar("steady.count", \.signature.steadyCount, .integer(3...1000), "How many in a row."),
    .scalar("sooner.than", \.signature.soonerThan, .optionalMilliseconds, "Milliseconds."),
    .scalar("sooner.round_trip", \.signature.roundTrip, .flag, "The line's round trip on top."),
    .scalar("sooner.key", \.signature.key, .optionalText, "A field of both that must agree."),
    .scalar("between.from", \.signature.betweenFrom, .optionalMilliseconds, "The least."),
    .scalar("between.to", \.signature.betweenTo, .optionalMilliseconds, "The most."),
    .scalar("later.than", \.signature.laterThan, .optionalMilliseconds, "Milliseconds."),
    .list("absent.packets", \.signature.absent, of: .text, atMost: 64, "Any of these is enough."),
    .scalar("absent.after", \.signature.absentAfter, .optionalText, "What starts the clock."),
    .scalar("absent.seconds", \.signature.absentSeconds, .optionalSeconds, "How long to wait."),
    .scalar(
      "unannounced.field", \.signature.unannounced, .optionalText,
      "The field with its id; `targets.gameId` inside of arrays."),
    .scalar("too_soon.field", \.signature.seen, .optionalText, "The field with its id."),
    .scalar(
      "too_soon.than", \.signature.seenThan, .optionalMilliseconds,
      "Milliseconds, beside the round trip."
    ),
    .scalar("per_entity.field", \.signature.perEntity, .optionalText, "The field with its id."),
    .scalar("per_entity.at_most", \.signature.perEntityAtMost, .optionalCount, "How many."),
    .list(
      "kinds", \.signature.kinds, of: .word(EntityKinds.names.map(\.name)), atMost: 8,
      "The kinds of things that the field may name."),
    .scalar(
      "motion", \.signature.motion, .optionalWord(Signature.Motion.allCases.map(\.rawValue)),
      "A contradiction of place and time."),
    .scalar(
      "stamps", \.signature.stamps, .optionalWord(Signature.Stamps.allCases.map(\.rawValue)),
      "A contradiction of integrity headers."),
  ]
}

extension SignatureDocument {
  /// Whether any of the keys was written that make a check a signature.
  var isWritten: Bool {
    !when.isEmpty || repeatedTo != nil || closerThan != nil || steadyTo != nil || soonerThan != nil
      || betweenTo != nil || laterThan != nil || !absent.isEmpty || unannounced != nil
      || seen != nil || perEntity != nil || motion != nil || stamps != nil
  }

  /// What the keys mean together; a complaint where they mean nothing.
  func signature(packets: [String], after: [String]) -> Result<Rule.Check, Complaint> {
    var conditions: [Signature.Match] = []
    for sentence in when {
      switch SignatureSentence.match(sentence) {
      case .success(let match): conditions.append(match)
      case .failure(let complaint): return .failure(complaint)
      }
    }
    var found: [Signature.Measure] = []
    switch timing(after: after) {
    case .success(let measure): if let measure { found.append(measure) }
    case .failure(let complaint): return .failure(complaint)
    }
    switch subject() {
    case .success(let measure): if let measure { found.append(measure) }
    case .failure(let complaint): return .failure(complaint)
    }
    guard found.count < 2 else {
      return .failure(Complaint("holds packets against two things: write two checks"))
    }
    return .success(
      .signature(
        Signature(
          packets: packets, when: conditions, measure: found.first ?? .match, times: times,
          isConsecutive: isConsecutive, withinSeconds: within ?? 600)))
  }

  private func timing(after: [String]) -> Result<Signature.Measure?, Complaint> {
    var found: [Signature.Measure] = []
    if let repeatedTo {
      found.append(.repeated(from: repeatedFrom ?? 0, to: repeatedTo, copies: copies))
    }
    if let closerThan {
      found.append(.together(closerThan: closerThan, differs: differs, agrees: agrees))
    }
    if let steadyTo {
      found.append(
        .steady(
          from: steadyFrom ?? 0, to: steadyTo, spread: steadySpread ?? 0.05, count: steadyCount))
    }
    if soonerThan != nil || betweenTo != nil || laterThan != nil, after.isEmpty {
      return .failure(Complaint("says when and not after what: write after: [S_...]"))
    }
    if let soonerThan {
      found.append(.sooner(than: soonerThan, after: after, roundTrip: roundTrip, key: key))
    }
    if let betweenTo { found.append(.between(from: betweenFrom ?? 0, to: betweenTo, after: after)) }
    if let laterThan { found.append(.later(than: laterThan, after: after)) }
    if !absent.isEmpty {
      guard let absentAfter, let absentSeconds else {
        return .failure(Complaint("`absent` needs `packets`, `after` and `seconds`"))
      }
      found.append(.absent(absent, after: absentAfter, for: absentSeconds))
    }
    guard found.count < 2 else {
      return .failure(Complaint("holds packets against two times: write two checks"))
    }
    return .success(found.first)
  }

  private func subject() -> Result<Signature.Measure?, Complaint> {
    if let motion { return .success(Signature.Motion(rawValue: motion).map { .motion($0) }) }
    if let stamps { return .success(Signature.Stamps(rawValue: stamps).map { .stamps($0) }) }
    let known = EntityKinds.names.filter { self.kinds.contains($0.name) }
    let kinds = known.reduce(into: EntityKinds()) { $0.formUnion($1.kind) }
    guard unannounced != nil || seen != nil || perEntity != nil else { return .success(nil) }
    guard !kinds.isEmpty else {
      return .failure(Complaint("does not say what the field names: write kinds: [npc]"))
    }
    if let unannounced { return .success(.unannounced(field: unannounced, kinds)) }
    if let seen {
      guard let seenThan else { return .failure(Complaint("`too_soon` needs `than`")) }
      return .success(.soonerThanSeen(field: seen, kinds, than: seenThan))
    }
    guard let perEntity, let perEntityAtMost else {
      return .failure(Complaint("`per_entity` needs `at_most`"))
    }
    return .success(.perEntity(field: perEntity, kinds, atMost: perEntityAtMost))
  }
}
