import MystelCore
import MystelWire

/// Reads a session with every rule in force, past the moment at which it would have been closed, and
/// adds up what is found.
package struct SessionScorer: ~Copyable {
  /// What came of one session.
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
      /// Packets with findings: one may have several.
      package var packets = 0
      package var first = 0.0
    }
  }

  /// What came of the packets so far.
  package private(set) var result = Result()
  private var inspector: GameInspector
  private var outlet = PacketOutlet()
  private var score = SessionScore()
  private let policy: InspectionPolicy
  private let terms: SessionScore.Terms

  package init(_ policy: InspectionPolicy, build: UInt32, terms: SessionScore.Terms) {
    self.policy = policy
    self.terms = terms
    inspector = GameInspector(
      policy: policy, builds: [build], unknownBuild: .refuse, now: Instant(nanoseconds: 0))
  }

  /// The account that the server named.
  package var account: UInt64? { inspector.account }

  package mutating func run(_ transcript: Transcript) -> Result {
    for frame in transcript.frames {
      read(frame.bytes, from: frame.from, milliseconds: frame.milliseconds)
    }
    return result
  }

  /// Reads the next packet; times are of the session, a week at most.
  package mutating func read(_ bytes: [UInt8], from side: Side, milliseconds: Double) {
    let now = Instant(milliseconds: milliseconds)
    inspector.now = now
    guard let view = PacketView(bytes.span.bytes) else { return }
    let verdict = inspector.inspect(
      view.bytes, opcode: view.opcode, direction: side.outgoing, outlet: &outlet)
    if verdict != .forward { result.actions += 1 }
    var broken: Set<String> = []
    for finding in outlet.findings.findings {
      let rule = policy.rules[Int(finding.rule)]
      var count = result.rules[rule.id] ?? .init(first: milliseconds)
      count.findings += 1
      if broken.insert(rule.id).inserted { count.packets += 1 }
      result.rules[rule.id] = count
      // As in the gateway: other rules hold back packets, and end no session by adding up.
      let points = rule.detects.isEmpty ? 0 : rule.weight
      if score.add(points, at: now, terms), result.flaggedAt == nil {
        result.flaggedAt = milliseconds
      }
    }
    result.score = score.value(at: now, terms)
    result.highest = max(result.highest, result.score)
    outlet.findings.removeAll()
    outlet.replacement.removeAll()
  }
}

extension Instant {
  /// A time of a recorded session; anything outside a week is put to its nearest end.
  package init(milliseconds: Double) {
    let inside = milliseconds.isNaN ? 0 : min(max(milliseconds, 0), Transcript.longestMilliseconds)
    self.init(nanoseconds: UInt64(inside * 1_000_000))
  }
}
