import MystelCore
import MystelWire
import Testing

/// What is counted of findings, however many come at once.
@Suite struct FindingCountTests {
  @Test("a finding is counted behind hundreds of others in one read")
  func crowd() throws {
    let session = try GuardedSession.inWorld(.balanced)
    let noise = (try session.chat("x") + [1, 2]).resized()
    let command = try session.bytes("C_ADMIN", [.init(name: "command", value: .text("x"))])
    let before = session.received.count
    session.send(Array(repeatElement(noise, count: 400).joined()) + command + command)
    #expect(session.received.count == before + 400)
    let counts = session.tally.snapshot.rules
    #expect(counts["032-trailing-bytes"] == RuleTally.Count(shadowed: 400))
    #expect(counts["200-privilege"] == RuleTally.Count(enforced: 2))
    // The next read starts from nothing.
    session.send(command)
    #expect(session.tally.snapshot.rules["200-privilege"] == RuleTally.Count(enforced: 3))
    session.expectGoesOn()
  }

  @Test("sessions in which a rule would have acted are counted once each")
  func sessions() throws {
    let session = try GuardedSession.inWorld(.balanced)
    let noise = (try session.chat("x") + [1, 2]).resized()
    session.send(Array(repeatElement(noise, count: 400).joined()))
    session.send(noise)
    #expect(session.tally.snapshot.shadowedSessions["032-trailing-bytes"] == 1)
    // What acts is no longer shadow.
    let command = try session.bytes("C_ADMIN", [.init(name: "command", value: .text("x"))])
    session.send(command)
    #expect(session.tally.snapshot.shadowedSessions["200-privilege"] == nil)
    let both = Snapshot.sum(session.tally.snapshot, session.tally.snapshot)
    #expect(both["032-trailing-bytes"] == 2)
  }
}

extension Snapshot {
  fileprivate static func sum(_ left: Snapshot, _ right: Snapshot) -> [String: Int] {
    (left + right).shadowedSessions
  }
}
