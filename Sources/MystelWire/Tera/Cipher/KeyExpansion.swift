/// The expansion of a 128-byte key into the 170 words of the three generators.
///
/// The message is hashed 34 times, each time whole and each time with 20 more of its leading bytes
/// replaced by the digest. Blocks that lie before the replaced part never change again, so the
/// hash state behind them is kept: 224 compressions instead of 374.
/// Source: docs/protocol/tera.md#key-schedule
struct KeyExpansion {
  /// Words of expanded key: 680 bytes.
  static let wordCount = 170

  private static let blockCount = 11
  /// The message as big-endian words, padded to whole blocks.
  private var message = InlineArray<176, UInt32>(repeating: 0)
  /// Compressions spent so far, for the benchmark's account of the work saved.
  private(set) var compressions = 0

  init(key: SessionKey) {
    for index in 0..<KeyExpansion.wordCount {
      let at = index * 4 & 127
      let bytes = (0..<4).map { UInt32(key.storage[at + $0]) }
      message[index] = bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]
    }
    message[0] = message[0] & 0x00ff_ffff | 128 << 24
    message[170] = 0x8000_0000
    message[175] = UInt32(KeyExpansion.wordCount * 32)
    rewrite()
  }

  /// Word `index` of the expanded key, in the little-endian reading the generators use.
  subscript(index: Int) -> UInt32 { message[index].byteSwapped }

  private mutating func rewrite() {
    var prefix = SHA0()
    var prefixBlocks = 0
    for first in stride(from: 0, to: KeyExpansion.wordCount, by: 5) {
      let settledBlocks = first / 16
      var hash = prefix
      for block in prefixBlocks..<KeyExpansion.blockCount {
        if block == settledBlocks {
          prefix = hash
          prefixBlocks = block
        }
        hash.compress(message.span, from: block * 16)
        compressions += 1
      }
      let digest = hash.words
      for index in 0..<5 { message[first + index] = digest[index].byteSwapped }
    }
  }
}
