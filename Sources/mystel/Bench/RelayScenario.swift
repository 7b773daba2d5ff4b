import ArgumentParser
import MystelSim

/// What goes through the relays.
enum RelayScenario: String, CaseIterable, ExpressibleByArgument {
  /// Requests and their answers.
  case pingpong
  /// A world that speaks unasked to everybody in it.
  case crowd
  /// What players who enter the world are sent, beside others who play.
  case burst

  /// What the relay's processor time is divided by.
  var unit: String {
    switch self {
    case .pingpong: "round trip"
    case .crowd: "packet"
    case .burst: "burst"
    }
  }

  /// - Parameters:
  ///   - sessions: nil for what is usual.
  ///   - rate: of each session a second; nil for what is usual.
  ///   - bursts: a second, all sessions together.
  func plan(
    sessions: Int?, traffic: LoadTraffic, rate: Double?, bursts: Double
  ) -> LoadGenerator.Plan {
    switch self {
    case .pingpong:
      LoadGenerator.Plan(sessions: sessions ?? 200, traffic: traffic, rate: rate ?? 0)
    case .crowd:
      LoadGenerator.Plan(
        sessions: sessions ?? 2000, traffic: traffic, rate: rate ?? 30, pushes: true)
    case .burst:
      LoadGenerator.Plan(
        sessions: sessions ?? 50, traffic: traffic, rate: rate ?? 10,
        burst: LoadBurst(rate: bursts))
    }
  }

  /// What Mystel may take of HAProxy's processor time and 99th percentile in this scenario, by engine.
  func limits(of relay: Relay) -> (processor: Double, p99: Double?)? {
    switch (self, relay) {
    case (.pingpong, .ring): (0.95, 1.0)
    case (.pingpong, .nio): (1.5, 1.5)
    case (.crowd, .ring): (0.9, nil)
    case (.burst, .ring): (1.1, 2.0)
    default: nil
    }
  }
}
