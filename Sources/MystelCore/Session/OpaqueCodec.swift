import MystelWire

/// The game part of a `game: none` session: bytes that nobody reads, under the same limits.
struct OpaqueCodec {
  /// Client bytes that came before the backend was connected.
  private(set) var early: [UInt8] = []
  var meter: SessionMeter
  private var meterWork = MeterWork()
  /// The moment before which the latest read's side is not to be read on.
  private(set) var heldUntil: Instant?
  private let earlyBytes: Int

  /// - Parameter earlyBytes: the most that is kept for a backend that is not connected yet.
  init(_ limits: Limits, now: Instant) {
    meter = SessionMeter(limits.session, now: now)
    earlyBytes = limits.queueBytes
  }

  /// Takes in all of `bytes`.
  ///
  /// - Parameter isConnected: whether the backend is.
  mutating func receive(
    _ bytes: RawSpan, from side: Side, isConnected: Bool, now: Instant,
    output: inout SessionOutput
  ) {
    output.consumed = bytes.byteCount
    heldUntil = nil
    if side == .client {
      output.close = charge(bytes.byteCount, now: now)
      guard output.close == nil else { return }
    }
    if side == .backend || isConnected {
      output.passThrough = 0..<bytes.byteCount
      return
    }
    // An end of input makes the engine read what is left, wanted or not.
    guard early.count + bytes.byteCount <= earlyBytes else {
      output.close = .backendQueueFull
      return
    }
    bytes.withUnsafeBytes { early.append(contentsOf: $0) }
  }

  /// What came early, once.
  mutating func takeEarly() -> [UInt8] {
    defer { early = [] }
    return early
  }

  /// What the meter did since this was last called.
  mutating func takeMeterWork() -> MeterWork {
    defer { meterWork = MeterWork() }
    return meterWork
  }

  /// Single bytes cannot be left out: where packets would be dropped, the session ends.
  private mutating func charge(_ byteCount: Int, now: Instant) -> Reason? {
    switch meter.charge(cost: 0, byteCount: byteCount, now: now) {
    case .pass: return nil
    case .count: meterWork.counted &+= 1
    case .delay(let until):
      meterWork.delayed &+= 1
      heldUntil = until
    case .coalesce(let until):
      meter.owe(cost: 0, byteCount: byteCount, now: now)
      meterWork.delayed &+= 1
      heldUntil = until
    case .drop(let reason), .close(let reason), .ban(let reason): return reason
    }
    return nil
  }
}
