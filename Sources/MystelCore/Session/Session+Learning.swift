import MystelWire

extension Session {
  /// Begins or ends learning from the session, by what is declared genuine and who plays.
  ///
  /// To be called when either changes: for the address when the game starts, for the account when the
  /// server has named it.
  func reviewLearning() {
    let genuine = inspection.genuine
    guard !genuine.isEmpty || learner != nil else { return }
    let isGenuine = !isProbe && genuine.contains(client.address, account: account)
    guard isGenuine != (learner != nil) else { return }
    if isGenuine {
      tera?.inspector.learner = SessionLearner(id, client: client, tally: tally)
    } else {
      endLearning()
    }
  }

  /// What was learnt of the session itself so far; nil where nothing is.
  package var learning: CalibrationSession? { learner?.session(of: account) }

  /// Forgets what was learnt of the session so far, and goes on learning.
  package func forgetLearning() { learner?.forget() }

  /// Adds what was learnt of the session to the worker's: it is over, or no longer declared genuine.
  package func endLearning() {
    guard learner != nil else { return }
    if let learning { tally.calibration.finish(learning) }
    if isFrameOnly { tally.calibration.sessionsOfUnknownBuilds += 1 }
    tera?.inspector.learner = nil
  }

  private var learner: SessionLearner? { tera?.inspector.learner }
}
