import MystelCore
import MystelTesting
import MystelWire

/// Breaks sound packets in the ways that attackers and broken tools do.
struct PacketMutator {
  private var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// A mutation of a packet, framed as any packet is that gets past the framing.
  mutating func mutate(
    _ packet: [UInt8], _ landmarks: [SlowChecker.Landmark]
  ) -> [UInt8] {
    var bytes = packet
    for _ in 0...random.next(below: 3) { step(&bytes, landmarks) }
    if bytes.count < 4 { bytes += [UInt8](repeating: 0, count: 4 - bytes.count) }
    if bytes.count > PacketView.maximumBytes {
      bytes.removeLast(bytes.count - PacketView.maximumBytes)
    }
    Self.put(bytes.count, at: 0, &bytes)
    // Mostly the opcode stays: another one is a test of another packet.
    if random.next(below: 16) > 0 { bytes.replaceSubrange(2..<4, with: packet[2..<4]) }
    return bytes
  }

  private mutating func step(_ bytes: inout [UInt8], _ landmarks: [SlowChecker.Landmark]) {
    switch random.next(below: 12) {
    case 0: flip(&bytes)
    case 1: bytes.removeLast(min(bytes.count, pick(12)))
    case 2: bytes.removeLast(pick(bytes.count + 1))
    case 3: bytes += random.bytes(1 + pick(24))
    case 4:
      let at = pick(bytes.count)
      Self.put(odd(bytes), at: at, &bytes)
    case 5: swap(&bytes)
    case 6: repeatPart(&bytes)
    default: aim(&bytes, landmarks)
    }
  }

  private mutating func flip(_ bytes: inout [UInt8]) {
    for _ in 0...pick(4) where !bytes.isEmpty {
      bytes[pick(bytes.count)] ^= 1 << UInt8(pick(8))
    }
  }

  private mutating func swap(_ bytes: inout [UInt8]) {
    guard bytes.count >= 8 else { return }
    let (left, right) = (pick(bytes.count - 1), pick(bytes.count - 1))
    let (a, b) = (Self.word(left, bytes), Self.word(right, bytes))
    Self.put(b, at: left, &bytes)
    Self.put(a, at: right, &bytes)
  }

  /// A part of the packet once more, at its end or over another part.
  private mutating func repeatPart(_ bytes: inout [UInt8]) {
    guard bytes.count > 8 else { return }
    let start = 4 + pick(bytes.count - 4)
    let part = Array(bytes[start..<min(bytes.count, start + 1 + pick(32))])
    if random.next(below: 2) == 0 {
      bytes += part
    } else {
      let target = pick(bytes.count - part.count + 1)
      bytes.replaceSubrange(target..<(target + part.count), with: part)
    }
  }

  /// Changes what holds the packet together.
  private mutating func aim(_ bytes: inout [UInt8], _ landmarks: [SlowChecker.Landmark]) {
    let inside = landmarks.filter { $0.at + 4 <= bytes.count }
    guard !inside.isEmpty else { return flip(&bytes) }
    let mark = inside[pick(inside.count)]
    switch mark.kind {
    case .count: Self.put([0, 1, 2, 255, 65535, odd(bytes)][pick(6)], at: mark.at, &bytes)
    case .offset, .here, .next:
      let others = inside.filter { [.offset, .here, .next].contains($0.kind) }
      let other = others[pick(others.count)]
      switch random.next(below: 4) {
      // Leads where another one leads, or nearly: overlaps, cycles.
      case 0: Self.put(Self.word(other.at, bytes), at: mark.at, &bytes)
      case 1: Self.put(Self.word(other.at, bytes) + pick(9) - 4, at: mark.at, &bytes)
      // Elements and data in another order.
      case 2:
        let (a, b) = (Self.word(mark.at, bytes), Self.word(other.at, bytes))
        Self.put(b, at: mark.at, &bytes)
        Self.put(a, at: other.at, &bytes)
      default: Self.put(odd(bytes), at: mark.at, &bytes)
      }
    case .float:
      let bits = [0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0x7f80_0001, 0xffff_ffff, 0x7f7f_ffff]
      let value = bits[pick(bits.count)]
      Self.put(value % 65536, at: mark.at, &bytes)
      Self.put(value / 65536, at: mark.at + 2, &bytes)
    case .bool: bytes[mark.at] = [2, 127, 128, 255][pick(4)]
    }
  }

  /// Numbers at which readers go wrong.
  private mutating func odd(_ bytes: [UInt8]) -> Int {
    let numbers = [
      0, 1, 2, 3, 4, 6, 8, 127, 128, 255, 256, 32767, 32768, 65534, 65535, bytes.count - 2,
      bytes.count - 1, bytes.count, bytes.count + 1, pick(bytes.count + 1), pick(65536),
    ]
    return numbers[pick(numbers.count)]
  }

  private mutating func pick(_ bound: Int) -> Int {
    Int(random.next(below: UInt64(max(bound, 1))))
  }

  private static func word(_ at: Int, _ bytes: [UInt8]) -> Int {
    at + 1 < bytes.count ? Int(bytes[at]) + 256 * Int(bytes[at + 1]) : 0
  }

  private static func put(_ value: Int, at place: Int, _ bytes: inout [UInt8]) {
    guard place >= 0, place + 1 < bytes.count else { return }
    bytes[place] = UInt8(truncatingIfNeeded: value)
    bytes[place + 1] = UInt8(truncatingIfNeeded: value >> 8)
  }
}
