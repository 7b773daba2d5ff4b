import MystelWire

package struct RuleTestOrder: Codable, Sendable, Equatable {
  /// A file of cases, as in the folder of a rule; nil for what was attached.
  package var tests: String?
  /// The rule that is tried alone, in force; nil for all rules in their modes.
  package var rule: String?

  package init(tests: String? = nil, rule: String? = nil) {
    self.tests = tests
    self.rule = rule
  }
}

package struct RuleTestAnswer: Codable, Sendable, Equatable {
  package var cases: Int
  /// Cases, once for each build.
  package var tried: Int
  /// What went otherwise than expected, in words.
  package var failures: [String]

  package init(cases: Int, tried: Int, failures: [String]) {
    self.cases = cases
    self.tried = tried
    self.failures = failures
  }
}

package struct PackAnswer: Codable, Sendable, Equatable {
  package var build: UInt32
  package var label: String
  package var packets: Int
  /// Packets that are known by field.
  package var layouts: Int
  package var hash: String
  /// Whether it is of `inspection.packs_directory`.
  package var isImported: Bool

  package init(
    build: UInt32, label: String, packets: Int, layouts: Int, hash: String, isImported: Bool
  ) {
    self.build = build
    self.label = label
    self.packets = packets
    self.layouts = layouts
    self.hash = hash
    self.isImported = isImported
  }
}

package struct PacksAnswer: Codable, Sendable, Equatable {
  package var items: [PackAnswer]
  package var total: Int
  /// Of all together.
  package var hash: String

  package init(items: [PackAnswer], hash: String) {
    self.items = items
    total = items.count
    self.hash = hash
  }
}

package struct EvidenceListQuery: Codable, Sendable, Equatable {
  /// Only that of an address, a network or an account.
  package var target: BanTarget?
  package var session: UInt64?
  /// How many to leave out at the start: the last page's `next`.
  package var after: UInt64?
  package var limit: Int?

  package init(
    target: BanTarget? = nil, session: UInt64? = nil, after: UInt64? = nil, limit: Int? = nil
  ) {
    self.target = target
    self.session = session
    self.after = after
    self.limit = limit
  }

  package var page: BanQuery { BanQuery(after: after, limit: limit) }
}

/// Evidence in short; `mystel explain` tells all of it.
package struct EvidenceEntry: Codable, Sendable, Equatable {
  package var id: String
  /// By the wall clock, as `2026-11-24 10:00:00` UTC.
  package var at: String
  package var session: UInt64
  package var client: String
  package var account: UInt64?
  package var rule: String
  package var title: String
  package var packet: String
  package var field: String
  package var isEnforced: Bool
  /// The session's, with this.
  package var score: Double

  package init(_ evidence: Evidence) {
    id = evidence.id
    at = CalendarTime.text(evidence.seconds)
    session = evidence.session
    client = evidence.client
    account = evidence.account
    rule = evidence.rule
    title = evidence.title
    packet = evidence.packet
    field = evidence.field
    isEnforced = evidence.isEnforced
    score = evidence.score
  }
}
