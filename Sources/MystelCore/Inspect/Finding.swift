/// One packet that broke a rule: what the log, `replay --explain` and the reputation get to know.
package struct Finding: Equatable, Sendable {
  /// The rule's place in `InspectionPolicy.rules`.
  package var rule: UInt16
  /// Whether the rule acted, or only would have.
  package var isEnforced: Bool
  package var opcode: UInt16
  package var direction: Direction
  /// The field's place in `BuildPolicy.fieldNames`; 0 where it concerns the whole packet.
  package var field: UInt16
  /// Where the offending bytes lie in the packet.
  package var offset: UInt16
  package var byteCount: UInt16
  /// Where the packet lies in `FindingBuffer.packets`; 0 bytes where it was not kept.
  package var packetStart: UInt32 = 0
  package var packetCount: UInt16 = 0
  /// The packet's whole length.
  package var packetLength: UInt16 = 0

  package init(
    rule: UInt16, isEnforced: Bool, opcode: UInt16, direction: Direction, field: UInt16 = 0,
    offset: UInt16 = 0, byteCount: UInt16 = 0
  ) {
    self.rule = rule
    self.isEnforced = isEnforced
    self.opcode = opcode
    self.direction = direction
    self.field = field
    self.offset = offset
    self.byteCount = byteCount
  }
}
