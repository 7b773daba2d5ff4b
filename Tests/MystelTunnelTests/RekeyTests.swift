import Crypto
import MystelTesting
import MystelTunnel
import Testing

/// Keys are replaced by count, by bytes and by time, and never worn out.
@Suite struct RekeyTests {
  @Test("A key is replaced by count, and nobody notices but the wire")
  func count() {
    var (first, second) = TunnelSettings.pair(.nk)
    first.limits.records = 4
    second.limits.records = 4
    var pair = TunnelPair(first, second)
    pair.start()
    for number in 0..<100 {
      pair.sayToBackend([UInt8(number)])
      pair.sayToClient([UInt8(number)])
      pair.carry()
    }
    #expect(pair.faults == [])
    #expect(pair.atResponder == (0..<100).map { UInt8($0) })
    #expect(pair.atInitiator == (0..<100).map { UInt8($0) })
    // One announcement after each three records: the opening one and a hundred more.
    #expect(pair.saidByInitiator.count == 86 + 144 * (101 + 33))
  }

  @Test("A key is replaced by bytes")
  func bytes() {
    var (first, second) = TunnelSettings.pair(.nk)
    first.limits.bytes = 100_000
    second.limits.bytes = 100_000
    var pair = TunnelPair(first, second)
    pair.start()
    var random = SplitMix64(seed: 3)
    let content = random.bytes(1_000_000)
    pair.sayToBackend(content)
    pair.carry()
    #expect(pair.faults == [] && pair.atResponder == content)
  }

  @Test("A key is replaced by time, with the next record")
  func time() {
    let (first, second) = TunnelSettings.pair(.nk)
    var pair = TunnelPair(first, second)
    pair.start()
    let start = pair.saidByInitiator.count
    pair.pass(milliseconds: 599_999)
    pair.sayToBackend([1])
    #expect(pair.saidByInitiator.count == start + 144)
    pair.pass(milliseconds: 1)
    pair.sayToBackend([2])
    #expect(pair.saidByInitiator.count == start + 3 * 144)
    pair.carry()
    #expect(pair.atResponder == [1, 2] && pair.faults == [])
  }

  @Test("A key that is replaced between two parts of a packet disturbs nothing, at any cut")
  func inside() {
    for segment in [1, 13, 0] {
      let (first, second) = TunnelSettings.pair(.nk)
      var pair = TunnelPair(first, second)
      pair.segment = segment
      pair.start()
      for part in 0..<20 {
        pair.sayToBackend([UInt8](repeating: UInt8(part), count: part * 13))
        pair.rekey()
      }
      pair.carry()
      #expect(pair.faults == [])
      #expect(
        pair.atResponder == (0..<20).flatMap { [UInt8](repeating: UInt8($0), count: $0 * 13) })
    }
  }

  @Test("K5: a peer that goes on under a worn-out key is refused, by count and by bytes")
  func overdue() {
    for isByCount in [true, false] {
      let (first, strict) = TunnelSettings.pair(.nk)
      var second = strict
      if isByCount { second.limits.records = 5 } else { second.limits.bytes = 5 * 128 }
      var pair = TunnelPair(first, second)
      pair.start()
      for number in 1...4 { pair.sayToBackend([UInt8(number)]) }
      pair.carry()
      #expect(pair.faults == [])
      pair.sayToBackend([5])
      pair.carry()
      #expect(pair.faults == [.rekeyOverdue] && pair.atResponder == [1, 2, 3, 4])
    }
  }

  @Test("K5: near the last number nothing is sealed or opened, and no number is used twice")
  func numbers() throws {
    var sealer = CipherState(key: key("numbers"), nonce: CipherState.mostMessages - 1)
    var opener = CipherState(key: key("numbers"), nonce: CipherState.mostMessages - 1)
    var sealed: [UInt8] = []
    try sealer.seal(([1] as [UInt8]).span.bytes, into: &sealed)
    let again: Void? = try? sealer.seal(([1] as [UInt8]).span.bytes, into: &sealed)
    #expect(again == nil && sealed.count == 17)
    var opened: [UInt8] = []
    try opener.open(sealed.span.bytes, into: &opened)
    let twice: Void? = try? opener.open(sealed.span.bytes, into: &opened)
    #expect(twice == nil && opened == [1])
    #expect(sealer.nonce == CipherState.mostMessages)
  }

  @Test("What was sealed under a key cannot be opened with the next one")
  func oneWay() throws {
    var sealer = CipherState(key: key("one way"))
    var opener = CipherState(key: key("one way"))
    var sealed: [UInt8] = []
    try sealer.seal(([1] as [UInt8]).span.bytes, into: &sealed)
    try opener.rekey()
    var opened: [UInt8] = []
    let result: Void? = try? opener.open(sealed.span.bytes, into: &opened)
    #expect(result == nil && opened == [])
  }
}
