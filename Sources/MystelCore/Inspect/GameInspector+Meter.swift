import MystelWire

extension GameInspector {
  /// Holds a client packet against the session's limits. Nil where it may go on.
  mutating func meter(
    _ packet: RawSpan, opcode: UInt16, outlet: inout PacketOutlet
  ) -> Verdict? {
    var cost = 1
    var isIdempotent = false
    if let tables {
      let entry = tables.pointee.entry(opcode)
      cost = Int(entry.pointee.cost)
      isIdempotent = entry.pointee.isIdempotent
    }
    let outcome = limits.charge(cost: cost, byteCount: packet.byteCount, now: now)
    if coalesces { repeatCheck.look(at: packet, isIdempotent: isIdempotent) }
    switch outcome {
    case .pass: return nil
    case .count:
      meterWork.counted &+= 1
      return nil
    case .coalesce where repeatCheck.isRepeat:
      meterWork.coalesced &+= 1
      return .drop(.coalesced)
    case .coalesce(let until):
      limits.owe(cost: cost, byteCount: packet.byteCount, now: now)
      delay(until: until, &outlet)
      return nil
    case .delay(let until):
      delay(until: until, &outlet)
      return nil
    case .drop(let reason):
      meterWork.dropped &+= 1
      return .drop(reason)
    case .close(let reason): return .close(reason)
    case .ban(let reason):
      earnedBan = true
      return .close(reason)
    }
  }

  /// The memory that the session's limits and signatures take, in bytes, beside the table of what
  /// the server announced.
  package var watchBytes: Int {
    MemoryLayout<SessionMeter>.size + MemoryLayout<RepeatCheck>.size
      + MemoryLayout<MeterWork>.size + MemoryLayout<SignatureState>.size
      - MemoryLayout<EntityTable>.size + signatures.heapBytes
  }

  /// What limits and rates did since this was last called.
  mutating func takeMeterWork() -> MeterWork {
    defer { meterWork = MeterWork() }
    return meterWork
  }

  /// Has the client not read for a while, once this packet is through.
  mutating func delay(until: Instant, _ outlet: inout PacketOutlet) {
    meterWork.delayed &+= 1
    outlet.heldUntil = max(outlet.heldUntil ?? until, until)
  }
}
