import MystelCore
import MystelManage
import MystelWire
import Synchronization

/// Operations that answer something recognisable and keep what they were asked.
final class FakeOperations: ControlOperations {
  let asked = Mutex<[String]>([])
  /// Changes that it was told of ahead.
  let admitted = Mutex<[String]>([])
  let book: TokenBook

  init() throws { book = try TokenBook(path: nil) { 1_790_000_000 } }

  func note(_ text: String) { asked.withLock { $0.append(text) } }

  func status() async throws(ControlFault) -> StatusAnswer {
    StatusAnswer(
      version: "1", processID: 1, upSeconds: 2, profile: "balanced", capacity: 3,
      snapshot: Snapshot(), listeners: [], backends: [])
  }

  func sessions(_ query: SessionQuery) async throws(ControlFault) -> Page<SessionAnswer> {
    note("sessions \(query.after ?? 0) \(query.most)")
    return Page(items: [], next: 7)
  }

  func session(_ query: SessionSelector) async throws(ControlFault) -> SessionAnswer {
    throw ControlFault(.notFound, "no session", hint: "look again")
  }

  func kick(
    _ query: SessionSelector, by caller: ControlCaller
  ) async throws(ControlFault) -> KickAnswer {
    note("kick \(query) by \(caller.name)")
    return KickAnswer(sessions: [1])
  }

  func calibration(
    _ query: CalibrationQuery, by caller: ControlCaller
  ) async throws(ControlFault) -> CalibrationReport {
    note("calibration of \(query.least.sessions) forgets \(query.forgets ?? false)")
    guard let policy = try? InspectionPolicy(packs: [], rules: []) else {
      throw ControlFault(.unavailable, "no policy")
    }
    return CalibrationReport(
      Calibration(), policy: policy, limits: Limits(), least: query.least)
  }

  func launcherGrants(
    _ query: BanQuery
  ) async throws(ControlFault) -> Page<LauncherGrantAnswer> {
    note("grants \(query.most)")
    return Page(items: [])
  }

  func grantLauncher(
    _ order: LauncherGrantOrder
  ) async throws(ControlFault) -> LauncherGrantAnswer {
    note("grant \(order.ip) account \(order.account) '\(order.name)' \(order.seconds) s")
    guard let address = IPAddress(order.ip) else {
      throw ControlFault(.malformed, "no address")
    }
    var grants = LauncherGrants(started: Instant(nanoseconds: 0))
    let now = Instant(nanoseconds: 1)
    return LauncherGrantAnswer(
      grants.push(
        address, account: order.account, name: order.name, lasts: .seconds(order.seconds),
        now: now), now: now)
  }

  func revokeLauncherGrants(
    _ order: TargetOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> LauncherRevokeAnswer {
    note("revoke \(order.target) by \(caller.name)")
    return LauncherRevokeAnswer(target: order.target, count: 1)
  }

  func bans(_ query: BanQuery) async throws(ControlFault) -> Page<BanAnswer> { Page(items: []) }

  func addBan(
    _ order: BanOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> BanAnswer {
    note("ban \(order.target) by \(caller.name)")
    return answer(order.target)
  }

  func removeBan(
    _ order: TargetOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> BanAnswer { answer(order.target) }

  func importBans(
    _ order: ImportOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> ImportAnswer {
    note("import \(order.text ?? "nothing")")
    return ImportAnswer(taken: order.text?.utf8.count ?? 0, lifted: 0, warnings: [])
  }

  func exportBans(_ query: ExportQuery) async throws(ControlFault) -> ExportAnswer {
    ExportAnswer(text: "192.0.2.1\n", bans: 1, leftOut: 0)
  }

  func check(_ query: TargetOrder) async throws(ControlFault) -> CheckAnswer {
    CheckAnswer(target: query.target, ban: nil, sessions: 0)
  }

  func allowList(_ query: BanQuery) async throws(ControlFault) -> Page<AllowAnswer> {
    Page(items: [])
  }

  func addAllow(
    _ order: AllowOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> AllowAnswer { AllowAnswer(target: order.target) }

  func removeAllow(
    _ order: TargetOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> AllowAnswer { AllowAnswer(target: order.target) }

  func ruleCounts() async throws(ControlFault) -> Page<RuleAnswer> { Page(items: []) }

  func explain(_ query: EvidenceQuery) async throws(ControlFault) -> EvidenceAnswer {
    EvidenceAnswer(id: query.id, text: "because")
  }

  func audit(_ query: AuditQuery) async throws(ControlFault) -> Page<AuditAnswer> {
    note("audit \(query.most)")
    return Page(items: [])
  }

  func verifyAudit() async throws(ControlFault) -> AuditVerdict { AuditVerdict() }

  func admit(_ change: String, by caller: ControlCaller) async throws(ControlFault) {
    admitted.withLock { $0.append("\(change) by \(caller.name)") }
  }

  func refused(_ what: String, to caller: ControlCaller) async {
    note("refused \(what) to \(caller.name)")
  }

  func tokens() async throws(ControlFault) -> Page<TokenAnswer> { Page(items: book.all) }

  func addToken(
    _ order: TokenOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> TokenAnswer {
    note("token \(order.name) by \(caller.name)")
    return try book.add(order)
  }

  func revokeToken(
    _ name: TokenName, by caller: ControlCaller
  ) async throws(ControlFault) -> TokenAnswer { try book.revoke(name.name) }

  func reload(by caller: ControlCaller) async throws(ControlFault) -> ReloadAnswer {
    ReloadAnswer(warnings: [])
  }

  private func capture(_ id: UInt64) -> CaptureAnswer {
    CaptureAnswer(id: id, started: 1_790_000_000, contents: PacketRecording.Contents(session: 3))
  }

  func captures() async throws(ControlFault) -> Page<CaptureAnswer> { Page(items: [capture(1)]) }

  func startCapture(
    _ order: CaptureOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> CaptureAnswer { capture(1) }

  func stopCapture(
    _ number: CaptureNumber, by caller: ControlCaller
  ) async throws(ControlFault) -> CaptureAnswer { capture(number.id) }

  func removeCapture(
    _ number: CaptureNumber, by caller: ControlCaller
  ) async throws(ControlFault) -> CaptureAnswer { capture(number.id) }

  func transcript(
    _ query: TranscriptQuery, by caller: ControlCaller
  ) async throws(ControlFault) -> TranscriptPart { TranscriptPart(text: "{}\n", next: nil) }

  func drain(
    _ order: DrainOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> DrainAnswer {
    note("drain stops \(order.stops ?? false)")
    return DrainAnswer(phase: .draining, sessions: 1)
  }

  func undrain(by caller: ControlCaller) async throws(ControlFault) -> DrainAnswer {
    DrainAnswer(phase: .serving, sessions: 1)
  }

  func logLevel() async throws(ControlFault) -> LogLevel { LogLevel(level: .info) }

  func setLogLevel(
    _ order: LogLevel, by caller: ControlCaller
  ) async throws(ControlFault) -> LogLevel { order }

  private func answer(_ target: BanTarget) -> BanAnswer {
    BanAnswer(
      Ban(target: target, source: .manual, reason: "r", created: 10, expires: 70), now: 10,
      wallSeconds: 1_790_000_000)
  }
}
