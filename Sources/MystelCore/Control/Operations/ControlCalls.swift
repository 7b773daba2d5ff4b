import MystelWire

/// Which sessions are meant: exactly one of the three.
package enum SessionSelector: Sendable, Equatable, Codable {
  case session(UInt64)
  /// All of an address, a network or an account.
  case target(BanTarget)

  package enum CodingKeys: CodingKey { case session, target }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let id = try container.decodeIfPresent(UInt64.self, forKey: .session) {
      self = .session(id)
    } else {
      self = .target(try container.decode(BanTarget.self, forKey: .target))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .session(let id): try container.encode(id, forKey: .session)
    case .target(let target): try container.encode(target, forKey: .target)
    }
  }
}

/// A stretch of a long list.
package struct PageRequest: Sendable, Equatable {
  /// The most elements of a page.
  package static let most = 1000
  package static let usual = 200

  /// How many entries are shown to a caller who asked for so many, or did not say.
  static func held(_ limit: Int?) -> Int { min(max(1, limit ?? usual), most) }
}

package struct SessionQuery: Sendable, Equatable, Codable {
  /// Only those of an address, a network or an account.
  package var target: BanTarget?
  /// Only those of a listener.
  package var listener: String?
  /// Only those with a higher number: the last page's `next`.
  package var after: UInt64?
  package var limit: Int?

  package init(
    target: BanTarget? = nil, listener: String? = nil, after: UInt64? = nil, limit: Int? = nil
  ) {
    self.target = target
    self.listener = listener
    self.after = after
    self.limit = limit
  }

  /// The limit, held to what a page may have.
  package var most: Int { PageRequest.held(limit) }
}

package struct BanQuery: Sendable, Equatable, Codable {
  /// How many to leave out at the start: the last page's `next`.
  package var after: UInt64?
  package var limit: Int?

  package init(after: UInt64? = nil, limit: Int? = nil) {
    self.after = after
    self.limit = limit
  }

  package var most: Int { PageRequest.held(limit) }
}

package struct BanOrder: Sendable, Equatable, Codable {
  package var target: BanTarget
  /// Seconds from now; nil for what `reputation` says manual bans last.
  package var seconds: Int64?
  /// Until it is lifted; takes precedence over `seconds`.
  package var isPermanent: Bool?
  package var reason: String?
  /// Whether a network wider than /8 (IPv4) or /16 (IPv6) is meant.
  package var allowsWide: Bool?

  package init(
    target: BanTarget, seconds: Int64? = nil, isPermanent: Bool? = nil, reason: String? = nil,
    allowsWide: Bool? = nil
  ) {
    self.target = target
    self.seconds = seconds
    self.isPermanent = isPermanent
    self.reason = reason
    self.allowsWide = allowsWide
  }
}

package struct TargetOrder: Sendable, Equatable, Codable {
  package var target: BanTarget
  package init(target: BanTarget) { self.target = target }
}

package struct AllowOrder: Sendable, Equatable, Codable {
  package var target: BanTarget
  package var note: String?

  package init(target: BanTarget, note: String? = nil) {
    self.target = target
    self.note = note
  }
}

package struct ImportOrder: Sendable, Equatable, Codable {
  /// `plain`, `crowdsec` or `fail2ban`.
  package var format: String
  /// What the list is called: the origin of its bans.
  package var list: String
  /// The list itself; nil for what was attached.
  package var text: String?
  /// For entries without an end; nil for what `reputation` says manual bans last.
  package var seconds: Int64?
  package var allowsWide: Bool?

  package init(
    format: String, list: String, text: String? = nil, seconds: Int64? = nil,
    allowsWide: Bool? = nil
  ) {
    self.format = format
    self.list = list
    self.text = text
    self.seconds = seconds
    self.allowsWide = allowsWide
  }
}

package struct ExportQuery: Sendable, Equatable, Codable {
  package var format: String
  package init(format: String) { self.format = format }
}

package struct CalibrationQuery: Sendable, Equatable, Codable {
  /// What it takes before anything is proposed.
  package var least: CalibrationReport.Least
  /// Whether learning starts anew behind the report.
  package var forgets: Bool?

  package init(least: CalibrationReport.Least, forgets: Bool? = nil) {
    self.least = least
    self.forgets = forgets
  }
}

package struct EvidenceQuery: Sendable, Equatable, Codable {
  package var id: String
  package init(id: String) { self.id = id }
}
