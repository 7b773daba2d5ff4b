/// When the gateway takes itself to be under attack, and what it does then, with defaults and their
/// reasons. Mirrors the `admission:` section. See docs/operating/limits.md#attack.
package struct AdmissionSettings: Sendable, Equatable {
  /// What brings a state about; any one signal does.
  package struct Threshold: Sendable, Equatable {
    /// Connections a second, refused ones included.
    package var connectionsPerSecond: Int
    /// Connections a second that end without the client having said anything, or in a way that no
    /// player's does.
    package var failuresPerSecond: Int
    /// How late an event loop gets to its work.
    package var loopLag: Duration
    /// For a client's keys, while the state lasts; a shorter `timeouts.keys` stays.
    package var keys: Duration
  }

  package var mode = Configuration.Mode.enforce
  /// Default: 200 connections a second are a good server's whole evening within a minute.
  package var elevated = Threshold(
    connectionsPerSecond: 200, failuresPerSecond: 50, loopLag: .milliseconds(100),
    keys: .seconds(5))
  package var underAttack = Threshold(
    connectionsPerSecond: 1000, failuresPerSecond: 200, loopLag: .milliseconds(500),
    keys: .seconds(3))
  /// How long every signal must be well below a state's thresholds for it to end.
  package var calm = Duration.seconds(30)
  /// Connections a second of addresses that never played here, all together, under attack.
  package var strangersPerSecond = 50

  package init() {}
}
