import MystelWire

/// What a finding rests on, for an operator to read: the rule, the packet without what is private,
/// and when.
package struct Evidence: Sendable, Equatable, Codable {
  /// What `mystel explain` takes: unique in the life of a store.
  package var id: String
  package var session: UInt64
  package var client: String
  /// The account that the server named, once it had accepted the login.
  package var account: UInt64?
  /// By the wall clock, since 1970.
  package var seconds: Int64
  /// The rule's id; the label of a reason where there is no packet.
  package var rule: String
  package var title: String
  package var why: String
  /// The kinds of tools that the rule tells.
  package var detects: [String]
  package var isEnforced: Bool
  package var weight: Int
  /// The session's score with this finding.
  package var score: Double
  package var build: UInt32
  package var packet: String
  package var byteCount: Int
  package var field: String
  package var offset: Int
  /// The fields, without tickets, passwords and what players wrote.
  package var fields: String
  /// The bytes at `offset` in hex; empty where they are private.
  package var bytes: String

  /// - Parameters:
  ///   - instance: names the process, so that ids of two runs differ.
  ///   - seconds: when, by the wall clock.
  package init(_ found: RuleTally.Recent, instance: UInt64, seconds: Int64) {
    let content = PacketContent(
      found.packet, build: found.build, leavingOut: .secretsAndTexts)
    id = found.evidenceID(instance: instance)
    session = found.session
    client = "\(found.client)"
    account = found.account
    self.seconds = seconds
    rule = found.rule.id
    title = found.rule.title
    why = found.rule.why
    detects = found.rule.detects
    isEnforced = found.finding.isEnforced
    weight = found.rule.weight
    score = found.score
    build = found.build.pack.build
    packet = content.name ?? "opcode \(found.finding.opcode)"
    byteCount = Int(found.finding.packetLength)
    field = found.build.fieldNames[Int(found.finding.field)]
    offset = Int(found.finding.offset)
    fields = content.decoding?.fields.description ?? ""
    // A text's bytes are the text.
    let isPrivate = content.isSecret || content.decoding == nil || content.holdsTexts
    let at = min(offset, found.packet.count)
    let shown = found.packet[at...].prefix(min(Int(found.finding.byteCount), 32))
    bytes = isPrivate ? "" : shown.map { Self.hex($0) }.joined()
  }

  private static func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.count < 2 ? "0" + digits : digits
  }
}

extension RuleTally.Recent {
  /// What `mystel explain` takes.
  package func evidenceID(instance: UInt64) -> String {
    "\(Evidence.run(instance))-\(String(session, radix: 36))-\(String(number, radix: 36))"
  }
}
