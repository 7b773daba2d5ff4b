import MystelCore
import MystelTesting
import MystelWire
import Testing

/// Whose live sessions are learnt from, and what.
@Suite struct SessionLearnerTests {
  @Test("networks meet addresses, accounts the account that the server named, `all` everybody")
  func genuine() throws {
    let network = try #require(BanTarget("192.0.2.0/24"))
    let address = try #require(BanTarget("2001:db8::7"))
    let traffic = GenuineTraffic([
      .target(network), .target(address), .target(.account(500_001)),
    ])
    let inside = try #require(IPAddress("192.0.2.9"))
    let mapped = try #require(IPAddress("::ffff:192.0.2.9"))
    let outside = try #require(IPAddress("192.0.3.9"))
    #expect(traffic.contains(inside, account: nil))
    #expect(traffic.contains(mapped, account: nil))
    #expect(traffic.contains(try #require(IPAddress("2001:db8::7")), account: 3))
    #expect(!traffic.contains(outside, account: nil))
    #expect(!traffic.contains(outside, account: 500_002))
    #expect(traffic.contains(outside, account: 500_001))
    #expect(GenuineTraffic([.everyone]).contains(outside, account: nil))
    #expect(!GenuineTraffic().contains(inside, account: 500_001))
    #expect(GenuineTraffic().isEmpty && !traffic.isEmpty)
  }

  @Test("a session is learnt from while it is declared genuine, and its end adds it to the rest")
  func declared() throws {
    let script = try Script(seed: 3, packets: 4, longest: 40)
    var rig = SessionRig()
    var cursor = script.cipher.toBackend.origin
    rig.session.adopt(try policy([.target(try #require(BanTarget("127.0.0.9")))]))
    rig.logIn(script, cursor: &cursor)
    #expect(rig.session.learning?.player == .session(1))
    #expect(rig.session.learning?.client == "127.0.0.9:40000")
    send(3, &rig, script, &cursor)
    #expect(rig.tally.calibration.packetCount == 4)
    #expect(rig.tally.calibration.sessions == 0)

    rig.session.adopt(try policy([.target(try #require(BanTarget("127.0.1.0/24")))]))
    send(2, &rig, script, &cursor)
    #expect(rig.session.learning == nil)
    #expect(rig.tally.calibration.packetCount == 4)
    #expect(rig.tally.calibration.sessions == 1)

    rig.session.adopt(try policy([.everyone]))
    send(5, &rig, script, &cursor)
    rig.session.endLearning()
    rig.session.endLearning()
    #expect(rig.tally.calibration.packetCount == 9)
    #expect(rig.tally.calibration.sessions == 2)
    #expect(rig.tally.calibration.players.count == 1)
  }

  @Test("nobody who is not declared is learnt from, and accounts not before they are named")
  func undeclared() throws {
    let script = try Script(seed: 4, packets: 1, longest: 40)
    var rig = SessionRig()
    var cursor = script.cipher.toBackend.origin
    rig.session.adopt(try policy([.target(.account(500_001))]))
    rig.logIn(script, cursor: &cursor)
    send(3, &rig, script, &cursor)
    rig.session.endLearning()
    #expect(rig.tally.calibration == Calibration())
  }

  @Test("what was learnt of a session so far can be forgotten, and it is learnt from on")
  func forget() throws {
    let script = try Script(seed: 5, packets: 1, longest: 40)
    var rig = SessionRig()
    var cursor = script.cipher.toBackend.origin
    rig.session.adopt(try policy([.everyone]))
    rig.logIn(script, cursor: &cursor)
    rig.session.forgetLearning()
    #expect(rig.session.learning == nil)
    send(2, &rig, script, &cursor)
    #expect(rig.session.learning?.opcodes.count == 1)
  }

  private func policy(_ genuine: [GenuineTraffic.Source]) throws -> InspectionPolicy {
    let packs = InspectionPolicy.bare().builds.values.map(\.pack)
    return try InspectionPolicy(packs: packs, rules: [], genuine: GenuineTraffic(genuine))
  }

  /// Packets that nothing is known of.
  private func send(
    _ count: Int, _ rig: inout SessionRig, _ script: Script, _ cursor: inout Keystream.Cursor
  ) {
    for _ in 0..<count {
      var packet: [UInt8] = [6, 0, 0x11, 0x22, 1, 2]
      script.cipher.toBackend.apply(to: &packet, at: &cursor)
      _ = rig.receive(packet, from: .client)
    }
  }
}
