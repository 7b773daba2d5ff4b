import MystelWire

/// What has to be remembered of one session while it is learnt from: some KB.
package struct CalibrationSession: Sendable {
  /// The rules in force, and what they say of the session's build.
  package private(set) var policy: InspectionPolicy
  package private(set) var build: BuildPolicy
  package var player: CalibrationPlayer
  /// The file or number by which it can be found, and the client's address where that is known.
  package var source: String
  package var client: String
  /// What its packets broke.
  package var trial = SessionTrial()
  /// What they would have broken had no rule refused one before others saw it; nil where that was not
  /// tried.
  package var shadowTrial: SessionTrial?
  package private(set) var packets = PaceProfile()
  package private(set) var bytes = PaceProfile()
  /// Rules that were off for a while, by id: that they were not broken says nothing.
  private(set) var unwatched: Set<String> = []
  private var first: UInt64?
  private var latest: UInt64 = 0
  /// When each opcode was last seen.
  private var seen: [UInt16: UInt64] = [:]
  /// The last counter in an integrity header, by opcode, as clients count.
  /// Source: docs/protocol/tera.md#integrity
  private var counters: [UInt16: UInt32] = [:]

  package init(
    _ build: BuildPolicy, by policy: InspectionPolicy, player: CalibrationPlayer,
    source: String = "", client: String = ""
  ) {
    (self.build, self.policy) = (build, policy)
    (self.player, self.source, self.client) = (player, source, client)
  }

  /// Goes on under the rules that hold now.
  mutating func adopt(_ build: BuildPolicy, by policy: InspectionPolicy) {
    (self.build, self.policy) = (build, policy)
    passOverRulesThatAreOff()
  }

  /// Does not count rules that are off as tried.
  mutating func passOverRulesThatAreOff() {
    for (rule, mode) in zip(policy.rules, policy.modes) where mode == .off {
      unwatched.insert(rule.id)
    }
  }

  /// The opcodes that the client has sent; no more than `Calibration.mostKinds`.
  package var opcodes: some Collection<UInt16> { seen.keys }

  /// From the first packet to the last.
  package var seconds: Double { Double(latest &- (first ?? latest)) / 1e9 }

  package var needs: SessionNeeds {
    SessionNeeds(packetsPerSecond: packets.perSecond, bytesPerSecond: bytes.perSecond)
  }

  mutating func add(_ byteCount: Int, cost: Int, at now: Instant) {
    latest = max(latest, now.nanoseconds)
    let began = first ?? latest
    first = began
    packets.add(UInt64(clamping: cost), after: latest &- began)
    bytes.add(UInt64(clamping: byteCount), after: latest &- began)
  }

  /// Nanoseconds since the last packet of the opcode; nil for the session's first.
  mutating func interval(_ opcode: UInt16, at now: Instant) -> UInt64? {
    guard let before = seen[opcode] else {
      if seen.count < Calibration.mostKinds { seen[opcode] = now.nanoseconds }
      return nil
    }
    seen[opcode] = max(before, now.nanoseconds)
    return now.nanoseconds > before ? now.nanoseconds &- before : 0
  }

  /// Whether the counter is one more than the opcode's last; nil for the session's first.
  mutating func isNext(_ count: UInt32, of opcode: UInt16) -> Bool? {
    let before = counters[opcode]
    if before != nil || counters.count < Calibration.mostKinds { counters[opcode] = count }
    return before.map { count == $0 &+ 1 }
  }
}
