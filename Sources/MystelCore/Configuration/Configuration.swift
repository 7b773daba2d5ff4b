import MystelWire

/// Everything an operator decides, already checked: what a valid configuration file means.
///
/// `MystelConfig` makes these values from YAML and the environment; nothing downstream re-checks.
package struct Configuration: Sendable, Equatable {
  /// Event loops; nil means one per core.
  package var workers: Int?
  package var engine = Engine.auto
  package var log = Log()
  package var limits = Limits()
  package var timeouts = Timeouts()
  package var admission = AdmissionSettings()
  package var inspection = Inspection()
  package var geoip = GeoIP()
  package var control = Control()
  package var management = Management()
  package var reputation = ReputationSettings()
  package var launcher = Launcher()
  package var teraAPI = TeraAPI()
  package var webhooks: [Webhook] = []
  package var listeners: [Listener]
  package var backends: [Backend]

  package init(
    workers: Int? = nil, log: Log = Log(), limits: Limits = Limits(),
    timeouts: Timeouts = Timeouts(), listeners: [Listener], backends: [Backend]
  ) {
    self.workers = workers
    self.log = log
    self.limits = limits
    self.timeouts = timeouts
    self.listeners = listeners
    self.backends = backends
  }

  /// What carries the bytes of sessions.
  package enum Engine: String, Sendable, CaseIterable {
    /// What is best here: `nio` for now.
    case auto
    /// Linux's io_uring.
    case ring
    /// SwiftNIO: epoll.
    case nio
  }

  /// Log output of `mystel run`, on standard error.
  package struct Log: Sendable, Equatable {
    package enum Level: String, Sendable, CaseIterable, Codable, Comparable {
      case trace, debug, info, notice, warning, error

      package static func < (left: Level, right: Level) -> Bool { left.place < right.place }

      /// Among all of them, the least important first.
      package var place: Int { Level.allCases.firstIndex(of: self) ?? 0 }
    }
    package enum Format: String, Sendable, CaseIterable { case human, json }
    package var level: Level
    package var format: Format
    /// The file that lines go to; nil for standard error.
    package var path: String?
    /// Lines of one message a second.
    package var linesPerSecond = 50
    package init(level: Level = .info, format: Format = .human) {
      self.level = level
      self.format = format
    }
  }

  /// How far an enforcing feature goes.
  package enum Mode: String, Sendable, CaseIterable {
    case off
    /// Counts what it would have done.
    case shadow
    case enforce
  }

  /// What packets are held to.
  package struct Inspection: Sendable, Equatable {
    package var profile = InspectionPolicy.Profile.balanced
    /// Which rules take part, by how sure they are.
    package var levels = InspectionPolicy.Levels()
    /// What a session's findings of signatures may add up to.
    package var score = SessionScore.Terms()
    /// Modes of single rules by id, ahead of the profile's.
    package var rules: [String: Mode] = [:]
    /// A directory of rule files, beside the embedded ones.
    package var rulesDirectory: String?
    /// A directory of imported packs, ahead of the embedded ones.
    package var packsDirectory: String?
    /// Whose sessions are learnt from while they play: see `GenuineTraffic`.
    package var genuine: [GenuineTraffic.Source] = []
    package init() {}
  }

  /// One address that players connect to.
  package struct Listener: Sendable, Equatable {
    package enum Game: String, Sendable, CaseIterable { case tera, none }
    /// Which client builds may speak on this listener.
    package enum Build: Sendable, Equatable {
      /// Any build that the backend lists.
      case auto
      case only(UInt32)
    }
    /// What becomes of clients whose build the listener or its backend does not list.
    package enum UnknownBuild: String, Sendable, CaseIterable {
      case refuse
      /// Passed on with nothing checked but framing.
      case frameOnly = "frame-only"
    }
    package var unknownBuild = UnknownBuild.refuse
    /// What happens to sessions whose client draws keys that no honest generator draws.
    package var weakKeys = Mode.shadow
    /// Whether the server's first key is given to clients in two halves.
    package var splitKeyProbe = false
    package var name: String
    package var bind: Address
    package var game: Game
    package var build: Build
    /// The name of a backend in the same configuration.
    package var backend: String
    package var proxyProtocol: ProxyProtocolAccept
    package var tunnel = TunnelAccept()

    package init(
      name: String, bind: Address, game: Game = .tera, build: Build = .auto, backend: String,
      proxyProtocol: ProxyProtocolAccept = ProxyProtocolAccept()
    ) {
      self.name = name
      self.bind = bind
      self.game = game
      self.build = build
      self.backend = backend
      self.proxyProtocol = proxyProtocol
    }
  }

  /// What a listener expects in front of a connection, and from whom.
  package struct ProxyProtocolAccept: Sendable, Equatable {
    /// Presence is never guessed: with anything but `off` the header is required.
    package enum Mode: String, Sendable, CaseIterable { case off, v1, v2, any }
    package var mode: Mode
    /// Peers allowed to connect when the mode is not `off`.
    package var trusted: [AddressPrefix]

    package init(mode: Mode = .off, trusted: [AddressPrefix] = []) {
      self.mode = mode
      self.trusted = trusted
    }
  }

  /// One game server.
  package struct Backend: Sendable, Equatable {
    package enum ProxyProtocolSend: String, Sendable, CaseIterable { case off, v1, v2 }
    /// Whose address the server sees as the connection's source.
    package enum SourceAddress: String, Sendable, CaseIterable {
      case proxy
      /// The player's own, by `IP_TRANSPARENT` (Linux, `CAP_NET_ADMIN`, same address family).
      case transparent
    }
    /// How the session keys are mixed. Source: docs/protocol/tera.md#key-schedule
    package enum KeySchedule: String, Sendable, CaseIterable {
      /// Major patch 45 and later.
      case current
      /// Major patch below 45.
      case legacy
    }
    package var name: String
    package var address: Address
    /// The client builds this server speaks; empty only for backends of `game: none` listeners.
    package var builds: [UInt32]
    package var proxyProtocol: ProxyProtocolSend
    package var sourceAddress: SourceAddress
    package var keySchedule: KeySchedule
    package var tunnel = TunnelConnect()

    package init(
      name: String, address: Address, builds: [UInt32] = [],
      proxyProtocol: ProxyProtocolSend = .off, sourceAddress: SourceAddress = .proxy,
      keySchedule: KeySchedule = .current
    ) {
      self.name = name
      self.address = address
      self.builds = builds
      self.proxyProtocol = proxyProtocol
      self.sourceAddress = sourceAddress
      self.keySchedule = keySchedule
    }
  }

  /// Where to bind or connect: an endpoint, or a name still to be resolved.
  package enum Address: Sendable, Hashable, CustomStringConvertible {
    case endpoint(Endpoint)
    case name(String, port: UInt16)

    package var port: UInt16 {
      switch self {
      case .endpoint(let endpoint): endpoint.port
      case .name(_, let port): port
      }
    }

    package var description: String {
      switch self {
      case .endpoint(let endpoint): endpoint.description
      case .name(let host, let port): "\(host):\(port)"
      }
    }
  }
}
