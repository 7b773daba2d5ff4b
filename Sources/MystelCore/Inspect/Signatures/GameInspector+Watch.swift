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
    let broken = signatures.watch(
      entry.pointee.watch, packet, tables, session: state, now: now.nanoseconds)
    var refusal: Verdict?
    for index in 0..<broken.count {
      // Safety: steps are counted by the watch, which stays inside the compiler's range.
      let step = tables.pointee.watches[Int(broken.steps[index])]
      let found = report(
        step.rule, opcode, at: Int(step.offset), Int(step.width), tables, &findings,
        field: step.field)
      refusal = refusal ?? found
    }
    return refusal
  }
}
