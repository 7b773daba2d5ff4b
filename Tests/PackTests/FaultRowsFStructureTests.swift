import MystelConfig
import MystelCore
import MystelWire
import Testing

/// The rows on a packet's structure of the catalogue of faults, section F: what each says must
/// happen, and what never.
@Suite struct FaultRowsFStructureTests {
  @Test("F1: an unknown opcode is left out and counted under strict, watched under balanced")
  func unknownOpcode() throws {
    let opcode = try #require(
      (20_000...UInt16.max).first { number in
        !Shipped.packs.contains { $0.opcodes.values.contains(number) }
      })
    let packet = raw(opcode, [1, 2, 3])
    let strict = try GuardedSession.inWorld(.strict)
    #expect(strict.arrivals(of: packet) == [])
    #expect(strict.tally.snapshot.drops[.opcodeUnknown] == 1)
    strict.expectGoesOn()
    let balanced = try GuardedSession.inWorld(.balanced)
    #expect(balanced.arrivals(of: packet) == [packet])
    #expect(balanced.tally.snapshot.rules["011-unknown-opcode"]?.shadowed == 1)
    balanced.expectGoesOn()
  }

  @Test("F2: a server's opcode sent by a client is left out, and the third ends the session")
  func wrongDirection() throws {
    for profile in [InspectionPolicy.Profile.balanced, .strict] {
      let session = try GuardedSession.inWorld(profile)
      let packet = try session.bytes(
        "S_LOGIN_ARBITER",
        [
          .init(name: "success", value: .bool(true)), .init(name: "status", value: .unsigned(33)),
        ])
      #expect(session.arrivals(of: packet) == [])
      #expect(session.arrivals(of: packet) == [])
      session.expectGoesOn()
      // What it said of the player's rights was not believed.
      let command = try session.bytes("C_ADMIN", [.init(name: "command", value: .text("x"))])
      #expect(session.arrivals(of: command) == [])
      #expect(session.arrivals(of: packet) == [])
      #expect(session.closed == .opcodeWrongDirection)
    }
  }

  @Test("F3: an opcode before the login is left out, repeated it ends the session")
  func beforeLogin() throws {
    for profile in [InspectionPolicy.Profile.balanced, .strict] {
      let session = try GuardedSession(Shipped.pack(), Shipped.policy(profile))
      try session.enter(.login)
      let early = try session.bytes("C_CHAT", [.init(name: "message", value: .text("x"))])
      #expect(session.arrivals(of: early) == [])
      #expect(session.closed == nil)
      // No state was confused: the login goes on as if nothing had been.
      try session.send("C_LOGIN_ARBITER", [.init(name: "name", value: .text("player"))])
      #expect(session.received.last?.count ?? 0 > 8)
      session.expectGoesOn(in: .lobby)
      for _ in 0..<8 where session.closed == nil { #expect(session.arrivals(of: early) == []) }
      #expect(session.closed == .loginOrder)
    }
  }

  @Test("F4: a string offset beyond the end is left out, whatever it points to", arguments: builds)
  func offsetBeyondEnd(build: UInt32) throws {
    let session = try GuardedSession.inWorld(.balanced, build)
    let sound = try session.chat("hello")
    for offset in [sound.count, sound.count + 1, sound.count + 2, 0x7fff, 0xfffe, 0xffff] {
      let session = try GuardedSession.inWorld(.balanced, build)
      #expect(session.arrivals(of: sound.with(word: offset, at: 4)) == [], "\(offset)")
      #expect(session.tally.snapshot.drops[.referenceInvalid] == 1)
      session.expectGoesOn()
    }
    #expect(session.arrivals(of: sound) == [sound])
  }

  @Test("F5: a string offset into the header or the fixed part is left out")
  func offsetIntoFixedPart() throws {
    let sound = try GuardedSession.inWorld(.balanced).chat("hello")
    for offset in 0..<10 {
      let session = try GuardedSession.inWorld(.balanced)
      #expect(session.arrivals(of: sound.with(word: offset, at: 4)) == [], "\(offset)")
      session.expectGoesOn()
    }
  }

  @Test("F6: text without an end gets one where it is the last data, else its packet is left out")
  func unterminated() throws {
    let session = try GuardedSession.inWorld(.balanced)
    let sound = try session.chat("hello")
    let open = Array(sound.dropLast(2)).resized()
    #expect(session.arrivals(of: open) == [sound])
    session.expectGoesOn()
    // A whisper's first text whose end was overwritten runs into the second: nothing is guessed.
    let whisper = try session.bytes(
      "C_WHISPER",
      [.init(name: "target", value: .text("ab")), .init(name: "message", value: .text("cd"))])
    let merged = whisper.with(word: 0x20, at: 8 + 4)
    let arrived = session.arrivals(of: merged)
    #expect(arrived == [])
    // An odd byte at the end is no unit of the text, and no byte behind the packet is read for it.
    for odd in session.arrivals(of: (open + [0x41]).resized()) {
      #expect(SlowChecker.complaints(about: odd, in: session.pack) == [])
    }
    session.expectGoesOn()
  }

  @Test("F8: a count of 65,535 in a body of 8 bytes is left out, and nothing is made room for")
  func hugeCount() throws {
    var session = try GuardedSession.inWorld(.balanced)
    let empty = try session.bytes("C_CREST_APPLY_LIST")
    #expect(session.arrivals(of: empty) == [empty])
    let at = try #require(empty.isEmpty ? nil : session.reference("C_CREST_APPLY_LIST", "glyphs"))
    for start in [0, 4, empty.count, 0xffff] {
      let hostile = empty.with(word: 0xffff, at: at).with(word: start, at: at + 2)
      #expect(session.arrivals(of: hostile) == [])
      if session.closed != nil { session = try GuardedSession.inWorld(.balanced) }
    }
    session.expectGoesOn()
  }

  @Test("F9: an array whose next leads to itself, backward or outside is left out and ends at once")
  func cycles() throws {
    let probe = try GuardedSession.inWorld(.balanced)
    let sound = try probe.bytes("C_CREST_APPLY_LIST", [glyphs([1, 2, 3])])
    #expect(probe.arrivals(of: sound) == [sound])
    let at = try #require(probe.reference("C_CREST_APPLY_LIST", "glyphs"))
    let first = sound.word(at: at + 2)
    let second = sound.word(at: first + 2)
    for next in [first, 0, 4, second + 1, second - 1, sound.count, 0xffff] {
      for element in [first, second] where sound.word(at: element + 2) != next {
        let session = try GuardedSession.inWorld(.balanced)
        let hostile = sound.with(word: next, at: element + 2)
        #expect(session.arrivals(of: hostile) == [], "next \(next) in \(element)")
        session.expectGoesOn()
      }
    }
    // As many elements as fit, all of which lead to the first.
    let loop = try probe.bytes("C_CREST_APPLY_LIST", [glyphs(Array(repeating: 7, count: 2000))])
    var ring = loop
    var here = loop.word(at: at + 2)
    while loop.word(at: here + 2) != 0 {
      let next = loop.word(at: here + 2)
      ring = ring.with(word: first, at: here + 2)
      here = next
    }
    #expect(probe.arrivals(of: ring.with(word: first, at: here + 2)) == [])
    probe.expectGoesOn()
  }

  @Test("F10: arrays that overlap or share elements are left out")
  func overlaps() throws {
    let session = try GuardedSession.inWorld(.balanced)
    let name = "C_ADD_INTER_PARTY_MATCH_POOL"
    let sound = try session.bytes(
      name,
      [
        .init(
          name: "instances",
          value: .elements([
            PacketFields([.init(name: "id", value: .integer(1))]),
            PacketFields([.init(name: "id", value: .integer(2))]),
          ])),
        .init(
          name: "players",
          value: .elements([PacketFields([.init(name: "id", value: .unsigned(3))])])),
      ])
    let instances = try #require(session.reference(name, "instances"))
    let players = try #require(session.reference(name, "players"))
    let second = sound.word(at: sound.word(at: instances + 2) + 2)
    // Both lists share an element, wholly or in part.
    for start in [sound.word(at: instances + 2), second, second + 4] {
      let session = try GuardedSession.inWorld(.balanced)
      let hostile = sound.with(word: start, at: players + 2)
      #expect(session.arrivals(of: hostile) == [], "\(start)")
      session.expectGoesOn()
    }
    let last = try GuardedSession.inWorld(.balanced)
    #expect(last.arrivals(of: sound) == [sound])
  }

  @Test("F16: bytes behind the last field go on by default, and are cut off where an operator says")
  func extraBytes() throws {
    let session = try GuardedSession.inWorld(.balanced)
    let sound = try session.chat("hello")
    let longer = (sound + [1, 2, 3, 4]).resized()
    #expect(session.arrivals(of: longer) == [longer])
    #expect(session.tally.snapshot.rules["032-trailing-bytes"]?.shadowed == 1)
    let cutting = try GuardedSession.inWorld(.strict, modes: ["032-trailing-bytes": .enforce])
    #expect(cutting.arrivals(of: longer) == [sound])
    #expect(cutting.arrivals(of: sound) == [sound])
    cutting.expectGoesOn()
  }

  @Test("F17: a body shorter than its fixed part is left out at every length", arguments: builds)
  func shortBody(build: UInt32) throws {
    let whole = try GuardedSession.inWorld(.balanced, build).bytes("C_PLAYER_LOCATION")
    for count in stride(from: 4, to: whole.count, by: 3) {
      let session = try GuardedSession.inWorld(.balanced, build)
      #expect(session.arrivals(of: Array(whole[..<count]).resized()) == [], "\(count) bytes")
      #expect(session.tally.snapshot.drops[.packetBodyTooShort] == 1)
      session.expectGoesOn()
    }
    let session = try GuardedSession.inWorld(.balanced, build)
    #expect(session.arrivals(of: whole) == [whole])
  }

  @Test(
    "F20: a repair that would need more than 65,535 bytes leaves the packet out, no length wraps")
  func tooLongRepair() throws {
    let pack = try Shipped.pack()
    var scenes = try InspectionScenes(pack, Shipped.policy(.balanced))
    let opcode = try #require(pack.opcodes["C_CHAT"])
    let head: [UInt8] = [0, 0, UInt8(opcode & 255), UInt8(opcode >> 8), 10, 0, 0, 0, 0, 0]
    for count in [65_531, 65_532, 65_533, 65_534, 65_535] {
      let text = [UInt8](repeating: 0x41, count: count - head.count)
      let packet = (head + text).resized()
      let verdict = scenes.judge(packet, in: .world)
      switch verdict {
      case .rewrite:
        #expect(count <= 65_533)
        #expect(scenes.replacement.count <= 65_535)
        #expect(scenes.replacement.word(at: 0) == scenes.replacement.count)
        #expect(
          SlowChecker.complaints(about: scenes.replacement, in: pack).subtracting(
            [.overLimit]) == [])
      case .drop(let reason):
        #expect(count > 65_533)
        #expect(reason == .fixImpossible || reason == .textInvalid)
      case .forward, .close: Issue.record("\(count) bytes: \(verdict)")
      }
    }
  }

  static let builds: [UInt32] = [366_226, 367_078, 367_080, 367_081, 376_012]

  private func glyphs(_ numbers: [UInt64]) -> PacketFields.Entry {
    .init(
      name: "glyphs",
      value: .elements(numbers.map { PacketFields([.init(name: "", value: .unsigned($0))]) }))
  }
}

