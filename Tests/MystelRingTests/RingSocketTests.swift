import MystelRing
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whether this system has io_uring; where it has none, `nio` carries everything.
let hasRing = (try? RingLoop(name: "probe"))?.end() != nil

@Suite("A socket on a ring", .enabled(if: hasRing), .serialized)
struct RingSocketTests {
  @Test("hands on what the peer sends, in order, and its end")
  func receives() async throws {
    try await RingLoop.with { loop in
      let pair = try await Pair(on: loop)
      await pair.run { $0.setReading(true) }
      let bytes = pattern(100_000)
      var sent = 0
      while sent < bytes.count {
        sent += max(0, pair.peerSends(Array(bytes[sent..<min(sent + 7000, bytes.count)])))
      }
      pair.peerCloses()
      try await waitUntil("the end comes") { pair.ear.now.ends == 1 }
      #expect(isSame(pair.ear.now.bytes, bytes))
      #expect(pair.ear.now.errors.isEmpty)
    }
  }

  @Test("is told of a queue that is full, and of room in it, and loses nothing")
  func fullQueue() async throws {
    try await RingLoop.with { loop in
      let pair = try await Pair(on: loop, queueBytes: 100_000)
      let bytes = pattern(9_000_000)
      for start in stride(from: 0, to: bytes.count, by: 90_000) {
        await pair.send(Array(bytes[start..<start + 90_000]))
      }
      try await waitUntil("the queue is full") { pair.ear.now.writability == [false] }
      var taken: [UInt8] = []
      while taken.count < bytes.count, let more = pair.peerTakes() {
        taken += more
        if more.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
      }
      #expect(isSame(taken, bytes))
      try await waitUntil("there is room") { pair.ear.now.writability == [false, true] }
    }
  }

  @Test("what is sent on as it came arrives whole, and a slow reader holds nobody else up")
  func sendsOn() async throws {
    try await RingLoop.with { loop in
      let slow = try await Pair(on: loop)
      let passage = Passage()
      let source = try await Pair(on: loop, ear: passage.ear)
      await slow.run { passage.target = $0 }
      await source.run { $0.setReading(true) }
      let bytes = pattern(6_000_000)
      var sent = 0
      while sent < bytes.count {
        sent += max(0, source.peerSends(Array(bytes[sent..<min(sent + 50_000, bytes.count)])))
      }
      try await waitUntil("all is read") { passage.ear.now.bytes.count == bytes.count }
      // Far more than there are receive buffers waits for the slow one.
      let other = try await Pair(on: loop)
      await other.run { $0.setReading(true) }
      for start in stride(from: 0, to: 500_000, by: 5000) {
        var piece = pattern(5000, from: start)
        while !piece.isEmpty { piece.removeFirst(max(0, other.peerSends(piece))) }
      }
      try await waitUntil("others are heard") { other.ear.now.bytes.count == 500_000 }
      #expect(isSame(other.ear.now.bytes, pattern(500_000)))
      var taken: [UInt8] = []
      while taken.count < bytes.count, let more = slow.peerTakes() {
        taken += more
        if more.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
      }
      #expect(isSame(taken, bytes))
    }
  }

  @Test("is not read on while nobody wants it, and goes on where it stopped")
  func pauses() async throws {
    try await RingLoop.with { loop in
      let pair = try await Pair(on: loop)
      await pair.run { $0.setReading(true) }
      var sent = pair.peerSends(pattern(1000))
      try await waitUntil("the first bytes come") { pair.ear.now.bytes.count == 1000 }
      await pair.run { $0.setReading(false) }
      // What a turn had underway may still come.
      await pair.run { _ in }
      let before = pair.ear.now.bytes.count
      var rounds = 0
      while rounds < 40 {
        let more = pair.peerSends(pattern(100_000, from: sent))
        if more > 0 { sent += more } else { rounds += 1 }
        try await Task.sleep(for: .milliseconds(2))
      }
      #expect(pair.ear.now.bytes.count == before)
      await pair.run { $0.setReading(true) }
      try await waitUntil("the rest comes") { pair.ear.now.bytes.count == sent }
      #expect(isSame(pair.ear.now.bytes, pattern(sent)))
    }
  }

