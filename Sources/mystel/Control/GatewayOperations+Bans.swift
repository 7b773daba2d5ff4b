import MystelCore

extension GatewayOperations {
  private static var none: ControlFault {
    ControlFault(.unavailable, "this gateway keeps no reputation")
  }

  func bans(_ query: BanQuery) async throws(ControlFault) -> Page<BanAnswer> { throw Self.none }
  func addBan(
    _ order: BanOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> BanAnswer { throw Self.none }
  func removeBan(
    _ order: TargetOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> BanAnswer { throw Self.none }
  func importBans(
    _ order: ImportOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> ImportAnswer { throw Self.none }
  func exportBans(_ query: ExportQuery) async throws(ControlFault) -> ExportAnswer {
    throw Self.none
  }
  func check(_ query: TargetOrder) async throws(ControlFault) -> CheckAnswer { throw Self.none }
  func allowList(_ query: BanQuery) async throws(ControlFault) -> Page<AllowAnswer> {
    throw Self.none
  }
  func addAllow(
    _ order: AllowOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> AllowAnswer { throw Self.none }
  func removeAllow(
    _ order: TargetOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> AllowAnswer { throw Self.none }
  func explain(_ query: EvidenceQuery) async throws(ControlFault) -> EvidenceAnswer {
    throw Self.none
  }
}
