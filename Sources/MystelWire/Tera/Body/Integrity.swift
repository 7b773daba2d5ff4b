/// What stands behind the opcode of a stamped client packet: which one of its opcode it is on
/// the connection, and a hash.
public struct IntegrityHeader: Equatable, Sendable {
  /// The client's counter for this opcode; it starts at 1.
  public var count: UInt32
  /// The hash over the rest of the packet; 0 where the build's server does not check it.
  public var hash: UInt32

  /// A header from its two words.
  public init(count: UInt32, hash: UInt32) {
    self.count = count
    self.hash = hash
  }
}

/// The hash that clients of patch 93 and later put into stamped packets.
///
/// Source: docs/protocol/tera.md#integrity
public enum Integrity {
  /// The number the server gave at login. Implementations disagree on its sign, and the hash
  /// differs between the two from 2^31 on.
  public enum Seed: Equatable, Sendable {
    /// Taken as two's complement.
    case signed(Int32)
    /// Taken as it is.
    case unsigned(UInt32)

    var value: Int64 {
      switch self {
      case .signed(let seed): Int64(seed)
      case .unsigned(let seed): Int64(seed)
      }
    }
  }

  /// The hash's own bytes, which it does not cover.
  private static let hashField = 8..<12

  /// The hash that `packet` must carry, its count being in place; nil where it is too short to.
  public static func hash(of packet: PacketView, seed: Seed) -> UInt32? {
    guard let header = packet.integrityHeader else { return nil }
    let seed = seed.value
    let opcode = Int64(packet.opcode)
    let count = Int64(header.count)
    var choice = seed
    var sum: Int64 = 0
    for index in 0..<packet.byteCount where !hashField.contains(index) {
      let position = Int64(index)
      // Safety: the index runs over the span.
      let byte = Int32(packet.bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
      choice &+= position
      let term: Int32
      // A negative remainder, from a negative seed, adds nothing.
      switch choice % 5 {
      case 0: term = low(-seed + opcode + count + position) ^ byte << Int32(index % 3)
      case 1: term = low(seed + opcode + count + position) & byte << Int32(index & 3)
      case 2: term = low(-2 * seed + opcode + count + position) | byte << Int32(index & 1)
      case 3: term = low(2 * seed - opcode + count + position) ^ byte << Int32(index % 3)
      case 4: term = low(seed + opcode + count) ^ byte << Int32(index % 3)
      default: term = 0
      }
      sum &+= Int64(term)
    }
    return UInt32(truncatingIfNeeded: sum)
  }

  /// Writes `count` and the hash into `packet`; the hash is 0 without a seed, as for servers
  /// that do not check. False, and nothing written, where `packet` is no packet or too short.
  public static func stamp(_ packet: inout [UInt8], count: UInt32, seed: Seed?) -> Bool {
    guard isStampable(packet) else { return false }
    store(count, in: &packet, at: 4)
    let hash = seed.flatMap { Self.hash(ofBytes: packet, seed: $0) } ?? 0
    store(hash, in: &packet, at: hashField.lowerBound)
    return true
  }

  private static func isStampable(_ packet: [UInt8]) -> Bool {
    guard let view = PacketView(packet.span.bytes) else { return false }
    return view.integrityHeader != nil
  }

  private static func hash(ofBytes packet: [UInt8], seed: Seed) -> UInt32? {
    guard let view = PacketView(packet.span.bytes) else { return nil }
    return hash(of: view, seed: seed)
  }

  private static func low(_ value: Int64) -> Int32 { Int32(truncatingIfNeeded: value) }

  private static func store(_ value: UInt32, in packet: inout [UInt8], at offset: Int) {
    for index in 0..<4 {
      packet[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))
    }
  }
}
