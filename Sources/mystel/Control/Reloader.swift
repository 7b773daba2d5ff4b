import Foundation
import Logging
import MystelConfig
import MystelCore
import MystelManage
import MystelNet
import MystelStore

/// Puts configurations into force, one at a time, whoever asks: the file when it is read again, and what
/// operators change on top of it.
actor Reloader {
  private let gateway: Gateway
  private let reputation: Reputation
  private let log: LogOutput
  private let outward: Outward
  let logger: Logger
  /// What is in force.
  private(set) var candidate: Candidate
  /// What was in force at the start.
  private let first: Configuration
  var keeper: ChangeKeeper
  /// What became of every try.
  private(set) var tries = MonitoringSample.Reloads(started: Date.now.timeIntervalSince1970)
  private var isBusy = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var certificate: (@Sendable () throws -> Void)?

  init(
    gateway: Gateway, reputation: Reputation, outward: Outward, log: LogOutput,
    start: StartConfiguration,
    logger: Logger
  ) {
    self.log = log
    self.outward = outward
    self.gateway = gateway
    self.reputation = reputation
    self.logger = logger
    candidate = start.candidate
    keeper = start.keeper
    first = start.candidate.configuration
    tries.isSetAside = keeper.setAside != nil
  }

  /// Has every reload read the management server's certificate again.
  func renewCertificate(by reload: @escaping @Sendable () throws -> Void) {
    certificate = reload
  }

  /// The configuration in force.
  var current: Configuration { candidate.configuration }

  /// Keys whose value waits for the next start.
  var awaitsRestart: [String] {
    KeyTable.needingRestart(KeyTable.differences(first, current))
  }

  /// Reads the file again. - Returns: the new configuration's warnings.
  ///
  /// - Throws: why it was rejected; the old one stays in force.
  func reload(by caller: String = "signal") async throws -> [String] {
    do {
      let warnings = try await exclusively { try await self.reloadNow(by: caller) }
      tries.accepted += 1
      tries.lastWasAccepted = true
      tries.lastAccepted = Date.now.timeIntervalSince1970
      return warnings
    } catch {
      tries.rejected += 1
      tries.lastWasAccepted = false
      logger.error("configuration rejected, the old one stays in force: \(error)")
      throw error
    }
  }

  private func reloadNow(by caller: String) async throws -> [String] {
    let sources = try candidate.sources.again()
    let kept = keeper
    let candidate = try candidate(sources)
    for warning in candidate.warnings { logger.warning("\(warning)") }
    let changes = KeyTable.differences(current, candidate.configuration)
    do {
      try certificate?()
      try await put(candidate)
    } catch {
      keeper = kept
      throw error
    }
    publish(changes, by: caller)
    logger.notice(
      "configuration reloaded", metadata: ["packs": "\(candidate.inspection.packs.contentHash)"])
    return candidate.warnings.map { "\($0)" }
  }

  /// A file with the changes that are in force. Those that were set aside are tried again.
  private func candidate(
    _ sources: ConfigurationSources
  ) throws(ConfigurationProblems) -> Candidate {
    guard keeper.setAside != nil, let latest = keeper.latest else {
      return try Candidate(sources, change: keeper.change)
    }
    do throws(ConfigurationProblems) {
      let candidate = try Candidate(sources, change: latest)
      keeper.takeUp()
      logger.notice("changes of operators are in force again")
      return candidate
    } catch {
      keeper.putAside("\(error)")
      return try Candidate(sources)
    }
  }

  /// Puts a configuration into force.
  ///
  /// - Throws: why that cannot be; the old one then stays.
  func put(_ candidate: Candidate) async throws {
    let configuration = candidate.configuration
    let plan = try Outward.Plan(candidate)
    try log.adopt(configuration.log)
    do {
      try await gateway.reload(
        configuration, inspection: candidate.inspection.policy, geo: candidate.geo,
        tunnels: plan.tunnels)
    } catch {
      try? log.adopt(current.log)
      throw error
    }
    await reputation.reconfigure(
      configuration.reputation, protected: configuration.protectedNetworks)
    outward.adopt(plan)
    self.candidate = candidate
    tries.isSetAside = keeper.setAside != nil
  }

  /// Tells watchers what is in force now.
  func publish(_ changes: [ConfigurationDifference], by caller: String) {
    tries.isSetAside = keeper.setAside != nil
    let change = GatewayEvent.ConfigurationChange(
      number: keeper.number, by: caller, keys: changes.map(\.path))
    gateway.events.publish(
      [.configuration(change)], seconds: Int64(Date.now.timeIntervalSince1970))
  }

  // MARK: One at a time

  /// Does something that nothing else of the kind happens beside, and that is not given up when whoever
  /// asked is gone.
  func exclusively<Result: Sendable>(
    _ work: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    if isBusy {
      await withCheckedContinuation { waiting.append($0) }
    } else {
      isBusy = true
    }
    defer {
      if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
    return try await Task { try await work() }.value
  }
}
