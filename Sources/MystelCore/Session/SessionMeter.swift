/// What one session's client has sent, held against `SessionLimits`: token buckets for packets, by
/// their cost, and for bytes.
///
/// Each has two windows. Over seven seconds a client may send the limit's worth, and credit not
/// used is kept that long: what comes late after a stall, the player's, the server's or our own, is
/// what was not sent meanwhile. In one second it may send `burst`, whatever its credit. Buckets
/// count in time (when each is full again), so nothing has to be refilled.
package struct SessionMeter: Sendable {
  /// What a packet has to expect.
  package enum Outcome: Equatable, Sendable {
    case pass
    /// More than the limit, and only counted.
    case count
    /// Passes, and the client is not read before this moment.
    case delay(until: Instant)
    /// Left out, or delayed where it may not be.
    case coalesce(until: Instant)
    case drop(Reason)
    case close(Reason)
    case ban(Reason)
  }

  private struct Bucket {
    let pace: Pace
    var fullAt: UInt64 = 0

    func debt(after units: UInt64, floor: UInt64, now: UInt64) -> UInt64 {
      pace.debt(fullAt, taking: units, floor: floor, now: now)
    }

    mutating func take(_ units: UInt64, floor: UInt64) {
      fullAt = pace.taken(fullAt, units, floor: floor)
    }
  }

  private let reaction: SessionLimits.Reaction
  private let mode: Configuration.Mode
  private var packets: Bucket
  private var packetPeak: Bucket
  private var bytes: Bucket
  private var bytePeak: Bucket
  /// Credit counts from here on until `excusedUntil`: the client was not read for a while.
  private var excusedFrom: UInt64 = 0
  private var excusedUntil: UInt64 = 0

  private static let window = UInt64(SessionLimits.windowSeconds)

  /// A meter of a session that begins with one second's credit; more has to be earned.
  package init(_ limits: SessionLimits, now: Instant) {
    mode = limits.mode
    reaction = limits.reaction
    func bucket(_ perSecond: Int?, _ burst: Int?) -> (long: Bucket, peak: Bucket) {
      let perSecond = limits.mode == .off ? nil : perSecond
      let whole = (perSecond ?? 0) * SessionLimits.windowSeconds
      let peak = burst ?? whole
      var long = Bucket(pace: Pace(perSecond: perSecond, burst: whole))
      long.fullAt = now.nanoseconds &+ long.pace.room / Self.window &* (Self.window - 1)
      return (long, Bucket(pace: Pace(perSecond: perSecond.map { _ in peak }, burst: peak)))
    }
    (packets, packetPeak) = bucket(limits.packetsPerSecond, limits.burstPackets)
    (bytes, bytePeak) = bucket(limits.bytesPerSecond, limits.burstBytes)
  }

  /// Whether nothing is limited.
  var isOff: Bool { if case .off = mode { true } else { false } }

  /// Whether repeats are to be told from other packets.
  var coalesces: Bool { mode == .enforce && reaction == .coalesce }

  /// The client could not be read, or was not, for a while that ends now: what it could have sent
  /// meanwhile may come at once.
  package mutating func excuse(since: Instant, now: Instant) {
    let from = since.nanoseconds
    excusedFrom = excusedUntil > now.nanoseconds ? min(excusedFrom, from) : from
    excusedUntil = now.nanoseconds &+ Self.window &* 1_000_000_000
  }

  /// Takes a packet's worth. Inlined into the judging of every packet.
  package mutating func charge(cost: Int, byteCount: Int, now: Instant) -> Outcome {
    if isOff { return .pass }
    let now = now.nanoseconds
    let isExcused = now < excusedUntil
    let floor = isExcused ? min(excusedFrom, now) : now
    let cost = UInt64(cost)
    let byteCount = UInt64(byteCount)
    let packetDebt = max(
      packets.debt(after: cost, floor: floor, now: now),
      packetPeak.debt(after: cost, floor: floor, now: now))
    let byteDebt = max(
      bytes.debt(after: byteCount, floor: floor, now: now),
      bytePeak.debt(after: byteCount, floor: floor, now: now))
    let debt = max(packetDebt, byteDebt)
    guard debt > 0 else {
      take(cost, byteCount, floor)
      return .pass
    }
    guard mode == .enforce else { return .count }
    let until = Instant(nanoseconds: now &+ debt)
    let reason = packetDebt >= byteDebt ? Reason.packetRate : .byteRate
    switch reaction {
    case .count: return .count
    case .delay:
      take(cost, byteCount, floor)
      return .delay(until: until)
    case .coalesce: return .coalesce(until: until)
    case .drop: return .drop(reason)
    case .close: return .close(reason)
    case .ban: return .ban(reason)
    }
  }

  /// Takes a packet's worth that `charge` has left to be delayed.
  package mutating func owe(cost: Int, byteCount: Int, now: Instant) {
    let now = now.nanoseconds
    take(UInt64(cost), UInt64(byteCount), now < excusedUntil ? min(excusedFrom, now) : now)
  }

  private mutating func take(_ cost: UInt64, _ byteCount: UInt64, _ floor: UInt64) {
    packets.take(cost, floor: floor)
    packetPeak.take(cost, floor: floor)
    bytes.take(byteCount, floor: floor)
    bytePeak.take(byteCount, floor: floor)
  }
}
