import MystelCore
import MystelWire

/// An inspector that drops, rewrites or adds a packet now and then, and keeps what each side must
/// see in the end.
package struct ChaosInspector: PacketInspector {
  package private(set) var expected = PerDirection<[UInt8]>(toBackend: [], toClient: [])
  /// Packets that answered the sender; each must arrive somewhere in its direction.
  package private(set) var replies = PerDirection<Int>(toBackend: 0, toClient: 0)
  package private(set) var changes = 0
  private var random: SplitMix64
  private let oneIn: UInt64
  /// The opcode of packets that the inspector makes; senders must not use it.
  package static let ownOpcode: UInt16 = 0xabcd

  package init(seed: UInt64, oneIn: UInt64) {
    random = SplitMix64(seed: seed)
    self.oneIn = oneIn
  }

  package mutating func inspect(
    _ packet: RawSpan, opcode: UInt16, direction: Direction, outlet: inout PacketOutlet
  ) -> Verdict {
    let bytes = packet.withUnsafeBytes { [UInt8]($0) }
    guard random.next(below: oneIn) == 0 else {
      expected[direction] += bytes
      return .forward
    }
    changes += 1
    switch random.next(below: 4) {
    case 0:
      return .drop(.packetTooLong)
    case 1:
      let own = makePacket()
      outlet.replacement.append(own)
      expected[direction] += own
      return .rewrite
    case 2:
      let own = makePacket()
      outlet.ahead.append(own)
      expected[direction] += own + bytes
      return .forward
    default:
      outlet.replies.append(makePacket())
      replies[direction.opposite] += 1
      expected[direction] += bytes
      return .forward
    }
  }

  private mutating func makePacket() -> [UInt8] {
    let body = random.bytes(Int(random.next(below: 600)))
    let length = UInt16(body.count + 4)
    return [
      UInt8(truncatingIfNeeded: length), UInt8(length >> 8),
      UInt8(truncatingIfNeeded: ChaosInspector.ownOpcode), UInt8(ChaosInspector.ownOpcode >> 8),
    ] + body
  }
}
