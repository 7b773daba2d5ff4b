import Foundation
import Logging
import MystelConfig
import MystelCore
import MystelManage
import MystelNet
import MystelStore

/// Reads the configuration again, one reload at a time, whoever asks.
actor Reloader {
  private let path: String?
  private let gateway: Gateway
  private let reputation: Reputation
  private let log: LogOutput
  private let logger: Logger
  private(set) var current: Configuration
  /// What became of every try.
  private(set) var tries = MonitoringSample.Reloads(started: Date.now.timeIntervalSince1970)
  private var running: Task<Void, Never>?
  private var certificate: (@Sendable () throws -> Void)?

  init(
    path: String?, gateway: Gateway, reputation: Reputation, log: LogOutput,
    current: Configuration, logger: Logger
  ) {
    self.log = log
    self.path = path
    self.gateway = gateway
    self.reputation = reputation
    self.current = current
    self.logger = logger
  }

  /// Has every reload read the management server's certificate again.
  func renewCertificate(by reload: @escaping @Sendable () throws -> Void) {
    certificate = reload
  }

  /// What the new configuration's warnings are.
  ///
  /// - Throws: why it was rejected; the old one stays in force.
  func reload() async throws -> [String] {
    // An actor's calls interleave where they wait; reloads must not.
    while let running { await running.value }
    let task = Task { try await self.reloadNow() }
    running = Task { _ = await task.result }
    defer { running = nil }
    do {
      let warnings = try await task.value
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

  private func reloadNow() async throws -> [String] {
    let loaded = try ConfigurationSource.read(path)
    for warning in loaded.warnings { logger.warning("\(warning)") }
    let inspection = try InspectionLoader.load(for: loaded.configuration)
    let geo = try GeoLoader.load(loaded.configuration.geoip)
    try certificate?()
    try log.adopt(loaded.configuration.log)
    do {
      try await gateway.reload(loaded.configuration, inspection: inspection.policy, geo: geo)
    } catch {
      try? log.adopt(current.log)
      throw error
    }
    await reputation.reconfigure(
      loaded.configuration.reputation, protected: loaded.configuration.protectedNetworks)
    current = loaded.configuration
    logger.notice(
      "configuration reloaded", metadata: ["packs": "\(inspection.packs.contentHash)"])
    return loaded.warnings.map { "\($0)" }
  }
}
