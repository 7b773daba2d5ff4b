import MystelWire

/// Part of a list.
package struct Page<Element: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
  package var items: [Element]
  /// How many there are in all, where that is known.
  package var total: Int?
  /// What to ask for the page after this one with; nil for the last.
  package var next: UInt64?

  package init(items: [Element], total: Int? = nil, next: UInt64? = nil) {
    self.items = items
    self.total = total
    self.next = next
  }
}

/// A number for each direction.
package struct DirectionCounts: Codable, Sendable, Equatable {
  package var toBackend: UInt64
  package var toClient: UInt64

  package init(_ counts: PerDirection<UInt64>) {
    toBackend = counts.toBackend
    toClient = counts.toClient
  }
}

package struct StatusAnswer: Codable, Sendable, Equatable {
  package struct Listener: Codable, Sendable, Equatable {
    package var name: String
    package var address: String
    package var backend: String
    /// Whether connections are refused, because the backend does not answer.
    package var isRefusing: Bool

    package init(name: String, address: String, backend: String, isRefusing: Bool) {
      self.name = name
      self.address = address
      self.backend = backend
      self.isRefusing = isRefusing
    }
  }

  package struct Backend: Codable, Sendable, Equatable {
    package var name: String
    package var address: String
    package var isDown: Bool
    package var halfOpen: Int

    package init(name: String, address: String, isDown: Bool, halfOpen: Int) {
      self.name = name
      self.address = address
      self.isDown = isDown
      self.halfOpen = halfOpen
    }
  }

  package var version: String
  package var phase = ServicePhase.serving
  /// What carries sessions: `ring` or `nio`.
  package var engine: String?
  /// How hard newcomers are held: `normal`, or what an attack has made of it.
  package var admission: String
  package var processID: Int
  package var upSeconds: Int64
  package var profile: String
  package var sessions: Int
  package var capacity: Int
  package var accepted: UInt64
  package var packets: DirectionCounts
  package var bytes: DirectionCounts
  package var rewritten: UInt64
  package var dropped: UInt64
  package var bans: Int?
  package var allowed: Int?
  /// Whether the bans are on the disk.
  package var isStored: Bool?
  /// Sessions declared genuine that are over, and the packets learnt from; nil where there are none.
  package var learntSessions: Int?
  package var learntPackets: Int?
  package var listeners: [Listener]
  package var backends: [Backend]
  /// By label of the reason.
  package var closes: [String: UInt64]
  package var drops: [String: UInt64]
  package var notes: [String: UInt64]

  package init(
    version: String, processID: Int, upSeconds: Int64, profile: String, capacity: Int,
    snapshot: Snapshot, listeners: [Listener], backends: [Backend]
  ) {
    self.version = version
    self.processID = processID
    self.upSeconds = upSeconds
    self.profile = profile
    self.capacity = capacity
    self.listeners = listeners
    self.backends = backends
    admission = snapshot.admission.label
    sessions = snapshot.sessions
    accepted = snapshot.accepted
    packets = DirectionCounts(snapshot.packets)
    bytes = DirectionCounts(snapshot.bytes)
    rewritten = snapshot.rewritten
    dropped = snapshot.dropped
    if snapshot.learntPackets > 0 {
      (learntSessions, learntPackets) = (snapshot.learntSessions, snapshot.learntPackets)
    }
    closes = StatusAnswer.labelled(snapshot.closes)
    drops = StatusAnswer.labelled(snapshot.drops)
    notes = StatusAnswer.labelled(snapshot.notes)
  }

  private static func labelled(_ counts: [Reason: UInt64]) -> [String: UInt64] {
    counts.reduce(into: [:]) { $0[$1.key.label] = $1.value }
  }
}

/// A live session.
package struct SessionAnswer: Codable, Sendable, Equatable {
  /// Something that its packets broke.
  package struct Found: Codable, Sendable, Equatable {
    package var rule: String
    package var title: String
    package var packet: String
    package var field: String
    package var isEnforced: Bool

    package init(rule: String, title: String, packet: String, field: String, isEnforced: Bool) {
      self.rule = rule
      self.title = title
      self.packet = packet
      self.field = field
      self.isEnforced = isEnforced
    }
  }

  package var id: UInt64
  /// The player's address and port.
  package var client: String
  /// The socket's, where a proxy in front told the client's.
  package var peer: String?
  /// Only after the server accepted the login.
  package var account: UInt64?
  package var listener: String
  package var backend: String
  package var build: UInt32?
  package var phase: String
  package var seconds: Int64
  package var idleSeconds: Int64
  package var packets: DirectionCounts
  package var bytes: DirectionCounts
  package var score: Int?
  /// The latest first; only where one session is shown.
  package var findings: [Found]?

  package init(
    id: UInt64, client: String, peer: String?, account: UInt64?, listener: String,
    backend: String, build: UInt32?, phase: String, seconds: Int64, idleSeconds: Int64,
    packets: DirectionCounts, bytes: DirectionCounts, score: Int? = nil
  ) {
    self.id = id
    self.client = client
    self.peer = peer
    self.account = account
    self.listener = listener
    self.backend = backend
    self.build = build
    self.phase = phase
    self.seconds = seconds
    self.idleSeconds = idleSeconds
    self.packets = packets
    self.bytes = bytes
    self.score = score
  }
}

