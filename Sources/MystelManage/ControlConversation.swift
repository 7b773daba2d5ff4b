import Foundation
import MystelCore

/// One client of the control socket: JSON requests of a line each to operations, and their outcomes
/// to JSON answers of a line each.
///
///     {"v": 1, "op": "bans.add", "args": {"target": "203.0.113.7", "reason": "bots"}}
///     {"ok": true, "result": {"target": "203.0.113.7", ...}, "v": 1}
///     {"error": {"code": "refused", "message": "..."}, "ok": false, "v": 1}
///
/// See docs/operating/commands.md.
package actor ControlConversation {
  /// The most text that is attached to an operation: the largest list.
  static let attachedBytes = ListLimits().bytes

  private let operations: any ControlOperations
  private let caller: ControlCaller
  private var attached = ""

  package init(operations: any ControlOperations, caller: ControlCaller) {
    self.operations = operations
    self.caller = caller
  }

  /// Does what a request asks for. Whatever the bytes are, the answer is one line.
  package func answer(_ line: [UInt8]) async -> [UInt8] {
    do throws(ControlFault) {
      return try await perform(line)
    } catch {
      return ControlConversation.answer(of: error)
    }
  }

  /// The answer that says why an operation was not done.
  package static func answer(of fault: ControlFault) -> [UInt8] {
    (try? encoded(Answer<Nothing>(error: fault))) ?? Array("{\"ok\":false,\"v\":1}\n".utf8)
  }

  // MARK: Requests

  private func perform(_ line: [UInt8]) async throws(ControlFault) -> [UInt8] {
    let request = try RequestLine(line)
    let (operations, caller) = (operations, caller)
    if request.operation.isChange {
      try await operations.admit(request.operation.rawValue, by: caller)
    }
    switch request.operation {
    case .status:
      return try result(try await operations.status())
    case .listSessions:
      return try result(try await operations.sessions(try request.arguments(SessionQuery())))
    case .showSession:
      return try result(try await operations.session(try request.arguments()))
    case .kickSessions:
      return try result(try await operations.kick(try request.arguments(), by: caller))
    case .listBans:
      return try result(try await operations.bans(try request.arguments(BanQuery())))
    case .addBan:
      return try result(try await operations.addBan(try request.arguments(), by: caller))
    case .removeBan:
      return try result(try await operations.removeBan(try request.arguments(), by: caller))
    case .importBans:
      return try await importBans(request)
    case .exportBans:
      return try result(try await operations.exportBans(try request.arguments()))
    case .checkBan:
      return try result(try await operations.check(try request.arguments()))
    case .listAllowed:
      return try result(try await operations.allowList(try request.arguments(BanQuery())))
    case .addAllowed:
      return try result(try await operations.addAllow(try request.arguments(), by: caller))
    case .removeAllowed:
      return try result(try await operations.removeAllow(try request.arguments(), by: caller))
    case .listGrants:
      return try result(try await operations.launcherGrants(try request.arguments(BanQuery())))
    case .revokeGrants:
      return try result(
        try await operations.revokeLauncherGrants(try request.arguments(), by: caller))
    case .ruleCounts:
      return try result(try await operations.ruleCounts())
    case .calibration:
      let query: CalibrationQuery = try request.arguments()
      if query.forgets == true {
        try await operations.admit(request.operation.rawValue, by: caller)
      }
      return try result(try await operations.calibration(query, by: caller))
    case .testRules:
      return try await testRules(request)
    case .listPacks:
      return try result(try await operations.packs())
    case .listEvidence:
      return try result(try await operations.evidence(try request.arguments(EvidenceListQuery())))
    case .explain:
      return try result(try await operations.explain(try request.arguments()))
    case .reload:
      return try result(try await operations.reload(by: caller))
    case .configuration:
      return try result(try await operations.configuration())
    case .validateConfiguration:
      return try result(try await operations.validate(try request.arguments()))
    case .applyConfiguration:
      return try result(try await operations.apply(try request.arguments(), by: caller))
    case .listChanges:
      return try result(try await operations.changes(try request.arguments(BanQuery())))
    case .rollBack:
      return try result(try await operations.rollBack(try request.arguments(), by: caller))
    case .setRuleMode:
      return try result(try await operations.setRuleMode(try request.arguments(), by: caller))
    case .audit:
      return try result(try await operations.audit(try request.arguments(AuditQuery())))
    case .verifyAudit:
      return try result(try await operations.verifyAudit())
    case .listTokens:
      return try result(try await operations.tokens())
    case .addToken:
      return try result(try await operations.addToken(try request.arguments(), by: caller))
    case .revokeToken:
      return try result(try await operations.revokeToken(try request.arguments(), by: caller))
    case .listCaptures:
      return try result(try await operations.captures())
    case .startCapture:
      return try result(try await operations.startCapture(try request.arguments(), by: caller))
    case .stopCapture:
      return try result(try await operations.stopCapture(try request.arguments(), by: caller))
    case .removeCapture:
      return try result(try await operations.removeCapture(try request.arguments(), by: caller))
    case .transcript:
      return try result(try await operations.transcript(try request.arguments(), by: caller))
    case .drain:
      return try result(
        try await operations.drain(try request.arguments(DrainOrder()), by: caller))
    case .undrain:
      return try result(try await operations.undrain(by: caller))
    case .logLevel:
      return try result(try await operations.logLevel())
    case .setLogLevel:
      return try result(try await operations.setLogLevel(try request.arguments(), by: caller))
    case .attach:
      return try attach(try request.arguments())
    }
  }

  private struct Attachment: Codable {
    var text: String
  }

  private struct AttachAnswer: Codable {
    var bytes: Int
  }

  private func attach(_ attachment: Attachment) throws(ControlFault) -> [UInt8] {
    guard attached.utf8.count + attachment.text.utf8.count <= Self.attachedBytes else {
      attached = ""
      throw ControlFault(
        .tooLarge, "more than \(Self.attachedBytes >> 20) MiB of text, the most a list may have")
    }
    attached += attachment.text
    return try result(AttachAnswer(bytes: attached.utf8.count))
  }

  private func importBans(_ request: RequestLine) async throws(ControlFault) -> [UInt8] {
    var order: ImportOrder = try request.arguments()
    if order.text == nil { order.text = attached }
    attached = ""
    return try result(try await operations.importBans(order, by: caller))
  }

  private func testRules(_ request: RequestLine) async throws(ControlFault) -> [UInt8] {
    var order: RuleTestOrder = try request.arguments(RuleTestOrder())
    if order.tests == nil { order.tests = attached }
    attached = ""
    return try result(try await operations.testRules(order))
  }

  // MARK: Answers

  private struct Nothing: Codable {}

  private struct Answer<Result: Encodable>: Encodable {
    var v = ControlOperation.version
    var ok: Bool
    var result: Result?
    var error: ControlFault?

    init(result: Result) {
      ok = true
      self.result = result
    }

    init(error: ControlFault) {
      ok = false
      self.error = error
    }
  }

  private func result(_ value: some Encodable) throws(ControlFault) -> [UInt8] {
    do {
      return try ControlConversation.encoded(Answer(result: value))
    } catch {
      throw ControlFault(.unavailable, "the answer cannot be written as JSON")
    }
  }

  private static func encoded(_ answer: Answer<some Encodable>) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(answer)) + [UInt8(ascii: "\n")]
  }
}

