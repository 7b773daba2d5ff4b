/// What the findings in one session add up to, with every rule that is looked at taken as in force.
package struct SessionTrial: Sendable, Equatable {
  package struct Count: Sendable, Equatable {
    package var findings = 0
    /// Packets with findings: one may have several.
    package var packets = 0
    /// When the first was, in milliseconds.
    package var first = 0.0
  }

  /// Points at the end, and at their highest.
  package private(set) var score = 0.0
  package private(set) var highest = 0.0
  /// When the score passed the threshold, in milliseconds; nil where it never did.
  package private(set) var flaggedAt: Double?
  /// The rules that were broken, by id.
  package private(set) var rules: [String: Count] = [:]
  /// Packets that were not forwarded as they came.
  package private(set) var actions = 0
  private var points = SessionScore()

  package init() {}

  /// Takes in what came of one packet.
  package mutating func add(
    _ findings: ArraySlice<Finding>, _ verdict: Verdict, by policy: InspectionPolicy,
    _ terms: SessionScore.Terms, at now: Instant
  ) {
    if verdict != .forward { actions += 1 }
    let milliseconds = Double(now.nanoseconds) / 1e6
    var broken: Set<UInt16> = []
    for finding in findings {
      let rule = policy.rules[Int(finding.rule)]
      var count = rules[rule.id] ?? Count(first: milliseconds)
      count.findings += 1
      if broken.insert(finding.rule).inserted { count.packets += 1 }
      rules[rule.id] = count
      // As in the gateway: other rules hold back packets, and end no session by adding up.
      if points.add(policy.points[Int(finding.rule)], at: now, terms), flaggedAt == nil {
        flaggedAt = milliseconds
      }
    }
    score = points.value(at: now, terms)
    highest = max(highest, score)
  }
}
