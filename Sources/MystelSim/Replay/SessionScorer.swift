import MystelCore
import MystelWire

/// Reads a session with every rule in force, past the moment at which it would have been closed, and
/// adds up what is found.
package struct SessionScorer: ~Copyable {
  /// What came of the packets so far.
  package private(set) var result = SessionTrial()
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

  /// The account that the server named.
  package var account: UInt64? { inspector.account }

  package mutating func run(_ transcript: Transcript) -> SessionTrial {
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
    result.add(outlet.findings.findings[...], verdict, by: policy, terms, at: now)
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
