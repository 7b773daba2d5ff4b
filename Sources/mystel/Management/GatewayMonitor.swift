import Foundation
import MystelCore
import MystelManage
import MystelNet
import MystelStore
import Synchronization

/// The running gateway as monitoring sees it.
final class GatewayMonitor: MonitoredGateway {
  private let gateway: Gateway
  private let reputation: Reputation
  private let reloader: Reloader
  private let operations: GatewayOperations
  private let started = Date.now.timeIntervalSince1970
  private let phase = Mutex(Phase.starting)

  private enum Phase { case starting, serving, draining }

  init(
    gateway: Gateway, reputation: Reputation, reloader: Reloader, operations: GatewayOperations
  ) {
    self.gateway = gateway
    self.reputation = reputation
    self.reloader = reloader
    self.operations = operations
  }

  /// Players are let in from now on.
  func serve() { phase.withLock { $0 = .serving } }

  /// No player is let in from now on.
  func drain() { phase.withLock { $0 = .draining } }

  func obstacles() -> [String] {
    switch phase.withLock({ $0 }) {
    case .starting: return ["starting"]
    case .draining: return ["draining"]
    case .serving: break
    }
    let listeners = gateway.listenerAnswers
    guard listeners.allSatisfy(\.isRefusing) else { return [] }
    return gateway.backendAnswers.filter(\.isDown).map { "backend \($0.name) is down" }
  }

  func sample() async -> MonitoringSample {
    let snapshot = await gateway.snapshot()
    let status = await reputation.status
    var known = MonitoringSample.Reputation()
    known.counts = status.counts
    known.bans = status.bans
    known.scores = status.scores
    known.isStored = reputation.path.map { _ in status.isStored }
    known.storeFaults = status.storeFaults
    known.allowed = await reputation.allowed().count
    return MonitoringSample(
      version: Version.number, started: started, capacity: gateway.capacity,
      isReady: obstacles().isEmpty, snapshot: snapshot, listeners: gateway.listenerAnswers,
      backends: gateway.backendAnswers, rules: operations.rules(snapshot), reputation: known,
      reloads: await reloader.tries)
  }
}
