/// Moments at fixed distances, whatever became of those before: an open loop, whose latencies leave out
/// no waiting (no coordinated omission).
struct LoadSchedule {
  private let interval: Double
  private var start: UInt64 = 0
  private(set) var issued: UInt64 = 0

  /// - Parameter rate: moments a second; above 0.
  init(rate: Double) { interval = 1e9 / rate }

  /// Goes on from now, as if everything so far had been on time.
  mutating func resume(at now: UInt64) { start = now &- UInt64(Double(issued) * interval) }

  /// The next moment that is due, with its number from 0.
  mutating func next(now: UInt64) -> (number: UInt64, dueAt: UInt64)? {
    let dueAt = start + UInt64(Double(issued) * interval)
    guard dueAt <= now else { return nil }
    defer { issued += 1 }
    return (issued, dueAt)
  }
}

/// What a game server sends to somebody who enters the world, over and over, beside other players.
struct LoadBurst {
  /// About 400 KB: what a login of the recorded sessions brings.
  static let packets = 25
  static let packetBytes = 16_168
  /// Sessions that take turns, so that a burst does not wait for the one before.
  static let sessions = 4

  /// Bursts a second, all sessions together.
  var rate: Double
  let traffic = LoadTraffic(requestBytes: 43, replyBytes: Self.packetBytes)
}
