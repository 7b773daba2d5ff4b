import MystelWire

/// TERA's cipher as the protocol page tells it, without a thought for speed: the whole message is
/// hashed 34 times, and every word branches on the carries. The product is checked against it.
package struct TextbookCipher {
  package struct Stream {
    private var words: [UInt32]
    private var index = [0, 0, 0]
    private var sum: [UInt32] = [0, 0, 0]
    private var carry = [false, false, false]
    private var pending: [UInt8] = []

    fileprivate init(key: [UInt8]) { words = TextbookCipher.expand(key) }

    /// The next `count` bytes of the stream that starts where this value stands.
    package func take(_ count: Int) -> [UInt8] {
      var copy = self
      return copy.advance(count)
    }

    fileprivate mutating func advance(_ count: Int) -> [UInt8] {
      while pending.count < count { pending += word() }
      let bytes = Array(pending[0..<count])
      pending.removeFirst(count)
      return bytes
    }

    private mutating func word() -> [UInt8] {
      let majority = carry.filter { $0 }.count >= 2
      let shape = [(0, 55, 31), (55, 57, 50), (112, 58, 39)]
      for (generator, (base, size, tap)) in shape.enumerated() where carry[generator] == majority {
        let at = index[generator]
        let total = UInt64(words[base + at]) + UInt64(words[base + (at + tap) % size])
        sum[generator] = UInt32(truncatingIfNeeded: total)
        carry[generator] = total >> 32 == 1
        index[generator] = (at + 1) % size
      }
      let mixed = sum[0] ^ sum[1] ^ sum[2]
      return (0..<4).map { UInt8(truncatingIfNeeded: mixed >> UInt32(8 * $0)) }
    }
  }

  package let toBackend: Stream
  package let toClient: Stream

  package init(keys: SessionKeys, schedule: KeySchedule) {
    let turn = schedule == .current ? (67, 29, 41) : (31, 17, 79)
    func right(_ key: SessionKey, _ count: Int) -> [UInt8] {
      let bytes = key.bytes
      return (0..<128).map { bytes[($0 + 128 - count) % 128] }
    }
    func mix(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { zip(left, right).map { $0 ^ $1 } }
    let key1 = mix(
      mix(right(keys.server1, turn.0), keys.client1.bytes), right(keys.client2, 128 - turn.1))
    var stream = Stream(key: key1)
    let key2 = mix(right(keys.server2, turn.2), stream.advance(128))
    toBackend = stream
    toClient = Stream(key: key2)
  }

  private static func expand(_ key: [UInt8]) -> [UInt32] {
    var data = (0..<680).map { key[$0 % 128] }
    data[0] = 128
    for at in stride(from: 0, to: 680, by: 20) {
      let digest = SHA0.digest(of: data)
      for word in 0..<5 {
        for byte in 0..<4 { data[at + word * 4 + byte] = digest[word * 4 + 3 - byte] }
      }
    }
    return stride(from: 0, to: 680, by: 4).map { at in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[at + $1]) << UInt32(8 * $1) }
    }
  }
}