extension GuardedSession {
  static func inWorld(
    _ profile: InspectionPolicy.Profile, _ build: UInt32 = 367_081,
    modes: [String: Configuration.Mode] = [:]
  ) throws -> GuardedSession {
    let session = try GuardedSession(Shipped.pack(build), Shipped.policy(profile, modes))
    try session.enter(.world)
    return session
  }

  /// What reaches the world because of a packet.
  func arrivals(of packet: [UInt8]) -> [[UInt8]] {
    let before = received.count
    send(packet)
    return Array(received[before...])
  }

  func chat(_ message: String, channel: UInt64 = 0) throws -> [UInt8] {
    try bytes(
      "C_CHAT",
      [
        .init(name: "channel", value: .unsigned(channel)),
        .init(name: "message", value: .text(message)),
      ])
  }

  /// Sends an honest packet and expects it to arrive whole, behind whatever came before.
  func expectGoesOn(
    in phase: GamePhase = .world, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    guard
      let honest = try? phase == .world ? chat("still here") : bytes("C_SET_VISIBLE_RANGE")
    else {
      Issue.record("no honest packet", sourceLocation: sourceLocation)
      return
    }
    let arrived = arrivals(of: honest)
    #expect(arrived == [honest], "the session does not go on", sourceLocation: sourceLocation)
    #expect(closed == nil, sourceLocation: sourceLocation)
    #expect(looseBytes == 0, sourceLocation: sourceLocation)
  }

  /// Where a field of the fixed part stands.
  func reference(_ name: String, _ field: String) -> Int? {
    pack.packets[name]?.layout?.body.fields.first { $0.name == field }?.offset
  }
}

extension [UInt8] {
  func word(at offset: Int) -> Int { Int(self[offset]) | Int(self[offset + 1]) << 8 }

  func with(word: Int, at offset: Int) -> [UInt8] {
    var copy = self
    copy[offset] = UInt8(truncatingIfNeeded: word)
    copy[offset + 1] = UInt8(truncatingIfNeeded: word >> 8)
    return copy
  }

  /// With the length field put right.
  func resized() -> [UInt8] { with(word: count, at: 0) }
}

/// A packet of an opcode and a body.
func raw(_ opcode: UInt16, _ body: [UInt8]) -> [UInt8] {
  ([0, 0, UInt8(opcode & 255), UInt8(opcode >> 8)] + body).resized()
}
