import MystelWire

/// The inspection of a TERA session, in the order of docs/ARCHITECTURE.md#inspection.
///
/// Framing is checked by the lane before a packet gets here.
package struct GameInspector: PacketInspector {
  private let builds: [UInt32]
  /// The build the client claimed and the backend speaks; nil before the first packet, and after
  /// a first packet that claims none.
  package private(set) var build: UInt32?
  package private(set) var sawFirstPacket = false

  /// - Parameter builds: the builds that the listener and its backend have in common.
  package init(builds: [UInt32]) { self.builds = builds }

  package mutating func inspect(
    _ packet: RawSpan, opcode: UInt16, direction: Direction, outlet: inout PacketOutlet
  ) -> Verdict {
    if !sawFirstPacket && direction == .toBackend {
      return admitFirst(packet, opcode: opcode)
    }
    return .forward
  }

  /// The first packet says which build the client speaks. A client without one is let through only
  /// if it starts with the login of a listed build; whether that is a tool is for the signatures.
  /// Anything else is not TERA, or not deciphered with the keys that were exchanged.
  private mutating func admitFirst(_ packet: RawSpan, opcode: UInt16) -> Verdict {
    guard opcode == TeraBuild.checkVersionOpcode else {
      let isLogin = builds.contains { TeraBuild.known($0)?.loginArbiterOpcode == opcode }
      guard isLogin else { return .close(.firstPacketUnexpected) }
      sawFirstPacket = true
      return .forward
    }
    guard let view = PacketView(packet) else { return .close(.checkVersionMalformed) }
    switch CheckVersion.parse(view) {
    case .failure:
      return .close(.checkVersionMalformed)
    case .success(let claim):
      guard builds.contains(claim.build) else { return .close(.buildNotServed) }
      sawFirstPacket = true
      build = claim.build
      return .forward
    }
  }
}
