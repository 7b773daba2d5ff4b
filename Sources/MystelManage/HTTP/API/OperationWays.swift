/// By what else than the API an operation is done: `mystel COMMAND`, and a view of the dashboard.
///
/// In the OpenAPI document as `x-command` and `x-view`; docs/operating/operations.md is made of it.
struct OperationWays: Equatable {
  var command: String
  /// Nil where the dashboard does not do it.
  var view: String?

  private init(_ command: String, _ view: String? = nil) {
    self.command = command
    self.view = view
  }

  /// Nil for what only programs ask for.
  static func of(_ operation: String) -> OperationWays? { all[operation] }

  private static let all: [String: OperationWays] = [
    "getStatus": .init("status", "overview"),
    "listListeners": .init("status", "overview"),
    "listBackends": .init("status", "overview"),
    "streamEvents": .init("top", "overview"),
    "listSessions": .init("sessions list", "sessions"),
    "getSession": .init("sessions show", "sessions"),
    "endSession": .init("sessions kick", "sessions"),
    "endSessions": .init("sessions kick", "bans"),
    "listBans": .init("bans list", "bans"),
    "addBan": .init("bans add", "bans"),
    "removeBan": .init("bans remove", "bans"),
    "checkBan": .init("bans check", "bans"),
    "exportBans": .init("bans export", "bans"),
    "importBans": .init("bans import", "bans"),
    "listAllowed": .init("allow list", "bans"),
    "addAllowed": .init("allow add", "bans"),
    "removeAllowed": .init("allow remove", "bans"),
    "listRules": .init("rules counts", "rules"),
    "setRuleMode": .init("rules mode", "rules"),
    "testRules": .init("rules try"),
    "listPacks": .init("packs running"),
    "getCalibration": .init("calibrate"),
    "forgetCalibration": .init("calibrate"),
    "listEvidence": .init("evidence", "evidence"),
    "getEvidence": .init("explain", "evidence"),
    "getConfiguration": .init("config get", "config"),
    "validateConfiguration": .init("config validate", "config"),
    "changeConfiguration": .init("config apply", "config"),
    "listChanges": .init("config history", "config"),
    "rollBackConfiguration": .init("config rollback", "config"),
    "listCaptures": .init("capture list", "captures"),
    "startCapture": .init("capture start", "captures"),
    "stopCapture": .init("capture stop", "captures"),
    "removeCapture": .init("capture remove", "captures"),
    "getTranscript": .init("capture save", "captures"),
    "listAudit": .init("audit", "audit"),
    "verifyAudit": .init("audit", "audit"),
    "listTokens": .init("token list", "tokens"),
    "addToken": .init("token add", "tokens"),
    "revokeToken": .init("token revoke", "tokens"),
    "reload": .init("reload"),
    "drain": .init("drain", "overview"),
    "undrain": .init("drain", "overview"),
    "getLogLevel": .init("log-level"),
    "setLogLevel": .init("log-level"),
    "listLauncherGrants": .init("grants list"),
    "removeLauncherGrants": .init("grants revoke"),
  ]
}
