/// SHA-0, the hash of the TERA key expansion: SHA-1 without the rotation in the message schedule.
///
/// Cryptographically broken and used only because the game's cipher asks for it.
/// Source: docs/protocol/tera.md#key-schedule
public struct SHA0: Equatable, Sendable {
  private var a: UInt32 = 0x6745_2301
  private var b: UInt32 = 0xefcd_ab89
  private var c: UInt32 = 0x98ba_dcfe
  private var d: UInt32 = 0x1032_5476
  private var e: UInt32 = 0xc3d2_e1f0

  /// The state before the first block.
  public init() {}

  /// The five digest words.
  public var words: InlineArray<5, UInt32> { [a, b, c, d, e] }

  /// Takes in one block: 16 message words, already read as big-endian numbers.
  ///
  /// - Precondition: `words` holds at least `first + 16` elements.
  mutating func compress(_ words: Span<UInt32>, from first: Int) {
    var schedule = InlineArray<80, UInt32>(repeating: 0)
    for index in 0..<16 { schedule[index] = words[first + index] }
    // Safety: the schedule has 80 words, and `index` runs from 16 below that.
    for index in 16..<80 {
      schedule[unchecked: index] =
        schedule[unchecked: index &- 3] ^ schedule[unchecked: index &- 8]
        ^ schedule[unchecked: index &- 14] ^ schedule[unchecked: index &- 16]
    }
    var (v, w, x, y, z) = (a, b, c, d, e)
    @inline(__always)
    func turn(
      _ v: UInt32, _ w: inout UInt32, _ z: inout UInt32, _ mixed: UInt32, _ constant: UInt32,
      _ index: Int
    ) {
      z = (v << 5 | v >> 27) &+ mixed &+ z &+ constant &+ schedule[unchecked: index]
      w = w << 30 | w >> 2
    }
    // Five rounds at a time, after which every word is in its old place.
    @inline(__always)
    func rounds(
      _ range: Range<Int>, _ constant: UInt32, _ mix: (UInt32, UInt32, UInt32) -> UInt32
    ) {
      var index = range.lowerBound
      while index < range.upperBound {
        turn(v, &w, &z, mix(w, x, y), constant, index)
        turn(z, &v, &y, mix(v, w, x), constant, index &+ 1)
        turn(y, &z, &x, mix(z, v, w), constant, index &+ 2)
        turn(x, &y, &w, mix(y, z, v), constant, index &+ 3)
        turn(w, &x, &v, mix(x, y, z), constant, index &+ 4)
        index &+= 5
      }
    }
    rounds(0..<20, 0x5a82_7999) { $2 ^ ($0 & ($1 ^ $2)) }
    rounds(20..<40, 0x6ed9_eba1) { $0 ^ $1 ^ $2 }
    rounds(40..<60, 0x8f1b_bcdc) { ($0 & $1) | ($2 & ($0 | $1)) }
    rounds(60..<80, 0xca62_c1d6) { $0 ^ $1 ^ $2 }
    a = a &+ v
    b = b &+ w
    c = c &+ x
    d = d &+ y
    e = e &+ z
  }

  /// The digest of a whole message, 20 bytes.
  public static func digest(of message: [UInt8]) -> [UInt8] {
    var padded = message + [0x80]
    padded += Array(repeating: 0, count: (120 - padded.count % 64) % 64)
    let bits = UInt64(message.count) &* 8
    padded += (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) }
    let words = stride(from: 0, to: padded.count, by: 4).map { at in
      padded[at..<at + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    var hash = SHA0()
    for first in stride(from: 0, to: words.count, by: 16) { hash.compress(words.span, from: first) }
    let digest = hash.words
    return digest.indices.flatMap { index in
      (0..<4).map { UInt8(truncatingIfNeeded: digest[index] >> UInt32(24 - 8 * $0)) }
    }
  }
}
