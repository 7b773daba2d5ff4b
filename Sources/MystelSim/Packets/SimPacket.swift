import MystelWire

/// A packet of the simulation, written field by field.
func simPacket(_ opcode: SimOpcode, _ fill: (inout PacketWriter) -> Void = { _ in }) -> [UInt8] {
  var body = PacketWriter()
  fill(&body)
  guard let packet = try? body.packet(opcode: opcode.rawValue) else {
    preconditionFailure("the simulation writes no packet of more than 65,535 bytes")
  }
  return packet
}

extension PacketWriter {
  /// Fields that the simulation leaves at zero, by the bytes they take in the packet (in an
  /// element: counted from the element's start).
  mutating func zeros(_ offsets: Range<Int>) {
    for _ in offsets { u8(0) }
  }

  mutating func vector(_ place: SimPlace) {
    vector(Vector3(x: place.x, y: place.y, z: place.z))
  }

  mutating func heading(_ place: SimPlace) { angle(Angle(raw: place.heading)) }

  mutating func skill(_ skill: SkillID) { self.skill(skill, width: .wide) }
}
