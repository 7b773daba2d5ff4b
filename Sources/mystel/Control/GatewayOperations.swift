import Foundation
import Logging
import MystelConfig
import MystelCore
import MystelManage
import MystelNet
import MystelStore
import MystelWire
import Synchronization

/// The operations of a running gateway.
final class GatewayOperations: ControlOperations {
  let gateway: Gateway
  let logger: Logger
  /// Nil where none is kept.
  let reputation: Reputation?
  let reloader: Reloader
  let tokenBook: TokenBook
  let lifecycle: Lifecycle
  let log: LogOutput
  let shelf = CaptureShelf()
  /// Whether somebody tries rules right now.
  let isTesting = Atomic(false)
  private let started = ContinuousClock.now

  init(
    gateway: Gateway, reputation: Reputation?, reloader: Reloader, tokens: TokenBook,
    lifecycle: Lifecycle, log: LogOutput, logger: Logger
  ) {
    self.lifecycle = lifecycle
    self.log = log
    tokenBook = tokens
    self.reputation = reputation
    self.gateway = gateway
    self.reloader = reloader
    self.logger = logger
  }

  func status() async throws(ControlFault) -> StatusAnswer {
    let profile = await reloader.current.inspection.profile
    var answer = StatusAnswer(
      version: Version.number, processID: Int(getpid()),
      upSeconds: (ContinuousClock.now - started).components.seconds, profile: profile.rawValue,
      capacity: gateway.capacity, snapshot: await gateway.snapshot(),
      listeners: gateway.listenerAnswers, backends: gateway.backendAnswers)
    answer.phase = lifecycle.phase
    answer.engine = gateway.engineName.rawValue
    if let reputation {
      answer.bans = await reputation.status.bans
      answer.allowed = await reputation.allowed().count
      answer.isStored = await reputation.status.isStored
    }
    return answer
  }

  // MARK: Sessions

  func sessions(_ query: SessionQuery) async throws(ControlFault) -> Page<SessionAnswer> {
    let (views, hasMore) = await gateway.sessions(query)
    return Page(items: views.map(\.answer), next: hasMore ? views.last?.id : nil)
  }

  func session(_ query: SessionSelector) async throws(ControlFault) -> SessionAnswer {
    guard case .session(let id) = query else {
      throw ControlFault(.malformed, "session is missing: the number of the one to show")
    }
    guard let answer = await gateway.session(id) else { throw GatewayOperations.noSession(id) }
    return answer
  }

  func kick(
    _ query: SessionSelector, by caller: ControlCaller
  ) async throws(ControlFault) -> KickAnswer {
    let ended = await gateway.kick(query)
    if case .session(let id) = query, ended.isEmpty { throw GatewayOperations.noSession(id) }
    // Nothing was done where nobody was there; the record has no room for that.
    guard !ended.isEmpty else { return KickAnswer(sessions: []) }
    await reputation?.audit(caller.name, "kick", "\(query)", "\(ended.count) ended")
    logger.notice(
      "sessions kicked",
      metadata: [
        "by": "\(caller.name)", "count": "\(ended.count)",
        "sessions": "\(ended.prefix(20).map { String($0) }.joined(separator: ", "))",
      ])
    return KickAnswer(sessions: ended)
  }

  static func noSession(_ id: UInt64) -> ControlFault {
    ControlFault(
      .notFound, "there is no session \(id); it may have ended",
      hint: "`mystel sessions list` shows those that are open")
  }

  // MARK: Rules and configuration

  func ruleCounts() async throws(ControlFault) -> Page<RuleAnswer> {
    let items = rules(await gateway.snapshot())
    return Page(items: items, total: items.count)
  }

  /// The rules in force, with what they found.
  func rules(_ snapshot: Snapshot) -> [RuleAnswer] {
    let policy = gateway.inspection
    return zip(policy.rules, policy.modes).map { rule, mode in
      let count = snapshot.rules[rule.id] ?? RuleTally.Count()
      return RuleAnswer(
        id: rule.id, mode: mode.rawValue, action: rule.action.rawValue, title: rule.title,
        enforced: count.enforced, shadowed: count.shadowed,
        shadowedSessions: snapshot.shadowedSessions[rule.id] ?? 0)
    }
  }

  func calibration(
    _ query: CalibrationQuery, by caller: ControlCaller
  ) async throws(ControlFault) -> CalibrationReport {
    guard query.least.isSensible else {
      throw ControlFault(.malformed, "least: sessions is at least 1 and hours at least 0")
    }
    let policy = gateway.inspection
    let forgets = query.forgets ?? false
    let learnt = await gateway.calibration(forgetting: forgets)
    guard learnt.packetCount > 0 || !policy.genuine.isEmpty else {
      throw ControlFault(
        .unavailable, "nothing is learnt: nobody is declared genuine",
        hint: """
          name addresses or accounts of players whom you know to be honest in \
          inspection.calibration.genuine, and reload
          """)
    }
    if forgets {
      await reputation?.audit(
        caller.name, "calibration forget", "", "\(learnt.sessions) sessions")
      logger.notice(
        "calibration starts anew",
        metadata: ["by": "\(caller.name)", "sessions": "\(learnt.sessions)"])
    }
    return CalibrationReport(
      learnt, policy: policy, limits: await reloader.current.limits, least: query.least)
  }

  func reload(by caller: ControlCaller) async throws(ControlFault) -> ReloadAnswer {
    try refuseAtEnd()
    logger.notice("asked to read the configuration again", metadata: ["by": "\(caller.name)"])
    do {
      let warnings = try await reloader.reload(by: caller.name)
      await reputation?.audit(caller.name, "reload", "", "done")
      return ReloadAnswer(warnings: warnings)
    } catch {
      await reputation?.audit(caller.name, "reload", "", "rejected")
      throw ControlFault(
        .refused, "the configuration is rejected, the old one stays in force:\n\(error)",
        hint: "`mystel check` tells the same")
    }
  }
}
