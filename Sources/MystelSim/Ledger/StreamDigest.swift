/// What one direction of a session carried so far: packets, bytes, and a hash over all of them
/// (FNV-1a, 64 bits, over plaintext packets, headers included).
package struct StreamDigest: Sendable, Equatable {
  package private(set) var packets: UInt64 = 0
  package private(set) var bytes: UInt64 = 0
  package private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  package mutating func absorb(_ packet: some Collection<UInt8>) {
    var hash = hash
    for byte in packet { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    self.hash = hash
    packets &+= 1
    bytes &+= UInt64(packet.count)
  }
}

/// The digest a sender keeps: also the hash after each of its last packets, so that a receiver
/// that got fewer of them can still be compared.
package struct StreamTrail: Sendable {
  /// Packets whose hashes are kept: 512 KiB a direction at most.
  package static let depthPackets = 65_536

  package private(set) var digest = StreamDigest()
  private var hashes: [UInt64] = []

  package init() {}

  package mutating func absorb(_ packet: some Collection<UInt8>) {
    digest.absorb(packet)
    if hashes.count < StreamTrail.depthPackets {
      hashes.append(digest.hash)
    } else {
      hashes[Int((digest.packets &- 1) % UInt64(StreamTrail.depthPackets))] = digest.hash
    }
  }

  /// The hash after the first `packets` packets; nil beyond the end, or where it is forgotten.
  package func hash(after packets: UInt64) -> UInt64? {
    guard packets <= digest.packets else { return nil }
    guard packets > 0 else { return StreamDigest().hash }
    guard digest.packets - packets < UInt64(StreamTrail.depthPackets) else { return nil }
    return hashes[Int((packets - 1) % UInt64(StreamTrail.depthPackets))]
  }
}
