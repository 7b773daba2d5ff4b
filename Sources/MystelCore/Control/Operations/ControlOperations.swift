import MystelWire

/// What operators can ask of a running gateway, and have it do: by the control socket, and by
/// whatever else is put in front of the same operations.
///
/// Every call names its caller, because what changes something is recorded.
package protocol ControlOperations: Sendable {
  func status() async throws(ControlFault) -> StatusAnswer

  func sessions(_ query: SessionQuery) async throws(ControlFault) -> Page<SessionAnswer>
  func session(_ query: SessionSelector) async throws(ControlFault) -> SessionAnswer
  /// Ends sessions: one by its number, or all of an address, a network or an account.
  func kick(_ query: SessionSelector, by caller: ControlCaller) async throws(ControlFault)
    -> KickAnswer

  func bans(_ query: BanQuery) async throws(ControlFault) -> Page<BanAnswer>
  /// Returns once the ban is on disk.
  func addBan(_ order: BanOrder, by caller: ControlCaller) async throws(ControlFault) -> BanAnswer
  /// Lifts a ban. Asked for a target that is not banned itself, it says by which ban it is met.
  func removeBan(_ order: TargetOrder, by caller: ControlCaller) async throws(ControlFault)
    -> BanAnswer
  /// Takes a whole list or nothing.
  func importBans(_ order: ImportOrder, by caller: ControlCaller) async throws(ControlFault)
    -> ImportAnswer
  func exportBans(_ query: ExportQuery) async throws(ControlFault) -> ExportAnswer
  /// Whether an address or an account may play, and why not.
  func check(_ query: TargetOrder) async throws(ControlFault) -> CheckAnswer

  func allowList(_ query: BanQuery) async throws(ControlFault) -> Page<AllowAnswer>
  func addAllow(_ order: AllowOrder, by caller: ControlCaller) async throws(ControlFault)
    -> AllowAnswer
  func removeAllow(_ order: TargetOrder, by caller: ControlCaller) async throws(ControlFault)
    -> AllowAnswer

  /// From where launchers have logged in, those that last longest first.
  func launcherGrants(_ query: BanQuery) async throws(ControlFault) -> Page<LauncherGrantAnswer>
  /// A launcher has logged in, as tera-api says.
  func grantLauncher(_ order: LauncherGrantOrder) async throws(ControlFault) -> LauncherGrantAnswer
  func revokeLauncherGrants(
    _ order: TargetOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> LauncherRevokeAnswer

  func ruleCounts() async throws(ControlFault) -> Page<RuleAnswer>
  /// What was learnt from live sessions that are declared genuine.
  func calibration(
    _ query: CalibrationQuery, by caller: ControlCaller
  ) async throws(ControlFault) -> CalibrationReport
  /// Tries cases on the rules in force.
  func testRules(_ order: RuleTestOrder) async throws(ControlFault) -> RuleTestAnswer
  /// The builds that are known.
  func packs() async throws(ControlFault) -> PacksAnswer
  /// The latest evidence first.
  func evidence(_ query: EvidenceListQuery) async throws(ControlFault) -> Page<EvidenceEntry>
  /// The evidence of a ban, a close or a finding.
  func explain(_ query: EvidenceQuery) async throws(ControlFault) -> EvidenceAnswer
  /// The configuration in force.
  func configuration() async throws(ControlFault) -> ConfigurationAnswer
  /// What would become of a patch; nothing is changed.
  func validate(_ order: ConfigurationOrder) async throws(ControlFault) -> ValidationAnswer
  /// Puts a patch into force, and keeps it: all of it or nothing.
  func apply(
    _ order: ConfigurationOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> AppliedAnswer
  /// What operators changed, the latest first.
  func changes(_ query: BanQuery) async throws(ControlFault) -> Page<ChangeAnswer>
  /// Brings back what was in force after a change; that is a change, too.
  func rollBack(
    _ order: RollbackOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> AppliedAnswer
  /// Switches a rule: a change of the configuration like any other.
  func setRuleMode(
    _ order: RuleModeOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> RuleAnswer

  /// What operators did lately, the latest first.
  func audit(_ query: AuditQuery) async throws(ControlFault) -> Page<AuditAnswer>

  /// Whether that record is as it was written.
  func verifyAudit() async throws(ControlFault) -> AuditVerdict
  /// Is told of a change that is asked for, before it is made; throws where it must not be.
  func admit(_ change: String, by caller: ControlCaller) async throws(ControlFault)
  /// Is told of what a caller may not do.
  func refused(_ what: String, to caller: ControlCaller) async

  func tokens() async throws(ControlFault) -> Page<TokenAnswer>
  /// Makes a token, which is told this once.
  func addToken(_ order: TokenOrder, by caller: ControlCaller) async throws(ControlFault)
    -> TokenAnswer
  /// From now on the token is nobody's.
  func revokeToken(_ name: TokenName, by caller: ControlCaller) async throws(ControlFault)
    -> TokenAnswer

  func captures() async throws(ControlFault) -> Page<CaptureAnswer>
  /// Takes down a session's packets from now on.
  func startCapture(_ order: CaptureOrder, by caller: ControlCaller) async throws(ControlFault)
    -> CaptureAnswer
  func stopCapture(_ number: CaptureNumber, by caller: ControlCaller) async throws(ControlFault)
    -> CaptureAnswer
  func removeCapture(_ number: CaptureNumber, by caller: ControlCaller) async throws(ControlFault)
    -> CaptureAnswer
  func transcript(_ query: TranscriptQuery, by caller: ControlCaller) async throws(ControlFault)
    -> TranscriptPart

  /// Refuses newcomers, and ends the gateway once nobody plays where that is asked.
  func drain(_ order: DrainOrder, by caller: ControlCaller) async throws(ControlFault)
    -> DrainAnswer
  /// Lets newcomers in again.
  func undrain(by caller: ControlCaller) async throws(ControlFault) -> DrainAnswer
  func logLevel() async throws(ControlFault) -> LogLevel
  /// Until the next start.
  func setLogLevel(_ order: LogLevel, by caller: ControlCaller) async throws(ControlFault)
    -> LogLevel

  /// Reads the configuration again.
  func reload(by caller: ControlCaller) async throws(ControlFault) -> ReloadAnswer
}

/// The operations by the names they have on the wire.
package enum ControlOperation: String, Sendable, CaseIterable {
  case status
  case listSessions = "sessions.list"
  case showSession = "sessions.show"
  case kickSessions = "sessions.kick"
  case listBans = "bans.list"
  case addBan = "bans.add"
  case removeBan = "bans.remove"
  case importBans = "bans.import"
  case exportBans = "bans.export"
  case checkBan = "bans.check"
  case listAllowed = "allow.list"
  case addAllowed = "allow.add"
  case removeAllowed = "allow.remove"
  case listGrants = "grants.list"
  case revokeGrants = "grants.revoke"
  case ruleCounts = "rules.counts"
  case calibration
  case testRules = "rules.test"
  case listPacks = "packs.list"
  case listEvidence = "evidence.list"
  case explain
  case configuration = "config.get"
  case validateConfiguration = "config.validate"
  case applyConfiguration = "config.apply"
  case listChanges = "config.history"
  case rollBack = "config.rollback"
  case setRuleMode = "rules.mode"
  case audit = "audit.list"
  case verifyAudit = "audit.verify"
  case listTokens = "tokens.list"
  case addToken = "tokens.add"
  case revokeToken = "tokens.revoke"
  case listCaptures = "captures.list"
  case startCapture = "captures.start"
  case stopCapture = "captures.stop"
  case removeCapture = "captures.remove"
  case transcript = "captures.transcript"
  case drain
  case undrain = "drain.undo"
  case logLevel = "log.level"
  case setLogLevel = "log.set_level"
  case reload
  /// Adds text to what the next operation of the same connection works on.
  case attach

  /// Whether it changes something, and so is recorded.
  package var isChange: Bool {
    switch self {
    case .kickSessions, .addBan, .removeBan, .importBans, .addAllowed, .removeAllowed,
      .applyConfiguration, .rollBack, .setRuleMode, .addToken, .revokeToken, .revokeGrants,
      .startCapture,
      .stopCapture, .removeCapture, .drain, .undrain, .setLogLevel, .reload:
      true
    default: false
    }
  }

  /// Of requests and answers. A gateway refuses what a later one would mean.
  package static let version = 1
}

/// Who asks, for the record.
package struct ControlCaller: Sendable, Equatable {
  /// `uid 0`, or the name of a token.
  package var name: String

  package init(name: String) { self.name = name }
}

/// Why an operation was not done.
package struct ControlFault: Error, Codable, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Codable, Sendable, CaseIterable {
    /// The request cannot be understood.
    case malformed
    case unknownOperation = "unknown_operation"
    /// The request's version is another one.
    case version
    case tooLarge = "too_large"
    case notFound = "not_found"
    /// It is understood, and must not be done.
    case refused
    /// What it was meant for is no longer what there is.
    case stale
    /// What it would make is faulty; `problems` says where.
    case invalid
    /// It would have to be written, and cannot be.
    case store
    /// This gateway does not have it, or not yet.
    case unavailable
    case busy
  }

  package var code: Code
  package var message: String
  /// What to do now.
  package var hint: String?
  package var problems: [ConfigurationProblem]?

  package init(
    _ code: Code, _ message: String, hint: String? = nil,
    problems: [ConfigurationProblem]? = nil
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.problems = problems
  }

  package var description: String {
    let lines = (problems ?? []).map { "\n\($0)" }.joined()
    return (hint.map { "\(message); \($0)" } ?? message) + lines
  }
}

extension BanTarget: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let target = BanTarget(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: """
          \(ListEntry.shown(text)) is no address, network or account; write 203.0.113.7, \
          203.0.113.0/24 or account:500001
          """)
    }
    self = target
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
