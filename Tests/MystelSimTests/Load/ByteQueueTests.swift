import MystelSim
import Testing

struct ByteQueueTests {
  @Test("bytes that differ, or that nobody sent, are refused")
  func refuses() {
    var queue = ByteQueue(capacity: 8)
    #expect(append([1, 2, 3], to: &queue))
    #expect(!verify([1], in: &queue))
    #expect(send(2, of: &queue) == [1, 2])
    #expect(!verify([1, 3], in: &queue))
    #expect(!verify([1, 2, 3], in: &queue))
    #expect(queue.verified == 0)
    #expect(verify([1, 2], in: &queue))
  }

  @Test("what does not fit is not appended at all")
  func full() {
    var queue = ByteQueue(capacity: 4)
    #expect(append([1, 2, 3], to: &queue))
    #expect(!append([4, 5], to: &queue))
    #expect(queue.appended == 3)
    #expect(queue.room == 1)
  }

  @Test("a transport that fails sends nothing")
  func failure() {
    var queue = ByteQueue(capacity: 4)
    #expect(append([1], to: &queue))
    let taken = queue.send { _ in -1 }
    #expect(taken == -1)
    #expect(queue.unsentBytes == 1)
  }

  @Test("a stream arrives whole around the end of the ring, at every size of write and of read")
  func wraps() {
    for writeBytes in 1...7 {
      for readBytes in 1...7 {
        var queue = ByteQueue(capacity: 7)
        var wire: [UInt8] = []
        var next: UInt8 = 0
        for _ in 0..<40 {
          if append([next, next &+ 1, next &+ 2], to: &queue) { next &+= 3 }
          while queue.unsentBytes > 0 { wire += send(writeBytes, of: &queue) }
          while !wire.isEmpty {
            let arrived = Array(wire.prefix(readBytes))
            #expect(verify(arrived, in: &queue))
            wire.removeFirst(arrived.count)
          }
        }
        #expect(queue.verified == 120)
      }
    }
  }

  private func append(_ bytes: [UInt8], to queue: inout ByteQueue) -> Bool { queue.append(bytes) }

  private func send(_ limit: Int, of queue: inout ByteQueue) -> [UInt8] {
    var taken: [UInt8] = []
    _ = queue.send { bytes in
      for index in 0..<min(limit, bytes.count) { taken.append(bytes[index]) }
      return taken.count
    }
    return taken
  }

  private func verify(_ bytes: [UInt8], in queue: inout ByteQueue) -> Bool {
    queue.verify(bytes.span)
  }
}
