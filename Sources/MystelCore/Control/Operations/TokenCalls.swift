/// What a caller of the HTTP API may do. Each may do what those before it may.
package enum Role: String, Codable, Sendable, CaseIterable, Comparable {
  /// Sees everything but the configuration.
  case viewer
  /// Ends sessions, bans and lifts bans.
  case `operator`
  /// Reads the configuration anew, and hands out tokens.
  case admin

  package static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .viewer: 0
    case .operator: 1
    case .admin: 2
    }
  }
}

package struct TokenOrder: Sendable, Equatable, Codable {
  /// What records call it: a letter, then letters, digits, `.`, `_` or `-`.
  package var name: String
  package var role: Role
  /// Seconds from now; nil for no end.
  package var seconds: Int64?

  package init(name: String, role: Role, seconds: Int64? = nil) {
    self.name = name
    self.role = role
    self.seconds = seconds
  }
}

package struct TokenName: Sendable, Equatable, Codable {
  package var name: String
  package init(name: String) { self.name = name }
}

package struct TokenAnswer: Codable, Sendable, Equatable {
  package var name: String
  package var role: Role
  /// By the wall clock, as `2026-11-24 10:00:00` UTC.
  package var created: String
  /// Nil for no end.
  package var expires: String?
  package var isExpired: Bool
  /// The token itself: told once, when it is made, and kept nowhere.
  package var token: String?

  package init(
    name: String, role: Role, created: Int64, expires: Int64?, now: Int64, token: String? = nil
  ) {
    self.name = name
    self.role = role
    self.created = CalendarTime.text(created)
    self.expires = expires.map { CalendarTime.text($0) }
    isExpired = expires.map { $0 <= now } ?? false
    self.token = token
  }
}

package struct AuditQuery: Sendable, Equatable, Codable {
  package var limit: Int?
  package init(limit: Int? = nil) { self.limit = limit }
  package var most: Int { PageRequest.held(limit) }
}

/// Something that an operator did, or was refused.
package struct AuditAnswer: Codable, Sendable, Equatable {
  /// By the wall clock, as `2026-11-24 10:00:00` UTC.
  package var at: String
  /// `uid 0`, or `token NAME`.
  package var actor: String
  package var action: String
  package var subject: String
  package var outcome: String

  package init(at: Int64, actor: String, action: String, subject: String, outcome: String) {
    self.at = CalendarTime.text(at)
    self.actor = actor
    self.action = action
    self.subject = subject
    self.outcome = outcome
  }
}

/// Whether the record of what operators did is as it was written.
package struct AuditVerdict: Codable, Sendable, Equatable {
  /// Looked at: all of them, or those up to the first that is not as it was written.
  package var entries = 0
  /// Older ones that are no longer there, for want of room.
  package var gone: Int64 = 0
  /// Which that is, counted from the first ever; nil where all are.
  package var brokenAt: UInt64?
  /// The link of the latest one that is as it was written, 64 hex digits; nil where there is none.
  package var head: String?

  package init() {}
}
