import MystelSim
import Testing

@Suite("The stream ledger")
struct StreamLedgerTests {
  @Test("calls a session byte-exact only when both ends agree on both directions")
  func agrees() {
    let ledger = Self.ledger(worldGot: ["ab", "cd"], playerGot: ["xy"])
    let verdict = ledger.verdict(for: "one")
    #expect(verdict.toBackend == .exact)
    #expect(verdict.toClient == .exact)
    #expect(verdict.isByteExact)
    #expect(verdict.packets == 3)
    #expect(verdict.bytes == 6)
  }

  @Test(
    "sees changed, swapped, shortened and added packets",
    arguments: [["ab", "ce"], ["cd", "ab"], ["ab", "c"], ["ab", "cd", "ef"]])
  func seesDifferences(received: [String]) {
    let verdict = Self.ledger(worldGot: received, playerGot: ["xy"]).verdict(for: "one")
    #expect(verdict.toBackend == .differs)
    #expect(!verdict.isByteExact)
    #expect(verdict.toClient == .exact)
  }

  @Test("forgives packets lost at the end only where the end was orderly")
  func forgivesAnOrderlyTail() {
    let orderly = Self.ledger(worldGot: ["ab"], playerGot: ["xy"]).verdict(for: "one")
    #expect(orderly.toBackend == .prefix(lostPackets: 1))
    #expect(orderly.isByteExact)
    let reset = Self.ledger(worldGot: ["ab"], playerGot: ["xy"], ending: .resetByPeer)
      .verdict(for: "one")
    #expect(reset.toBackend == .prefix(lostPackets: 1))
    #expect(!reset.isByteExact)
  }

  @Test("does not forgive a packet lost in the middle")
  func missesTheMiddle() {
    let verdict = Self.ledger(worldGot: ["cd"], playerGot: ["xy"]).verdict(for: "one")
    #expect(verdict.toBackend == .differs)
  }

  @Test("takes bytes that never became a packet for a difference")
  func countsUnfinishedBytes() {
    let verdict = Self.ledger(worldGot: ["ab", "cd"], playerGot: ["xy"], unfinishedBytes: 1)
      .verdict(for: "one")
    #expect(verdict.toBackend == .differs)
  }

  @Test("passes nobody whose session one of the ends never reported, or reported twice")
  func needsBothEnds() {
    let ledger = StreamLedger()
    #expect(!ledger.verdict(for: "nobody").isByteExact)
    ledger.record(Self.record(.player, sent: [], received: []))
    #expect(!ledger.verdict(for: "one").isByteExact)
    ledger.record(Self.record(.world, sent: [], received: []))
    #expect(ledger.verdict(for: "one").isByteExact)
    ledger.record(Self.record(.world, sent: [], received: []))
    #expect(!ledger.verdict(for: "one").isByteExact)
  }

  @Test("remembers the last 65,536 packets of a sender, and admits what it forgot")
  func remembersEnough() {
    var trail = StreamTrail()
    var early = StreamDigest()
    var late = StreamDigest()
    for index in 0..<70_000 {
      let packet = [UInt8(truncatingIfNeeded: index), UInt8(truncatingIfNeeded: index >> 8)]
      trail.absorb(packet)
      if index < 4_000 { early.absorb(packet) }
      if index < 5_000 { late.absorb(packet) }
    }
    #expect(trail.hash(after: 4_000) == nil)
    #expect(trail.hash(after: 5_000) == late.hash)
    #expect(trail.hash(after: 70_001) == nil)
    #expect(trail.hash(after: 70_000) == trail.digest.hash)
    let player = StreamRecord(
      account: "one", end: .player, sent: trail, received: StreamDigest(), unfinishedBytes: 0,
      ending: .orderly)
    let world = StreamRecord(
      account: "one", end: .world, sent: StreamTrail(), received: early, unfinishedBytes: 0,
      ending: .orderly)
    let ledger = StreamLedger()
    ledger.record(player)
    ledger.record(world)
    #expect(ledger.verdict(for: "one").toBackend == .unknown)
    #expect(!ledger.verdict(for: "one").isByteExact)
  }

  /// A player that sent "ab", "cd" and a world that sent "xy".
  private static func ledger(
    worldGot: [String], playerGot: [String], unfinishedBytes: Int = 0,
    ending: SimEnding = .orderly
  ) -> StreamLedger {
    let ledger = StreamLedger()
    ledger.record(record(.player, sent: ["ab", "cd"], received: playerGot, ending: ending))
    ledger.record(
      record(
        .world, sent: ["xy"], received: worldGot, unfinishedBytes: unfinishedBytes,
        ending: ending))
    return ledger
  }

  private static func record(
    _ end: StreamRecord.End, sent: [String], received: [String], unfinishedBytes: Int = 0,
    ending: SimEnding = .orderly
  ) -> StreamRecord {
    var trail = StreamTrail()
    for packet in sent { trail.absorb(packet.utf8) }
    var digest = StreamDigest()
    for packet in received { digest.absorb(packet.utf8) }
    return StreamRecord(
      account: "one", end: end, sent: trail, received: digest, unfinishedBytes: unfinishedBytes,
      ending: ending)
  }
}
