import MystelWire

extension GameInspector {
  /// Holds a packet against the signatures. - Returns: the verdict, where one refuses the packet.
  mutating func watch(
    _ bytes: UnsafeRawBufferPointer, _ opcode: UInt16, _ entry: UnsafePointer<PacketEntry>,
    _ reading: IntegrityReading, _ tables: UnsafePointer<BuildTables>,
    _ findings: inout FindingBuffer
  ) -> Verdict? {
    guard let start = bytes.baseAddress else { return nil }
    let packet = WatchedPacket(
      bytes: start, count: bytes.count, shift: reading.shift, reading: reading)
    signatures.watch(
      entry.pointee.watch, packet, tables, session: &state, now: now.nanoseconds)
    guard signatures.broken.count > 0 else { return nil }
    var refusal: Verdict?
    let broken = signatures.broken
    broken.forEach { step in
      let found = report(
        step.rule, opcode, at: Int(step.offset), Int(step.width), tables, &findings,
        field: step.field)
      refusal = refusal ?? found
    }
    return refusal
  }
}
