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
    for index in 16..<80 {
      schedule[index] =
        schedule[index - 3] ^ schedule[index - 8] ^ schedule[index - 14] ^ schedule[index - 16]
    }
    var (v, w, x, y, z) = (a, b, c, d, e)
    func turn(_ mixed: UInt32, _ constant: UInt32, _ word: UInt32) {
      let next = (v << 5 | v >> 27) &+ mixed &+ z &+ constant &+ word
      (v, w, x, y, z) = (next, v, w << 30 | w >> 2, x, y)
    }
    for index in 0..<20 { turn(y ^ (w & (x ^ y)), 0x5a82_7999, schedule[index]) }
    for index in 20..<40 { turn(w ^ x ^ y, 0x6ed9_eba1, schedule[index]) }
    for index in 40..<60 { turn((w & x) | (y & (w | x)), 0x8f1b_bcdc, schedule[index]) }
    for index in 60..<80 { turn(w ^ x ^ y, 0xca62_c1d6, schedule[index]) }
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
