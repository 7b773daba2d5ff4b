/// What a session's meters and rates did since they were last asked, and what they want.
package struct MeterWork: Sendable, Equatable {
  /// Packets beyond a limit that was only counted.
  package var counted: UInt64 = 0
  /// Packets after which the client was not read for a while.
  package var delayed: UInt64 = 0
  /// Repeats of idempotent packets that were left out.
  package var coalesced: UInt64 = 0
  /// Packets left out because they were too many.
  package var dropped: UInt64 = 0

  package init() {}

  package static func + (left: MeterWork, right: MeterWork) -> MeterWork {
    var sum = left
    sum.counted &+= right.counted
    sum.delayed &+= right.delayed
    sum.coalesced &+= right.coalesced
    sum.dropped &+= right.dropped
    return sum
  }
}

/// Tells whether a client packet repeats the one before it.
struct RepeatCheck: Sendable {
  private var last: UInt64 = 0
  /// Whether the latest packet is idempotent and equals the one before it.
  private(set) var isRepeat = false

  /// Takes in the next packet. One made to collide with another is its own sender's loss.
  mutating func look(at packet: RawSpan, isIdempotent: Bool) {
    guard isIdempotent else {
      last = 0
      isRepeat = false
      return
    }
    var hash: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(packet.byteCount)
    packet.withUnsafeBytes { bytes in
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    isRepeat = hash == last
    last = hash
  }
}
