import Foundation
import MystelCore
import MystelManage
import MystelNet
import MystelStore

/// The running gateway as monitoring sees it.
final class GatewayMonitor: MonitoredGateway {
  private let gateway: Gateway
  private let reputation: Reputation
  private let reloader: Reloader
  private let operations: GatewayOperations
  private let outward: Outward
  private let started = Date.now.timeIntervalSince1970

  init(
    gateway: Gateway, reputation: Reputation, reloader: Reloader, operations: GatewayOperations,
    outward: Outward
  ) {
    self.gateway = gateway
    self.reputation = reputation
    self.reloader = reloader
    self.operations = operations
    self.outward = outward
  }

  func obstacles() -> [String] {
    switch operations.lifecycle.phase {
    case .starting: return ["starting"]
    case .draining, .stopping: return ["draining"]
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
    var sample = MonitoringSample(
      version: Version.number, started: started, capacity: gateway.capacity,
      isReady: obstacles().isEmpty, snapshot: snapshot, listeners: gateway.listenerAnswers,
      backends: gateway.backendAnswers, rules: operations.rules(snapshot), reputation: known,
      reloads: await reloader.tries)
    sample.engine = gateway.engineName
    sample.log = operations.log.losses
    sample.outward = outward.families
    return sample
  }
}
