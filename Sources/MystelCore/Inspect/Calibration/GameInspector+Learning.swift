import MystelWire

extension GameInspector {
  /// Inspects a packet of a session that is declared genuine, and learns from it.
  mutating func inspect(
    _ packet: RawSpan, _ opcode: UInt16, _ direction: Direction, before onlookers: Onlookers,
    _ outlet: inout PacketOutlet
  ) -> Verdict {
    let before = outlet.findings.findings.count
    let verdict = weigh(packet, opcode, direction, &outlet)
    onlookers.recording?.take(packet, direction, verdict, build: build, at: now)
    if let build, let learner = onlookers.learner {
      learner.take(
        packet, from: direction == .toBackend ? .client : .backend,
        outlet.findings.findings[before...], verdict, of: build, by: policy, at: now)
    }
    return verdict
  }
}
