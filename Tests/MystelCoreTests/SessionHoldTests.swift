import CAllocations
import MystelCore
import MystelTesting
import MystelWire
import Testing

/// What meters do to a whole session.
@Suite("A session with meters") struct SessionHoldTests {
  @Test("a flood is delayed to its rate: nothing is lost, changed or put in another order")
  func delayed() throws {
    let script = try Script(seed: 31, packets: 1000, longest: 40)
    var cursor = script.cipher.toBackend.origin
    var rig = metered(script, &cursor) { $0.packetsPerSecond = 100 }
    var bytes = script.plain.toBackend
    script.cipher.toBackend.apply(to: &bytes, at: &cursor)
    let start = rig.now
    let first = rig.receive(bytes, from: .client)
    var arrived = first.toBackend
    let isHeld = rig.session.isHeld(.client)
    let reads = rig.session.reads(.client)
    #expect(isHeld)
    #expect(!reads)
    let readsServer = rig.session.reads(.backend)
    #expect(readsServer)
    while rig.session.isHeld(.client) { arrived += rig.waitOut().toBackend }
    #expect(arrived == bytes)
    let seconds = Double(rig.now.nanoseconds - start.nanoseconds) / 1e9
    #expect((8.9...9.2).contains(seconds), "\(seconds)")
    #expect(rig.tally.meters.delayed > 0 && rig.tally.dropped == 0)
  }

  @Test("a client that never rests is closed when its longest delay is over")
  func neverRests() throws {
    let script = try Script(seed: 32, packets: 2000, longest: 20)
    var cursor = script.cipher.toBackend.origin
    var rig = metered(script, &cursor) {
      $0.packetsPerSecond = 10
      $0.longestDelay = .seconds(20)
    }
    var bytes = script.plain.toBackend
    script.cipher.toBackend.apply(to: &bytes, at: &cursor)
    let start = rig.now
    _ = rig.receive(bytes, from: .client)
    var close: Reason?
    while close == nil, rig.session.isHeld(.client) { close = rig.waitOut().close }
    #expect(close == .packetRate)
    #expect((20.0...20.3).contains(Double(rig.now.nanoseconds - start.nanoseconds) / 1e9))
  }

  @Test("a flood in pieces that are each over before the next comes never rests either")
  func piecemeal() throws {
    let script = try Script(seed: 38, packets: 4000, longest: 20)
    var cursor = script.cipher.toBackend.origin
    var rig = metered(script, &cursor) {
      $0.packetsPerSecond = 10
      $0.longestDelay = .seconds(20)
    }
    var bytes = script.plain.toBackend
    script.cipher.toBackend.apply(to: &bytes, at: &cursor)
    let start = rig.now
    var close: Reason?
    var at = 0
    while close == nil, at + 30 < bytes.count {
      close = rig.receive(Array(bytes[at..<at + 30]), from: .client).close
      at += 30
      while close == nil, rig.session.isHeld(.client) { close = rig.waitOut().close }
    }
    #expect(close == .packetRate)
    #expect((20.0...20.5).contains(Double(rig.now.nanoseconds - start.nanoseconds) / 1e9))
  }

  @Test("what is dropped is counted by its reason, and what comes later arrives whole")
  func dropped() throws {
    let script = try Script(seed: 33, packets: 500, longest: 40)
    var cursor = script.cipher.toBackend.origin
    var rig = metered(script, &cursor) {
      $0.packetsPerSecond = 100
      $0.reaction = .drop
    }
    var bytes = script.plain.toBackend
    script.cipher.toBackend.apply(to: &bytes, at: &cursor)
    _ = rig.receive(bytes, from: .client)
    #expect((400...402).contains(rig.tally.dropped))
    #expect(rig.tally.snapshot.drops[.packetRate] == rig.tally.dropped)
    #expect(!rig.session.isHeld(.client))
  }

  @Test("a ban is a close that the session remembers")
  func ban() throws {
    let script = try Script(seed: 34, packets: 500, longest: 40)
    var cursor = script.cipher.toBackend.origin
    var rig = metered(script, &cursor) {
      $0.packetsPerSecond = 100
      $0.reaction = .ban
    }
    var bytes = script.plain.toBackend
    script.cipher.toBackend.apply(to: &bytes, at: &cursor)
    let wish = rig.receive(bytes, from: .client)
    #expect(wish.close == .packetRate)
    #expect(rig.session.earnedBan)
  }

