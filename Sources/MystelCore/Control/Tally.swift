/// One worker's counters. Touched only on its loop; read by asking that loop for a snapshot.
package final class Tally {
  package var accepted: UInt64 = 0
  package var sessions = 0
  /// Sessions open now whose login the server has accepted.
  package var players = 0
  package var packets = PerDirection<UInt64>(toBackend: 0, toClient: 0)
  package var bytes = PerDirection<UInt64>(toBackend: 0, toClient: 0)
  package var rewritten: UInt64 = 0
  package var dropped: UInt64 = 0
  package var rules = RuleTally()
  /// What limits of sessions did.
  package var meters = MeterWork()
  /// What sessions that are declared genuine have taught.
  package var calibration = Calibration()
  /// By the listener's name.
  package var tunnels: [String: TunnelTally] = [:]
  /// By raw value of the reason.
  private var closes = [UInt64](repeating: 0, count: Tally.slots)
  private var drops = [UInt64](repeating: 0, count: Tally.slots)
  private var notes = [UInt64](repeating: 0, count: Tally.slots)

  private static let slots = Int(Reason.allCases.map(\.rawValue).max() ?? 0) + 1

  package init() {}

  package func countClose(_ reason: Reason) { closes[Int(reason.rawValue)] &+= 1 }
  package func countDrops(_ count: UInt64, _ reason: Reason) {
    drops[Int(reason.rawValue)] &+= count
  }
  /// Counts something odd that was let pass.
  package func note(_ reason: Reason) { notes[Int(reason.rawValue)] &+= 1 }

  package var snapshot: Snapshot {
    var snapshot = Snapshot()
    snapshot.sessions = sessions
    snapshot.players = players
    snapshot.accepted = accepted
    snapshot.packets = packets
    snapshot.bytes = bytes
    snapshot.rewritten = rewritten
    snapshot.dropped = dropped
    snapshot.rules = rules.counts
    snapshot.shadowedSessions = rules.shadowedSessions
    snapshot.meters = meters
    snapshot.learntSessions = calibration.sessions
    snapshot.learntPackets = calibration.packetCount
    snapshot.tunnels = tunnels
    for reason in Reason.allCases {
      let at = Int(reason.rawValue)
      if closes[at] > 0 { snapshot.closes[reason] = closes[at] }
      if drops[at] > 0 { snapshot.drops[reason] = drops[at] }
      if notes[at] > 0 { snapshot.notes[reason] = notes[at] }
    }
    return snapshot
  }
}
