import MystelCore
import Testing

@Suite("Bytes that wait for their turn")
struct WaitingBytesTests {
  private func append(_ bytes: [UInt8], to waiting: inout WaitingBytes) {
    bytes.withUnsafeBytes { waiting.append($0) }
  }

  private func content(_ waiting: WaitingBytes) -> [UInt8] {
    var content: [UInt8] = []
    waiting.withUnsafeBytes { content = Array($0) }
    return content
  }

  @Test("keep their order, whatever is taken between two that arrive")
  func order() {
    var waiting = WaitingBytes()
    var expected: [UInt8] = []
    for round in 0..<200 {
      let more = (0..<round % 7).map { UInt8(truncatingIfNeeded: round &* 31 &+ $0) }
      append(more, to: &waiting)
      expected += more
      let taken = min(expected.count, round % 5)
      waiting = waiting.dropping(taken)
      expected.removeFirst(taken)
      #expect(content(waiting) == expected, "round \(round)")
    }
  }

  @Test("are a copy: what they were made of may change")
  func copy() {
    var source: [UInt8] = [1, 2, 3]
    let waiting = source.withUnsafeBytes { WaitingBytes($0) }
    source[0] = 9
    #expect(content(waiting) == [1, 2, 3])
  }

  @Test("cannot be taken beyond their end, or given back")
  func bounds() {
    let waiting = [UInt8(1), 2].withUnsafeBytes { WaitingBytes($0) }
    #expect(content(waiting.dropping(3)).isEmpty)
    #expect(content(waiting.dropping(-1)) == [1, 2])
  }
}