/// A request, as far as it can be understood without its arguments.
private struct RequestLine {
  let operation: ControlOperation
  private let data: Data

  private struct Head: Decodable {
    var v: Int?
    var op: String
  }

  private struct Body<Arguments: Decodable>: Decodable {
    var args: Arguments
  }

  private struct Presence: Decodable {
    var hasArguments: Bool
    init(from decoder: any Decoder) throws {
      hasArguments = try decoder.container(keyedBy: Key.self).contains(.args)
    }
    private enum Key: CodingKey { case args }
  }

  init(_ line: [UInt8]) throws(ControlFault) {
    do throws(JSONParser.Fault) {
      _ = try JSONParser.value(of: line)
    } catch {
      throw ControlFault(.malformed, "the request \(error)")
    }
    data = Data(line)
    let head: Head = try RequestLine.decode(data)
    guard head.v ?? ControlOperation.version == ControlOperation.version else {
      throw ControlFault(
        .version, "this gateway speaks version \(ControlOperation.version) of the control protocol",
        hint: "use the mystel program of the same release")
    }
    guard let operation = ControlOperation(rawValue: head.op) else {
      let known = ControlOperation.allCases.map(\.rawValue).joined(separator: ", ")
      throw ControlFault(
        .unknownOperation, "there is no operation \(ListEntry.shown(head.op))",
        hint: "there are: \(known)")
    }
    self.operation = operation
  }

  func arguments<Arguments: Decodable>() throws(ControlFault) -> Arguments {
    let body: Body<Arguments> = try RequestLine.decode(data)
    return body.args
  }

  /// Arguments that may be left out altogether.
  func arguments<Arguments: Decodable>(
    _ usual: Arguments
  ) throws(ControlFault) -> Arguments {
    let presence: Presence = try RequestLine.decode(data)
    return presence.hasArguments ? try arguments() : usual
  }

  private static func decode<Value: Decodable>(_ data: Data) throws(ControlFault) -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: data)
    } catch {
      throw ControlFault(.malformed, RequestText.of(error))
    }
  }
}
