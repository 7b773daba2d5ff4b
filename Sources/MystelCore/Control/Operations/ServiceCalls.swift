/// Where a gateway is between its start and its end.
package enum ServicePhase: String, Codable, Sendable {
  case starting, serving
  /// No newcomer is let in; sessions go on. Can be taken back.
  case draining
  /// No newcomer is let in, and sessions have so much time.
  case stopping
}

package struct DrainOrder: Codable, Sendable, Equatable {
  /// Whether the gateway ends once nobody plays, or the time is over.
  package var stops: Bool?
  /// For the sessions, where it stops; nil for `timeouts.drain`.
  package var graceSeconds: Int64?

  package init(stops: Bool? = nil, graceSeconds: Int64? = nil) {
    self.stops = stops
    self.graceSeconds = graceSeconds
  }
}

package struct DrainAnswer: Codable, Sendable, Equatable {
  package var phase: ServicePhase
  /// That are open now.
  package var sessions: Int

  package init(phase: ServicePhase, sessions: Int) {
    self.phase = phase
    self.sessions = sessions
  }
}

/// What is asked for, and what holds.
package struct LogLevel: Codable, Sendable, Equatable {
  package var level: Configuration.Log.Level
  package init(level: Configuration.Log.Level) { self.level = level }
}
