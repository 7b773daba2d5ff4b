import MystelCore
import MystelWire

/// Reads a whole transcript with every rule in force, past the moment at which the session would
/// have been closed, and adds up what is found.
package struct SessionScorer: ~Copyable {
  /// What came of one transcript.
  package struct Result: Sendable {
    /// Points at the end, and at their highest.
    package var score = 0.0
    package var highest = 0.0
    /// When the score passed the threshold; nil where it never did.
    package var flaggedAt: Double?
    /// The rules that were broken, how often, and when first.
    package var rules: [String: Count] = [:]
    /// Packets that were not forwarded as they came.
    package var actions = 0

    package struct Count: Sendable {
      package var findings = 0
      package var first = 0.0
    }
  }

  private var inspector: GameInspector
  private var outlet = PacketOutlet()
  private let policy: InspectionPolicy
  private let terms: SessionScore.Terms

  package init(_ policy: InspectionPolicy, build: UInt32, terms: SessionScore.Terms) {
    self.policy = policy
    self.terms = terms
    inspector = GameInspector(
      policy: policy, builds: [build], unknownBuild: .refuse, now: Instant(nanoseconds: 0))
  }

  package mutating func run(_ transcript: Transcript) -> Result {
    var result = Result()
    var score = SessionScore()
    for frame in transcript.frames {
      let now = Instant(nanoseconds: UInt64(frame.milliseconds * 1_000_000))
      inspector.now = now
      guard let view = PacketView(frame.bytes.span.bytes) else { continue }
      let verdict = inspector.inspect(
        view.bytes, opcode: view.opcode, direction: frame.from.outgoing, outlet: &outlet)
      if verdict != .forward { result.actions += 1 }
      for finding in outlet.findings.findings {
        let rule = policy.rules[Int(finding.rule)]
        var count = result.rules[rule.id] ?? .init(first: frame.milliseconds)
        count.findings += 1
        result.rules[rule.id] = count
        if score.add(rule.weight, at: now, terms), result.flaggedAt == nil {
          result.flaggedAt = frame.milliseconds
        }
      }
      result.score = score.value(at: now, terms)
      result.highest = max(result.highest, result.score)
      outlet.findings.removeAll()
      outlet.replacement.removeAll()
    }
    return result
  }
}
