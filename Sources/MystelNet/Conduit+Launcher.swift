import MystelCore

/// What a session waits for where players are let in with the launcher alone.
extension Conduit {
  /// Whether the player's launcher has logged in; otherwise the session waits, or is over.
  func launcherAdmits() -> Bool {
    guard !hasGrant else { return true }
    switch worker.launcher.decide(session.client.address, session: session.id, worker: worker) {
    case .admitted:
      hasGrant = true
    case .noted:
      worker.tally.note(.noLauncherGrant)
      hasGrant = true
    case .waits: awaitsGrant = true
    case .refused: close(.noLauncherGrant)
    }
    return hasGrant
  }

  /// What the session waited for is known.
  func launcherAnswered(admits: Bool) {
    guard !isClosed, !hasGrant else { return }
    awaitsGrant = false
    guard admits else { return close(.noLauncherGrant) }
    hasGrant = true
    requestBackend()
  }
}
