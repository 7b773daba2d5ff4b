import MystelCore

/// The counters that an event stream tells each second: what a page draws its charts of.
struct TickCounters: Encodable, Sendable {
  /// Of the process, since it started, so that a reader can tell rates whatever delayed a tick.
  var milliseconds: Int64
  var sessions: Int
  var capacity: Int
  var packets: DirectionCounts
  var bytes: DirectionCounts
  /// By label of the reason.
  var closes: [String: UInt64]
  var drops: [String: UInt64]
  var notes: [String: UInt64]
  var bans: Int
  /// `normal`, `elevated` or `under_attack`.
  var attack: String

  init(_ sample: MonitoringSample, at now: Double) {
    let snapshot = sample.snapshot
    let status = StatusAnswer(
      version: sample.version, processID: 0, upSeconds: 0, profile: "", capacity: sample.capacity,
      snapshot: snapshot, listeners: [], backends: [])
    milliseconds = Int64(max(0, now - sample.started) * 1000)
    sessions = status.sessions
    capacity = status.capacity
    packets = status.packets
    bytes = status.bytes
    closes = status.closes
    drops = status.drops
    notes = status.notes
    bans = sample.reputation?.bans ?? 0
    attack = snapshot.admission.label
  }
}