  @Test("E11: a server may send as much as it likes")
  func backend() throws {
    let script = try Script(seed: 35, packets: 5000, longest: 200)
    var cursor = script.cipher.toBackend.origin
    var rig = metered(script, &cursor) {
      $0.packetsPerSecond = 1
      $0.bytesPerSecond = 1
      $0.reaction = .close
      $0.burstPackets = 1000
      $0.burstBytes = 1000
      $0.mode = .enforce
    }
    let wish = rig.receive(script.toClientBytes, from: .backend)
    #expect(wish.close == nil)
    #expect(wish.toClient.count == script.toClientBytes.count)
    #expect(rig.tally.meters == MeterWork())
  }

  @Test("E10: bytes beyond their rate have the client read no faster, opaque sessions' too")
  func bytes() {
    var limits = Limits.unmetered
    limits.session = SessionLimits()
    limits.session.bytesPerSecond = 1000
    var rig = SessionRig(game: .none, limits: limits)
    _ = rig.open()
    _ = rig.backendConnects()
    let first = rig.receive([UInt8](repeating: 1, count: 3000), from: .client)
    #expect(first.toBackend.count == 3000)
    #expect(!rig.session.reads(.client))
    _ = rig.waitOut()
    #expect(rig.session.reads(.client))
  }

  @Test("a client that was not read because the server took nothing is owed what it could not send")
  func backPressure() throws {
    let script = try Script(seed: 36, packets: 1500, longest: 20)
    var cursor = script.cipher.toBackend.origin
    var rig = metered(script, &cursor) { $0.packetsPerSecond = 60 }
    _ = rig.wait(.seconds(10))
    rig.session.queueChanged(.toBackend, isFull: true, now: rig.now)
    _ = rig.wait(.seconds(20))
    rig.session.queueChanged(.toBackend, isFull: false, now: rig.now)
    var bytes = script.plain.toBackend
    script.cipher.toBackend.apply(to: &bytes, at: &cursor)
    let wish = rig.receive(bytes, from: .client)
    #expect(wish.toBackend == bytes)
    #expect(rig.tally.meters == MeterWork())
  }

  @Test(
    "meters allocate nothing, in their steady state or holding",
    .enabled(if: isOptimised, "debug builds allocate"))
  func allocations() throws {
    let script = try Script(seed: 37, packets: 20_000, longest: 60)
    var cursor = script.cipher.toBackend.origin
    var rig = metered(script, &cursor) {
      $0.packetsPerSecond = 300
      $0.reaction = .coalesce
    }
    var bytes = script.plain.toBackend
    script.cipher.toBackend.apply(to: &bytes, at: &cursor)
    let step = 500
    var before: UInt64 = 0
    var isWarm = false
    for at in stride(from: 0, to: bytes.count - step, by: step) {
      if !isWarm, at > bytes.count / 2 {
        isWarm = true
        before = callocations_count()
      }
      rig.pass(bytes.span.bytes.extracting(at..<at + step), from: .client)
      while rig.session.isHeld(.client) { rig.passOut() }
    }
    let allocations = callocations_count() - before
    #expect(rig.tally.meters.delayed > 1000)
    #expect(allocations == 0)
  }

  private func metered(
    _ script: Script, _ cursor: inout Keystream.Cursor, _ change: (inout SessionLimits) -> Void
  ) -> SessionRig {
    var limits = Limits.unmetered
    limits.session = SessionLimits()
    change(&limits.session)
    var rig = SessionRig(limits: limits)
    rig.logIn(script, cursor: &cursor)
    return rig
  }
}

extension SessionRig {
  /// Lets time pass until a held client may go on, and goes on.
  mutating func waitOut() -> Wish {
    now = max(now, session.deadline)
    session.handleTimeout(now: now, output: &output)
    let close = output.close
    output.reset()
    guard close == nil else { return Wish(close: close) }
    return receive([], from: .client)
  }

  /// As `waitOut`, without looking at what comes out.
  mutating func passOut() {
    now = max(now, session.deadline)
    session.handleTimeout(now: now, output: &output)
    output.reset()
    session.receive([UInt8]().span.bytes, from: .client, now: now, output: &output)
    output.reset()
  }
}
