import MystelCore

/// Everything that is measured of a gateway, at one moment.
package struct MonitoringSample: Sendable {
  package struct Reputation: Sendable {
    package var counts = ReputationBook.Counts()
    package var bans = 0
    package var allowed = 0
    package var scores = 0
    /// Nil where bans are meant to live in memory.
    package var isStored: Bool?
    package var storeFaults: UInt64 = 0
    package init() {}
  }

  package struct Reloads: Sendable, Equatable {
    package var accepted: UInt64 = 0
    package var rejected: UInt64 = 0
    /// Whether the configuration in force is what the file said when it was last read.
    package var lastWasAccepted = true
    /// When the configuration in force was read, in seconds of the wall clock.
    package var lastAccepted: Double
    /// Whether what operators changed is set aside, and the file alone in force.
    package var isSetAside = false
    package init(started: Double) { lastAccepted = started }
  }

  /// Log lines that were not written.
  package struct LogLosses: Sendable, Equatable {
    /// More of one message in a second than `log.lines_per_second`.
    package var suppressed: UInt64 = 0
    /// For which there was no room, or which the disk or the collector did not take.
    package var lost: UInt64 = 0
    package init(suppressed: UInt64 = 0, lost: UInt64 = 0) {
      self.suppressed = suppressed
      self.lost = lost
    }
  }

  package var version: String
  /// What carries sessions.
  package var engine = Configuration.Engine.nio
  package var log = LogLosses()
  /// When the process started, in seconds of the wall clock.
  package var started: Double
  package var capacity: Int
  package var isReady: Bool
  package var snapshot: Snapshot
  package var listeners: [StatusAnswer.Listener]
  package var backends: [StatusAnswer.Backend]
  package var rules: [RuleAnswer]
  package var reputation: Reputation?
  package var reloads: Reloads
  /// Of what is beside the gateway: launcher's grants, calls outward.
  package var outward: [MetricFamily] = []

  package init(
    version: String, started: Double, capacity: Int, isReady: Bool, snapshot: Snapshot,
    listeners: [StatusAnswer.Listener], backends: [StatusAnswer.Backend], rules: [RuleAnswer],
    reputation: Reputation?, reloads: Reloads
  ) {
    self.version = version
    self.started = started
    self.capacity = capacity
    self.isReady = isReady
    self.snapshot = snapshot
    self.listeners = listeners
    self.backends = backends
    self.rules = rules
    self.reputation = reputation
    self.reloads = reloads
  }
}

/// A gateway that can be watched.
package protocol MonitoredGateway: Sendable {
  /// Asks every worker; not for each request.
  func sample() async -> MonitoringSample
  /// Why players are not let in now, a phrase each; empty where they are. Cheap.
  func obstacles() -> [String]
}

/// The latest sample for everybody who asks: however often that is, workers are asked ten times a
/// second at most.
actor SampleCache {
  private static let life = Duration.milliseconds(100)

  private let gateway: any MonitoredGateway
  private var last: (sample: MonitoringSample, taken: ContinuousClock.Instant)?
  private var running: Task<MonitoringSample, Never>?

  init(_ gateway: any MonitoredGateway) { self.gateway = gateway }

  func sample() async -> MonitoringSample {
    if let last, last.taken + SampleCache.life > .now { return last.sample }
    if let running { return await running.value }
    let task = Task { [gateway] in await gateway.sample() }
    running = task
    let sample = await task.value
    last = (sample, .now)
    running = nil
    return sample
  }
}
