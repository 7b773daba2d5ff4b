import Foundation
import GRDB
import MystelCore
import MystelWire

/// The packets that a verdict rests on, kept for an operator who asks why.
package struct EvidenceRecord: Sendable, Equatable {
  package var id: String
  /// By the wall clock, in seconds since 1970.
  package var at: Int64
  package var session: UInt64
  package var address: String
  package var account: UInt64?
  package var rule: String
  package var json: String

  package init(
    id: String, at: Int64, session: UInt64, address: String, account: UInt64?, rule: String,
    json: String
  ) {
    self.id = id
    self.at = at
    self.session = session
    self.address = address
    self.account = account
    self.rule = rule
    self.json = json
  }
}

extension EvidenceRecord {
  /// As workers made it.
  package init(_ evidence: Evidence) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = (try? encoder.encode(evidence)).map { String(decoding: $0, as: UTF8.self) }
    self.init(
      id: evidence.id, at: evidence.seconds, session: evidence.session,
      address: evidence.client, account: evidence.account, rule: evidence.rule,
      json: json ?? "{}")
  }
}

extension EvidenceRecord {
  /// Nil where it is of another kind than this release's.
  var evidence: Evidence? { try? JSONDecoder().decode(Evidence.self, from: Data(json.utf8)) }
}

/// Something an operator did, or tried.
package struct AuditRecord: Sendable, Equatable {
  /// By the wall clock, in seconds since 1970.
  package var at: Int64
  package var actor: String
  package var action: String
  package var subject: String
  package var outcome: String

  package init(at: Int64, actor: String, action: String, subject: String, outcome: String) {
    self.at = at
    self.actor = actor
    self.action = action
    self.subject = subject
    self.outcome = outcome
  }
}

/// The checksum that every row carries: SQLite notices torn pages, not flipped bits in a value.
enum RowSeal {
  static func of(_ fields: [String?]) -> Int64 {
    var sum = CRC32C()
    for field in fields {
      // Unlike any text, so that fields cannot run into each other.
      sum.update(field == nil ? 0xfe : 0xff)
      for byte in (field ?? "").utf8 { sum.update(byte) }
    }
    return Int64(sum.value)
  }
}

/// Columns of rows that may have any shape: nil where there is none, or none of that type.
extension Row {
  func text(_ column: String) -> String? { value(column).flatMap { String.fromDatabaseValue($0) } }
  func integer(_ column: String) -> Int64? { value(column).flatMap { Int64.fromDatabaseValue($0) } }
  func real(_ column: String) -> Double? { value(column).flatMap { Double.fromDatabaseValue($0) } }

  private func value(_ column: String) -> DatabaseValue? {
    hasColumn(column) ? self[column] : nil
  }
}

extension Ban {
  /// The columns of its row, the seal last.
  var columns: [(name: String, value: (any DatabaseValueConvertible)?)] {
    let fields: [(String, String?)] = [
      ("target", "\(target)"), ("source", source.rawValue), ("scope", scope.rawValue),
      ("reason", reason), ("origin", origin), ("evidence", evidence), ("count", "\(count)"),
      ("created", "\(created)"), ("expires", expires.map { "\($0)" }), ("version", "\(version)"),
      ("lifted", isLifted ? "1" : "0"),
    ]
    let numbers: Set = ["count", "created", "expires", "version", "lifted"]
    return fields.map { name, text in
      (name, numbers.contains(name) ? text.flatMap { Int64($0) } : text)
    } + [("seal", RowSeal.of(fields.map(\.1)))]
  }

  /// Nil for a row that is not as it was written.
  init?(_ row: Row) {
    guard let target = row.text("target").flatMap({ BanTarget($0) }),
      let source = row.text("source").flatMap({ Source(rawValue: $0) }),
      let scope = row.text("scope").flatMap({ Scope(rawValue: $0) }),
      let count = row.integer("count"), count >= 0,
      let created = row.integer("created"),
      let version = row.integer("version"), version >= 0,
      let lifted = row.integer("lifted")
    else { return nil }
    self.init(
      target: target, source: source, scope: scope, reason: row.text("reason") ?? "",
      origin: row.text("origin") ?? "",
      evidence: row.text("evidence"), count: Int(count), created: created,
      expires: row.integer("expires"), version: UInt64(version),
      isLifted: lifted != 0)
    guard columns.last?.value as? Int64 == row.integer("seal") else { return nil }
  }
}

extension ScoreRecord {
  var signalText: String { signals.map { "\($0.who):\($0.name)" }.joined(separator: " ") }

  var seal: Int64 {
    RowSeal.of(["\(target)", "\(score)", "\(second)", "\(updated)", signalText])
  }

  init?(_ row: Row) {
    guard let target = row.text("target").flatMap({ BanTarget($0) }),
      let score = row.real("score"),
      let second = row.real("second"),
      let updated = row.integer("updated")
    else { return nil }
    let signals = (row.text("signals") ?? "").split(separator: " ")
      .compactMap { text -> Signal? in
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let who = UInt16(parts[0]) else { return nil }
        return Signal(name: String(parts[1]), who: who)
      }
    self.init(
      target: target, score: Float(score), second: Float(second), updated: updated,
      signals: signals)
    guard seal == row.integer("seal") else { return nil }
  }
}

extension EvidenceRecord {
  var seal: Int64 {
    RowSeal.of([id, "\(at)", "\(session)", address, account.map { "\($0)" }, rule, json])
  }

  init?(_ row: Row) {
    guard let id = row.text("id"), let at = row.integer("at"),
      let session = row.text("session").flatMap({ UInt64($0) })
    else { return nil }
    self.init(
      id: id, at: at, session: session, address: row.text("address") ?? "",
      account: row.text("account").flatMap { UInt64($0) }, rule: row.text("rule") ?? "",
      json: row.text("json") ?? "")
    guard seal == row.integer("seal") else { return nil }
  }
}

extension AuditRecord {
  var seal: Int64 { RowSeal.of(["\(at)", actor, action, subject, outcome]) }

  init?(_ row: Row) {
    self.init(
      at: row.integer("at") ?? 0, actor: row.text("actor") ?? "",
      action: row.text("action") ?? "", subject: row.text("subject") ?? "",
      outcome: row.text("outcome") ?? "")
    guard seal == row.integer("seal") else { return nil }
  }
}
