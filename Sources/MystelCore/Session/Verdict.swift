/// What becomes of one packet.
package enum Verdict: Equatable, Sendable {
  /// Pass it on as it came.
  case forward
  /// Pass on `PacketOutlet.replacement` instead.
  case rewrite
  /// Leave it out; the session goes on.
  case drop(Reason)
  /// Leave it out and end the session.
  case close(Reason)
}

/// Where an inspector puts packets of its own. All are plaintext packets, header included.
package struct PacketOutlet: ~Copyable {
  /// The packet that takes the place of the inspected one; read only after `.rewrite`.
  package var replacement = ScratchBuffer()
  /// Packets that go ahead of the inspected one, in its direction.
  package var ahead = ScratchBuffer()
  /// Packets that answer the sender.
  package var replies = ScratchBuffer()
  /// The moment before which the sender is not read on, set by the packet just judged.
  package var heldUntil: Instant?
  /// What was found wrong, acted on or not.
  package var findings = FindingBuffer()
  /// Memory of the repair: a text, the same once cleaned, and marks on bytes already claimed.
  var text = ScratchBuffer()
  var cleanText = ScratchBuffer()
  var marks = ScratchBuffer()

  package init() {}
}

/// Judges every packet of a session, in order, both directions.
///
/// Called once a packet on the hot path: implementations are structs that allocate nothing.
package protocol PacketInspector: ~Copyable {
  /// - Parameter packet: one whole plaintext packet, its length field equal to its size (>= 4).
  mutating func inspect(
    _ packet: RawSpan, opcode: UInt16, direction: Direction, outlet: inout PacketOutlet
  ) -> Verdict
}