package struct KickAnswer: Codable, Sendable, Equatable {
  /// The sessions that were ended.
  package var sessions: [UInt64]
  package init(sessions: [UInt64]) { self.sessions = sessions }
}

package struct BanAnswer: Codable, Sendable, Equatable {
  package var target: BanTarget
  /// `automatic`, `manual` or `list`.
  package var source: String
  /// `newcomers` or `everyone`.
  package var scope: String
  package var reason: String
  package var origin: String
  package var evidence: String?
  /// How often in a row.
  package var count: Int
  /// Seconds from now; nil for good.
  package var secondsLeft: Int64?
  /// By the wall clock, as `2026-11-24 10:00:00` UTC; nil for good.
  package var until: String?

  package init(_ ban: Ban, now: Int64, wallSeconds: Int64) {
    target = ban.target
    source = ban.source.rawValue
    scope = ban.scope.rawValue
    reason = ban.reason
    origin = ban.origin
    evidence = ban.evidence
    count = ban.count
    secondsLeft = ban.expires.map { max(0, $0 - now) }
    until = secondsLeft.map { CalendarTime.text(wallSeconds + $0) }
  }
}

package struct ImportAnswer: Codable, Sendable, Equatable {
  package var taken: Int
  package var lifted: Int
  package var warnings: [String]

  package init(taken: Int, lifted: Int, warnings: [String]) {
    self.taken = taken
    self.lifted = lifted
    self.warnings = warnings
  }
}

package struct ExportAnswer: Codable, Sendable, Equatable {
  package var text: String
  package var bans: Int
  /// Bans that the format has no place for.
  package var leftOut: Int

  package init(text: String, bans: Int, leftOut: Int) {
    self.text = text
    self.bans = bans
    self.leftOut = leftOut
  }
}

package struct AllowAnswer: Codable, Sendable, Equatable {
  package var target: BanTarget
  package var note: String

  package init(target: BanTarget, note: String = "") {
    self.target = target
    self.note = note
  }
}

/// Whether somebody may play.
package struct CheckAnswer: Codable, Sendable, Equatable {
  package var target: BanTarget
  package var isBanned: Bool
  /// The ban that meets the target.
  package var ban: BanAnswer?
  /// The entry of the allow-list that the target lies in.
  package var allowedBy: BanTarget?
  /// Why the target can never be banned.
  package var protection: String?
  package var country: String?
  package var system: UInt32?
  /// The reason for which `reputation.geoip` keeps it out, and whether that is in force.
  package var geoRefusal: String?
  package var geoIsEnforced: Bool?
  /// Live sessions of the target.
  package var sessions: Int

  package init(target: BanTarget, ban: BanAnswer?, sessions: Int) {
    self.target = target
    self.ban = ban
    self.sessions = sessions
    isBanned = ban != nil
  }
}

package struct RuleAnswer: Codable, Sendable, Equatable {
  package var id: String
  package var mode: String
  package var action: String
  package var title: String
  package var enforced: UInt64
  package var shadowed: UInt64
  /// In how many sessions it would have acted.
  package var shadowedSessions: Int

  package init(
    id: String, mode: String, action: String, title: String, enforced: UInt64, shadowed: UInt64,
    shadowedSessions: Int = 0
  ) {
    self.id = id
    self.mode = mode
    self.action = action
    self.title = title
    self.enforced = enforced
    self.shadowed = shadowed
    self.shadowedSessions = shadowedSessions
  }
}

package struct EvidenceAnswer: Codable, Sendable, Equatable {
  package var id: String
  /// Lines for people.
  package var text: String

  package init(id: String, text: String) {
    self.id = id
    self.text = text
  }
}

package struct ReloadAnswer: Codable, Sendable, Equatable {
  package var warnings: [String]
  package init(warnings: [String]) { self.warnings = warnings }
}
