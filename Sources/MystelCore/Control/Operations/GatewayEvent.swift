/// Something that happened, for whoever watches: the dashboard, and programs that are told.
///
/// As JSON it is one object: `id`, `at`, `kind`, and the fields of its content.
package struct GatewayEvent: Sendable, Encodable {
  /// What happened, and to whom.
  package enum Content: Sendable {
    /// The server let a player in.
    case sessionOpened(Opened)
    case sessionEnded(Ended)
    /// A packet broke a rule.
    case finding(Found)
    case banAdded(BanAnswer)
    /// Lifted, or over.
    case banRemoved(target: BanTarget)
    case backend(name: String, address: String, isDown: Bool)
    /// How hard new connections are held.
    case attack(state: String, why: String)
    case configuration(ConfigurationChange)
    /// What an operator did, or was refused.
    case audit(AuditAnswer)
    case draining(Bool)
  }

  package struct Opened: Sendable, Encodable, Equatable {
    package var session: UInt64
    package var client: String
    package var account: UInt64?
    package var listener: String
    package var backend: String

    package init(
      session: UInt64, client: String, account: UInt64?, listener: String, backend: String
    ) {
      self.session = session
      self.client = client
      self.account = account
      self.listener = listener
      self.backend = backend
    }
  }

  package struct Ended: Sendable, Encodable, Equatable {
    package var session: UInt64
    package var client: String
    package var account: UInt64?
    /// The reason's label.
    package var reason: String
    package var seconds: Int64
    package var evidence: String?

    package init(
      session: UInt64, client: String, account: UInt64?, reason: String, seconds: Int64,
      evidence: String?
    ) {
      self.session = session
      self.client = client
      self.account = account
      self.reason = reason
      self.seconds = seconds
      self.evidence = evidence
    }
  }

  package struct Found: Sendable, Encodable, Equatable {
    package var session: UInt64
    package var client: String
    package var account: UInt64?
    /// What was broken.
    package var found: SessionAnswer.Found
    /// How often within a second.
    package var count: Int
    package var evidence: String?

    package init(
      session: UInt64, client: String, account: UInt64?, found: SessionAnswer.Found, count: Int,
      evidence: String?
    ) {
      self.session = session
      self.client = client
      self.account = account
      self.found = found
      self.count = count
      self.evidence = evidence
    }

    private enum Key: CodingKey { case session, client, account, count, evidence }

    package func encode(to encoder: any Encoder) throws {
      try found.encode(to: encoder)
      var fields = encoder.container(keyedBy: Key.self)
      try fields.encode(session, forKey: .session)
      try fields.encode(client, forKey: .client)
      try fields.encodeIfPresent(account, forKey: .account)
      try fields.encode(count, forKey: .count)
      try fields.encodeIfPresent(evidence, forKey: .evidence)
    }
  }

  package struct ConfigurationChange: Sendable, Codable, Equatable {
    /// The change in force; 0 for the file alone.
    package var number: Int
    package var by: String
    /// The keys that changed, where that is known.
    package var keys: [String]

    package init(number: Int, by: String, keys: [String]) {
      self.number = number
      self.by = by
      self.keys = keys
    }
  }

  /// The name of its kind, by which watchers choose.
  package enum Kind: String, Sendable, Codable, CaseIterable {
    case sessionOpened = "session_opened"
    case sessionEnded = "session_ended"
    case finding
    case banAdded = "ban_added"
    case banRemoved = "ban_removed"
    case backendDown = "backend_down"
    case backendUp = "backend_up"
    case attack, configuration, audit, draining

    /// Whether a crowd of players brings a crowd of them.
    package var isAboutPlayers: Bool {
      switch self {
      case .sessionOpened, .sessionEnded, .finding, .banAdded, .banRemoved: true
      case .backendDown, .backendUp, .attack, .configuration, .audit, .draining: false
      }
    }

    /// Who may see it: what operators did and changed is for those who may ask for that itself.
    package var role: Role {
      switch self {
      case .audit, .configuration: .admin
      default: .viewer
      }
    }
  }

  /// Counts the events of this process, from 1.
  package let id: UInt64
  /// By the wall clock, since 1970.
  package let seconds: Int64
  package let content: Content

  package init(id: UInt64, seconds: Int64, content: Content) {
    self.id = id
    self.seconds = seconds
    self.content = content
  }

  package var kind: Kind {
    switch content {
    case .sessionOpened: .sessionOpened
    case .sessionEnded: .sessionEnded
    case .finding: .finding
    case .banAdded: .banAdded
    case .banRemoved: .banRemoved
    case .backend(_, _, let isDown): isDown ? .backendDown : .backendUp
    case .attack: .attack
    case .configuration: .configuration
    case .audit: .audit
    case .draining: .draining
    }
  }

  // MARK: JSON

  private enum Key: String, CodingKey {
    case id, at, kind, ban, target, backend, address, state, why, isDraining
  }

  package func encode(to encoder: any Encoder) throws {
    switch content {
    case .sessionOpened(let opened): try opened.encode(to: encoder)
    case .sessionEnded(let ended): try ended.encode(to: encoder)
    case .finding(let found): try found.encode(to: encoder)
    case .configuration(let change): try change.encode(to: encoder)
    case .audit(let audit): try audit.encode(to: encoder)
    case .banAdded, .banRemoved, .backend, .attack, .draining: break
    }
    // After the content, whose `at` is the same moment.
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(id, forKey: .id)
    try fields.encode(CalendarTime.text(seconds), forKey: .at)
    try fields.encode(kind, forKey: .kind)
    switch content {
    case .banAdded(let ban): try fields.encode(ban, forKey: .ban)
    case .banRemoved(let target): try fields.encode(target, forKey: .target)
    case .backend(let name, let address, _):
      try fields.encode(name, forKey: .backend)
      try fields.encode(address, forKey: .address)
    case .attack(let state, let why):
      try fields.encode(state, forKey: .state)
      try fields.encode(why, forKey: .why)
    case .draining(let isDraining): try fields.encode(isDraining, forKey: .isDraining)
    case .sessionOpened, .sessionEnded, .finding, .configuration, .audit: break
    }
  }
}
