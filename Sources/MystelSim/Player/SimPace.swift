/// How long a simulated player takes for what a person takes time for. Every wait varies by a
/// fifth, so that no two players keep step.
package struct SimPace: Sendable {
  /// In the lobby, before a character is chosen.
  package var lobby: Duration
  /// The loading screen.
  package var loading: Duration
  /// Between two C_PLAYER_LOCATIONs while running.
  package var step: Duration
  package var skill: Duration
  /// From seeing an item to the first try to pick it up.
  package var loot: Duration
  package var chat: Duration
  /// Between two C_CHECK_RTTs.
  package var probe: Duration

  package init(
    lobby: Duration, loading: Duration, step: Duration, skill: Duration, loot: Duration,
    chat: Duration, probe: Duration
  ) {
    self.lobby = lobby
    self.loading = loading
    self.step = step
    self.skill = skill
    self.loot = loot
    self.chat = chat
    self.probe = probe
  }

  /// As in the transcripts of real sessions.
  package static let natural = SimPace(
    lobby: .seconds(4), loading: .seconds(2), step: .milliseconds(220), skill: .milliseconds(1500),
    loot: .milliseconds(900), chat: .seconds(25), probe: .seconds(60))

  /// Impatient, for short demonstrations; still nothing that no person could do.
  package static let brisk = SimPace(
    lobby: .milliseconds(600), loading: .milliseconds(700), step: .milliseconds(200),
    skill: .milliseconds(1100), loot: .milliseconds(500), chat: .seconds(4), probe: .seconds(5))
}
