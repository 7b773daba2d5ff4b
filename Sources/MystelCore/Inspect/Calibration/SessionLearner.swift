import MystelWire

/// Learns from one live session that an operator declares genuine. Confined to its worker's loop.
package final class SessionLearner {
  private let tally: Tally
  private let client: Endpoint
  private let number: UInt64
  /// Nil before the client has said its build.
  private var learnt: CalibrationSession?

  init(_ number: UInt64, client: Endpoint, tally: Tally) {
    (self.number, self.client, self.tally) = (number, client, tally)
  }

  /// Takes in a packet, what was found in it and what came of it.
  func take(
    _ packet: RawSpan, from side: Side, _ findings: ArraySlice<Finding>, _ verdict: Verdict,
    of build: BuildPolicy, by policy: InspectionPolicy, at now: Instant
  ) {
    var session: CalibrationSession
    if let learnt {
      session = learnt
      self.learnt = nil
      if session.build !== build { session.adopt(build, by: policy) }
    } else {
      session = begin(build, policy)
    }
    session.trial.add(findings, verdict, by: policy, policy.score, at: now)
    if side == .client {
      let bytes = packet.withUnsafeBytes { [UInt8]($0) }
      tally.calibration.add(bytes, of: &session, at: now)
    }
    learnt = session
  }

  private func begin(_ build: BuildPolicy, _ policy: InspectionPolicy) -> CalibrationSession {
    var session = CalibrationSession(
      build, by: policy, player: .session(number), source: "session \(number)",
      client: "\(client)")
    session.passOverRulesThatAreOff()
    return session
  }

  /// What was learnt of the session itself so far; nil before the client has said its build.
  func session(of account: UInt64?) -> CalibrationSession? {
    guard var session = learnt else { return nil }
    if let account { session.player = .account(account) }
    return session
  }

  /// Starts anew: what was learnt so far is forgotten.
  func forget() { learnt = nil }
}
