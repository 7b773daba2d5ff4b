import MystelCore
import MystelManage
import MystelWire
import Synchronization

/// A gateway that is always in the same state.
final class FakeGateway: MonitoredGateway {
  let trouble = Mutex<[String]>([])
  let sampled = Mutex(0)

  func obstacles() -> [String] { trouble.withLock { $0 } }

  func sample() async -> MonitoringSample {
    sampled.withLock { $0 += 1 }
    return FakeGateway.sample()
  }

  static func sample() -> MonitoringSample {
    var snapshot = Snapshot()
    snapshot.sessions = 3
    snapshot.accepted = 12
    snapshot.packets = PerDirection(toBackend: 100, toClient: 200)
    snapshot.bytes = PerDirection(toBackend: 1000, toClient: 4000)
    snapshot.rewritten = 2
    snapshot.dropped = 5
    snapshot.closes = [.kicked: 4]
    snapshot.drops = [.opcodeUnknown: 5]
    snapshot.admission = .underAttack
    snapshot.loopLagNanoseconds = 2_000_000
    snapshot.meters.delayed = 8
    snapshot.tunnels = ["tunnel": TunnelTally(open: 14, opened: 15, cookies: 16)]
    var reputation = MonitoringSample.Reputation()
    reputation.bans = 11
    reputation.counts.wouldBans = 13
    reputation.isStored = true
    var reloads = MonitoringSample.Reloads(started: 1_790_000_000)
    reloads.rejected = 1
    reloads.lastWasAccepted = false
    return MonitoringSample(
      version: "1.2.3", started: 1_790_000_000, capacity: 9, isReady: true, snapshot: snapshot,
      listeners: [
        .init(name: "public", address: "0.0.0.0:1", backend: "world", isRefusing: true)
      ],
      backends: [.init(name: "world", address: "127.0.0.1:2", isDown: true, halfOpen: 2)],
      rules: [
        RuleAnswer(
          id: "900-pages", mode: "enforce", action: "drop", title: "Pages", enforced: 6,
          shadowed: 7)
      ],
      reputation: reputation, reloads: reloads)
  }
}
