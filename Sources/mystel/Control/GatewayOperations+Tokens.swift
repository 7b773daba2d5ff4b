import Foundation
import MystelConfig
import MystelCore
import MystelManage
import MystelStore

extension GatewayOperations {
  func audit(_ query: AuditQuery) async throws(ControlFault) -> Page<AuditAnswer> {
    let records = await reputation?.audits(limit: query.most) ?? []
    return Page(
      items: records.map {
        AuditAnswer(
          at: $0.at, actor: $0.actor, action: $0.action, subject: $0.subject, outcome: $0.outcome)
      })
  }

  func verifyAudit() async throws(ControlFault) -> AuditVerdict {
    do {
      if let verdict = try await reputation?.verifyAudit() { return verdict }
    } catch {
      throw ControlFault(.store, "the record cannot be read: \(error)")
    }
    throw ControlFault(
      .unavailable, "bans and records live in memory here, and are lost at a stop",
      hint: "name a file as reputation.store, and start again")
  }

  func admit(_ change: String, by caller: ControlCaller) async throws(ControlFault) {
    try await waitForStart()
    guard await reloader.current.management.requiresAudit else { return }
    do {
      guard let reputation else { throw ControlFault(.unavailable, "there is no store") }
      try await reputation.auditAhead(caller.name, change)
    } catch {
      throw ControlFault(
        .store, "not done: it cannot be recorded (\(error))",
        hint: "management.require_audit asks for that; see to the disk of reputation.store")
    }
  }

  /// What is changed while the start goes on could be overwritten by it.
  ///
  /// - Throws: where it takes too long.
  private func waitForStart() async throws(ControlFault) {
    let end = ContinuousClock.now + .seconds(5)
    while lifecycle.phase == .starting {
      guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(20))) != nil else {
        throw ControlFault(.busy, "the gateway is starting: ask again in a moment")
      }
    }
  }

  func refused(_ what: String, to caller: ControlCaller) async {
    await reputation?.audit(caller.name, what, "", "refused: the role may not")
    logger.notice(
      "refused by role", metadata: ["operation": "\(what)", "by": "\(caller.name)"])
  }

  func tokens() async throws(ControlFault) -> Page<TokenAnswer> {
    let all = tokenBook.all
    return Page(items: all, total: all.count)
  }

  func addToken(
    _ order: TokenOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> TokenAnswer {
    let answer = try tokenBook.add(order)
    await reputation?.audit(
      caller.name, "token add", answer.name,
      "\(answer.role.rawValue), \(answer.expires.map { "until \($0)" } ?? "no end")")
    logger.notice(
      "token made",
      metadata: [
        "token": "\(answer.name)", "role": "\(answer.role.rawValue)", "by": "\(caller.name)",
      ])
    return answer
  }

  func revokeToken(
    _ name: TokenName, by caller: ControlCaller
  ) async throws(ControlFault) -> TokenAnswer {
    let answer = try tokenBook.revoke(name.name)
    await reputation?.audit(caller.name, "token revoke", answer.name, "done")
    logger.notice(
      "token revoked", metadata: ["token": "\(answer.name)", "by": "\(caller.name)"])
    return answer
  }
}

extension TokenBook {
  /// The tokens of a configuration: in the file it names, or in the directory that systemd keeps for
  /// the service, or else in memory.
  ///
  /// - Throws: `TokenFault`.
  convenience init(_ configuration: Configuration.Management) throws {
    var path = configuration.tokensPath
    if path == nil, let directories = ProcessInfo.processInfo.environment["STATE_DIRECTORY"] {
      path = directories.split(separator: ":").first.map { $0 + "/tokens.json" }
    }
    try self.init(path: path)
  }
}
