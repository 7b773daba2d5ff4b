import MystelWire

/// TERA's cipher as its description reads, for comparison: one word a step, a branch a generator.
///
/// Shares no code with `MystelWire`, so that equal output means something.
/// Source: docs/protocol/tera.md#keystream
struct ReferenceCipher {
  var toBackend: ReferenceKeystream
  var toClient: ReferenceKeystream
  /// SHA-0 compressions that the key schedule took.
  let compressions: Int

  /// Major patch 45 and later.
  init(keys: SessionKeys) {
    let (server1, client2, server2) = (keys.server1.bytes, keys.client2.bytes, keys.server2.bytes)
    var hash = ReferenceSHA0()
    let key1 = keys.client1.bytes.indices.map { index in
      server1[(index + 128 - 67) % 128] ^ keys.client1.bytes[index] ^ client2[(index + 29) % 128]
    }
    var first = ReferenceKeystream(words: Self.expanded(key1, with: &hash))
    var key2 = (0..<128).map { server2[($0 + 128 - 41) % 128] }
    first.apply(to: &key2)
    toBackend = first
    toClient = ReferenceKeystream(words: Self.expanded(key2, with: &hash))
    compressions = hash.compressions
  }

  /// 170 words: the whole 680-byte message is hashed 34 times, and each digest replaces 20 bytes.
  private static func expanded(_ key: [UInt8], with hash: inout ReferenceSHA0) -> [UInt32] {
    var message = (0..<680).map { $0 == 0 ? 128 : key[$0 % 128] }
    for start in stride(from: 0, to: 680, by: 20) {
      let digest = hash.digest(of: message)
      for index in 0..<20 {
        message[start + index] = UInt8(truncatingIfNeeded: digest[index / 4] >> (8 * (index % 4)))
      }
    }
    return stride(from: 0, to: 680, by: 4).map { start in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(message[start + $1]) << (8 * $1) }
    }
  }
}

/// One direction: three generators, of which those step whose carry agrees with the majority.
struct ReferenceKeystream {
  private struct Generator {
    let words: [UInt32]
    let tap: Int
    var index = 0
    var sum: UInt32 = 0
    var carry = false

    init(_ words: ArraySlice<UInt32>, tap: Int) {
      self.words = Array(words)
      self.tap = tap
    }

    mutating func step() {
      var other = index + tap
      if other >= words.count { other -= words.count }
      let (partial, overflow) = words[index].addingReportingOverflow(words[other])
      sum = partial
      carry = overflow
      index += 1
      if index == words.count { index = 0 }
    }
  }

  private var first: Generator
  private var second: Generator
  private var third: Generator

  init(words: [UInt32]) {
    first = Generator(words[0..<55], tap: 31)
    second = Generator(words[55..<112], tap: 50)
    third = Generator(words[112..<170], tap: 39)
  }

  /// XORs whole words onto `bytes`; their count must be a multiple of four.
  mutating func apply(to bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { buffer in
      for offset in stride(from: 0, to: buffer.count - 3, by: 4) {
        let mixed = buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self) ^ nextWord()
        buffer.storeBytes(of: mixed, toByteOffset: offset, as: UInt32.self)
      }
    }
  }

  private mutating func nextWord() -> UInt32 {
    let majority =
      first.carry && second.carry || third.carry && (first.carry || second.carry)
    if first.carry == majority { first.step() }
    if second.carry == majority { second.step() }
    if third.carry == majority { third.step() }
    return first.sum ^ second.sum ^ third.sum
  }
}

/// SHA-0 of whole messages, counting its compressions.
struct ReferenceSHA0 {
  private(set) var compressions = 0
  private var schedule = [UInt32](repeating: 0, count: 80)

  mutating func digest(of message: [UInt8]) -> [UInt32] {
    var padded = message
    padded.append(0x80)
    while padded.count % 64 != 56 { padded.append(0) }
    let bits = UInt64(message.count) * 8
    for index in 0..<8 { padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * index))) }
    var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    for start in stride(from: 0, to: padded.count, by: 64) {
      compress(padded, from: start, into: &state)
    }
    return state
  }

  private mutating func compress(_ bytes: [UInt8], from start: Int, into state: inout [UInt32]) {
    compressions += 1
    for index in 0..<16 {
      let at = start + index * 4
      schedule[index] =
        UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8
        | UInt32(bytes[at + 3])
    }
    for index in 16..<80 {
      schedule[index] =
        schedule[index - 3] ^ schedule[index - 8] ^ schedule[index - 14] ^ schedule[index - 16]
    }
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for index in 0..<80 {
      let (mixed, constant): (UInt32, UInt32) =
        switch index {
        case ..<20: ((b & c) | (~b & d), 0x5a82_7999)
        case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
        case ..<60: ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc)
        default: (b ^ c ^ d, 0xca62_c1d6)
        }
      let next = (a << 5 | a >> 27) &+ mixed &+ e &+ constant &+ schedule[index]
      (a, b, c, d, e) = (next, a, b << 30 | b >> 2, c, d)
    }
    for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
  }
}