  @Test("stops in the middle of a flow, and takes no more than was underway")
  func pausesInFlow() async throws {
    try await RingLoop.with { loop in
      let pair = try await Pair(on: loop)
      await pair.run { $0.setReading(true) }
      let flow = Task.detached {
        let bytes = pattern(60_000)
        var sent = 0
        while !Task.isCancelled { sent += max(0, pair.peerSends(bytes)) }
        return sent
      }
      try await waitUntil("the flow comes") { pair.ear.now.bytes.count > 1 << 20 }
      await pair.run { $0.setReading(false) }
      let before = pair.ear.now.bytes.count
      try await Task.sleep(for: .milliseconds(300))
      let after = pair.ear.now.bytes.count
      flow.cancel()
      _ = await flow.value
      #expect(after - before < 2 << 20)
      // What the kernel had in hand, no more.
      try await Task.sleep(for: .milliseconds(100))
      #expect(pair.ear.now.bytes.count == after)
    }
  }

  @Test(
    "reads what a peer sent before it reset the connection, and then says so",
    arguments: [true, false])
  func reset(isRead: Bool) async throws {
    try await RingLoop.with { loop in
      let pair = try await Pair(on: loop)
      await pair.run { $0.setReading(isRead) }
      let bytes = pattern(1_000_000)
      // The loop sees all of it at once: what was sent, and the end.
      let sent = await pair.run { _ in
        let sent = pair.peerSends(bytes)
        usleep(20_000)
        pair.peerCloses(reset: true)
        usleep(20_000)
        return sent
      }
      try await waitUntil("the reset is told") { pair.ear.now.errors == [ECONNRESET] }
      // The reset overtakes what the peer's kernel had not sent yet.
      let heard = pair.ear.now.bytes
      let isPrefix = bytes.starts(with: heard) && !heard.isEmpty && heard.count <= sent
      #expect(isPrefix)
      #expect(pair.ear.now.ends == 0)
    }
  }

  @Test("tells a peer's end although nobody reads", arguments: [true, false])
  func endWhilePaused(isReset: Bool) async throws {
    try await RingLoop.with { loop in
      let pair = try await Pair(on: loop)
      await pair.run { $0.setReading(true) }
      await pair.run { $0.setReading(false) }
      let sent = pair.peerSends(pattern(5000))
      pair.peerCloses(reset: isReset)
      try await waitUntil("the end is told") { pair.ear.now.ends + pair.ear.now.errors.count == 1 }
      #expect(pair.ear.now.ends == (isReset ? 0 : 1))
      #expect(isSame(pair.ear.now.bytes, pattern(sent)))
    }
  }

  @Test("gives everything to the kernel before its FIN, and calls back once")
  func finishes() async throws {
    try await RingLoop.with { loop in
      let pair = try await Pair(on: loop)
      let bytes = pattern(3_000_000)
      await pair.run { socket in
        bytes.withUnsafeBytes { socket.send($0) }
        socket.whenWritten { socket.finish() }
      }
      var taken: [UInt8] = []
      while let more = pair.peerTakes() {
        taken += more
        if more.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
      }
      #expect(isSame(taken, bytes))
    }
  }

  @Test("can be closed in every state, and its loop ends behind it", arguments: 0..<64)
  func closes(state: Int) async throws {
    var begin = ContinuousClock.now
    try await RingLoop.with { loop in
      let pair = try await Pair(on: loop, queueBytes: 1000)
      if state & 1 != 0 { await pair.run { $0.setReading(true) } }
      if state & 2 != 0 { _ = pair.peerSends(Self.many) }
      if state & 4 != 0 { for _ in 0..<20 { await pair.send(Self.many) } }
      if state & 8 != 0 { await pair.run { $0.setReading(false) } }
      if state & 16 != 0 { pair.peerCloses(reset: state & 32 != 0) }
      await pair.run { socket in
        if state & 32 != 0 { Self.many.withUnsafeBytes { socket.send($0) } }
        socket.close()
      }
      begin = .now
    }
    // A loop waits a second for an operation that does not end.
    #expect(ContinuousClock.now - begin < .milliseconds(800))
  }

  private static let many = pattern(300_000)

  @Test("sends what it was given in the turn that closes it")
  func lastWords() async throws {
    try await RingLoop.with { loop in
      let pair = try await Pair(on: loop)
      await pair.run { socket in
        socket.setReading(true)
        pattern(3000).withUnsafeBytes { socket.send($0) }
        socket.close()
      }
      var taken: [UInt8] = []
      while let more = pair.peerTakes() {
        taken += more
        if more.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
      }
      #expect(isSame(taken, pattern(3000)))
    }
  }
}

/// Whether both are the same, without a search for every difference where they are not.
private func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool { left == right }
