/// The counters of one worker or, added up, of the whole gateway, at one moment.
package struct Snapshot: Sendable, Equatable {
  /// Sessions open now.
  package var sessions = 0
  /// Those of them whose login the server has accepted.
  package var players = 0
  package var accepted: UInt64 = 0
  /// Packets judged.
  package var packets = PerDirection<UInt64>(toBackend: 0, toClient: 0)
  /// Bytes received.
  package var bytes = PerDirection<UInt64>(toBackend: 0, toClient: 0)
  package var rewritten: UInt64 = 0
  package var dropped: UInt64 = 0
  package var closes: [Reason: UInt64] = [:]
  package var drops: [Reason: UInt64] = [:]
  /// Odd things that were let pass.
  package var notes: [Reason: UInt64] = [:]
  /// What rules found, by rule id.
  package var rules: [String: RuleTally.Count] = [:]
  /// In how many sessions rules would have acted, by rule id.
  package var shadowedSessions: [String: Int] = [:]
  /// Whether the gateway takes itself to be under attack.
  package var admission = AdmissionControl.State.normal
  /// Connections that limits in shadow would have refused.
  package var shadowed: [Reason: UInt64] = [:]
  /// The longest an event loop was late in the last second, in nanoseconds.
  package var loopLagNanoseconds: UInt64 = 0
  /// What limits of sessions did.
  package var meters = MeterWork()
  /// Sessions declared genuine that are over, and the packets of all of them that were learnt from.
  package var learntSessions = 0
  package var learntPackets = 0
  /// By the listener's name.
  package var tunnels: [String: TunnelTally] = [:]

  package init() {}

  /// Packets passed on as they came.
  package var forwarded: UInt64 {
    let judged = packets.toBackend &+ packets.toClient
    let changed = rewritten &+ dropped
    return judged >= changed ? judged - changed : 0
  }

  package static func + (left: Snapshot, right: Snapshot) -> Snapshot {
    var sum = left
    sum.sessions += right.sessions
    sum.players += right.players
    sum.accepted &+= right.accepted
    for direction in Direction.allCases {
      sum.packets[direction] &+= right.packets[direction]
      sum.bytes[direction] &+= right.bytes[direction]
    }
    sum.rewritten &+= right.rewritten
    sum.dropped &+= right.dropped
    sum.closes.merge(right.closes, uniquingKeysWith: &+)
    sum.drops.merge(right.drops, uniquingKeysWith: &+)
    sum.notes.merge(right.notes, uniquingKeysWith: &+)
    sum.admission = max(left.admission, right.admission)
    sum.shadowed.merge(right.shadowed, uniquingKeysWith: &+)
    sum.loopLagNanoseconds = max(left.loopLagNanoseconds, right.loopLagNanoseconds)
    sum.meters = sum.meters + right.meters
    sum.learntSessions += right.learntSessions
    sum.learntPackets += right.learntPackets
    sum.tunnels.merge(right.tunnels, uniquingKeysWith: +)
    sum.rules.merge(right.rules, uniquingKeysWith: +)
    sum.shadowedSessions.merge(right.shadowedSessions, uniquingKeysWith: +)
    return sum
  }
}
