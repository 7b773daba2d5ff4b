import Foundation
import MystelConfig
import MystelCore
import MystelStore

extension GatewayOperations {
  func configuration() async throws(ControlFault) -> ConfigurationAnswer {
    await reloader.answer
  }

  func validate(_ order: ConfigurationOrder) async throws(ControlFault) -> ValidationAnswer {
    try await reloader.validate(order.patch)
  }

  func apply(
    _ order: ConfigurationOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> AppliedAnswer {
    try await recorded("config apply", "", caller) { () async throws(ControlFault) in
      try await self.reloader.change(
        .patch(order.patch), ifMatch: order.ifMatch, note: GatewayOperations.clean(order.note),
        by: caller)
    }
  }

  func changes(_ query: BanQuery) async throws(ControlFault) -> Page<ChangeAnswer> {
    let entries = await reloader.keeper.book.entries
    return page(entries.reversed().map(\.answer), query)
  }

  func rollBack(
    _ order: RollbackOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> AppliedAnswer {
    try await recorded("config rollback", "to \(order.number)", caller) {
      () async throws(ControlFault) in
      try await self.reloader.change(
        .rollBack(order.number), ifMatch: order.ifMatch,
        note: order.number == 0 ? "back to the file" : "back to change \(order.number)", by: caller)
    }
  }

  func setRuleMode(
    _ order: RuleModeOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> RuleAnswer {
    guard let mode = Configuration.Mode(rawValue: order.mode) else {
      throw ControlFault(.malformed, "mode is one of off, shadow and enforce")
    }
    guard gateway.inspection.rules.contains(where: { $0.id == order.id }) else {
      throw ControlFault(
        .notFound, "there is no rule \(ListEntry.shown(order.id))",
        hint: "`mystel rules counts --all` lists them")
    }
    guard await reloader.candidate.loaded.origins["inspection.rules"] != .environment else {
      throw ControlFault(
        .refused, "MYSTEL_INSPECTION_RULES in the environment says the modes of rules",
        hint: "unset it, and start again")
    }
    // An admin's change goes on from the file alone, and says so; a switch must not do that by the way.
    if await reloader.hasChangesSetAside {
      throw ControlFault(
        .refused, "changes of operators are set aside, and this would take their place",
        hint: "`mystel config get` says why; mend the file and reload, or have an admin roll back")
    }
    let patch = JSONValue.object([
      "inspection": .object(["rules": .object([order.id: .string(mode.rawValue)])])
    ])
    _ = try await recorded("rule mode", "\(order.id) \(mode.rawValue)", caller) {
      () async throws(ControlFault) in
      try await self.reloader.change(
        .patch(patch), ifMatch: nil, note: "rule \(order.id): \(mode.rawValue)", by: caller)
    }
    guard let rule = rules(await gateway.snapshot()).first(where: { $0.id == order.id }) else {
      throw ControlFault(.notFound, "there is no rule \(order.id) any more")
    }
    return rule
  }

  // MARK: Parts

  /// - Throws: where the gateway stops, and nothing is put into force any more.
  func refuseAtEnd() throws(ControlFault) {
    guard lifecycle.phase != .stopping else {
      throw ControlFault(.refused, "the gateway stops: its configuration stays as it is")
    }
  }

  /// Has a change made, and records what became of it.
  private func recorded(
    _ action: String, _ subject: String, _ caller: ControlCaller,
    _ change: () async throws(ControlFault) -> AppliedAnswer
  ) async throws(ControlFault) -> AppliedAnswer {
    do throws(ControlFault) {
      try refuseAtEnd()
      let applied = try await change()
      let keys = applied.changes.prefix(20).map(\.path).joined(separator: ", ")
      await reputation?.audit(
        caller.name, action, subject.isEmpty ? "change \(applied.number)" : subject,
        "change \(applied.number): \(keys.isEmpty ? "no key" : keys)")
      return applied
    } catch {
      await reputation?.audit(caller.name, action, subject, "refused: \(error.code.rawValue)")
      throw error
    }
  }

  /// A note as records may hold it.
  private static func clean(_ note: String?) -> String {
    ListEntry(.account(0), reason: note ?? "").reason
  }
}
