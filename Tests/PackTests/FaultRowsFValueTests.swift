import MystelConfig
import MystelCore
import MystelWire
import Testing

/// The rows on values and on a session's state of the catalogue of faults, section F.
@Suite struct FaultRowsFValueTests {
  @Test(
    "F7: lone surrogates, controls and BOMs are taken out, a NUL ends the text, nothing else moves")
  func brokenText() throws {
    let cases: [([UInt16], String)] = [
      ([0x41, 0xd800, 0x42], "AB"), ([0xdc00, 0x41], "A"), ([0xfeff, 0x41], "A"),
      ([0x41, 0x0007, 0x1b, 0x42], "AB"), ([0xd83d, 0xde00], "\u{1f600}"),
    ]
    for (units, healthy) in cases {
      let session = try GuardedSession.inWorld(.strict)
      let sound = try session.chat(String(repeating: "x", count: units.count))
      let arrived = session.arrivals(of: sound.with(units: units, at: 10))
      // As a client would have written it: with its length and its offsets put right.
      #expect(arrived == [try session.chat(healthy)], "\(units)")
      session.expectGoesOn()
    }
    // Bytes behind an inner NUL belong to no field: under strict they are watched, never read.
    let session = try GuardedSession.inWorld(.strict)
    let sound = try session.chat("abcd")
    let cut = sound.with(units: [0x61, 0, 0x62, 0x63], at: 10)
    #expect(session.arrivals(of: cut) == [cut])
    session.expectGoesOn()
  }

  @Test("F11: no NaN, infinity or place beyond every map is passed on", arguments: builds)
  func coordinates(build: UInt32) throws {
    let bad: [Float] = [
      .nan, .signalingNaN, .infinity, -.infinity, 1e38, -1e38, 1_000_001, Float(bitPattern: 7),
    ]
    for number in bad {
      for axis in 0..<6 {
        let session = try GuardedSession.inWorld(.strict, build)
        let packet = try session.location(number, axis: axis)
        #expect(session.arrivals(of: packet) == [], "\(number) on axis \(axis)")
      }
    }
    for number: Float in [.nan, .infinity] {
      let session = try GuardedSession.inWorld(.balanced, build)
      #expect(session.arrivals(of: try session.location(number, axis: 0)) == [])
      session.expectGoesOn()
    }
    let session = try GuardedSession.inWorld(.strict, build)
    for number: Float in [0, -0.0, 1, -1_000_000, 1_000_000] {
      let packet = try session.location(number, axis: 1)
      #expect(session.arrivals(of: packet) == [packet], "\(number)")
    }
    session.expectGoesOn()
  }

  @Test("F12: negative and overflowing amounts and prices are left out, and no number traps")
  func amounts() throws {
    for value: Int64 in [.min, -1, 0, 1_000_001, Int64(Int32.max), Int64(Int32.min)] {
      guard let amount = Int32(exactly: value) else { continue }
      let session = try GuardedSession.inWorld(.strict)
      let packet = try session.bytes(
        "C_DEL_ITEM", [.init(name: "amount", value: .integer(Int64(amount)))])
      #expect(session.arrivals(of: packet) == [], "\(value)")
      session.expectGoesOn()
    }
    for (price, quantity): (Int64, UInt64) in [
      (.min, 1), (-1, 1), (0, 1), (.max, 1), (.max, .init(UInt32.max)),
      (2_000_000_000_000, 999_999),
      (1, 0x8000_0000),
    ] {
      let session = try GuardedSession.inWorld(.strict)
      let packet = try session.bytes(
        "C_TRADE_BROKER_REGISTER_ITEM",
        [
          .init(name: "quantity", value: .unsigned(quantity)),
          .init(name: "price", value: .integer(price)),
        ])
      #expect(session.arrivals(of: packet) == [], "\(quantity) at \(price)")
      session.expectGoesOn()
    }
  }

  @Test("F13: chat keeps the client's own tags and its text, and nothing else", arguments: builds)
  func chat(build: UInt32) throws {
    let cases = [
      ("<FONT>hi</FONT>", "<FONT>hi</FONT>"),
      ("<img src='x'>hi", "hi"),
      ("<a href='asfunction:x'>hi</a>", "hi"),
      ("<FONT color=\"#ff0000\" onclick=\"x\">hi</FONT>", "hi</FONT>"),
      (
        "<ChatLinkAction param=\"1#####1@2@x\">a</ChatLinkAction>",
        "<ChatLinkAction param=\"1#####1@2@x\">a</ChatLinkAction>"
      ),
      ("<ChatLinkAction param=\"9#####\">a</ChatLinkAction>", "a</ChatLinkAction>"),
    ]
    for profile in [InspectionPolicy.Profile.balanced, .strict] {
      let session = try GuardedSession.inWorld(profile, build)
      for (sent, wanted) in cases {
        let arrived = session.arrivals(of: try session.chat(sent))
        #expect(arrived == [try session.chat(wanted)], "\(sent)")
      }
      session.expectGoesOn()
    }
    let session = try GuardedSession.inWorld(.strict, build)
    let arrived = session.arrivals(of: try session.chat(String(repeating: "ha", count: 3000)))
    #expect(arrived == [try session.chat(String(repeating: "ha", count: 400))])
    session.expectGoesOn()
  }

  @Test("F14: a name with look-alike letters or direction marks is left out, in no log as it came")
  func names() throws {
    for name in ["ab\u{202e}cd", "ab\u{200f}", "a\u{1b}[31mb", " ab", "a<b", "a&b", "p\u{430}ypal"]
    {
      let session = try GuardedSession(Shipped.pack(), Shipped.policy(.strict))
      try session.enter(.lobby)
      let packet = try session.bytes("C_CREATE_USER", [.init(name: "name", value: .text(name))])
      let arrived = session.arrivals(of: packet)
      for packet in arrived {
        let text = session.fields(packet, as: "C_CREATE_USER")?["name"]
        Issue.record("\(name.unicodeScalars) went on as \(String(describing: text))")
      }
      session.expectGoesOn(in: .lobby)
    }
    let session = try GuardedSession(Shipped.pack(), Shipped.policy(.strict))
    try session.enter(.lobby)
    for name in ["Haldric", "Élin", "Пётр", "金魚"] {
      let packet = try session.bytes("C_CREATE_USER", [.init(name: "name", value: .text(name))])
      #expect(session.arrivals(of: packet) == [packet], "\(name)")
    }
  }

  @Test("F15: a class, race or gender that does not exist is left out", arguments: builds)
  func enums(build: UInt32) throws {
    for (field, value): (String, Int64) in [
      ("class", 16), ("class", 13), ("class", -1), ("race", 9), ("race", -1), ("gender", 2),
    ] {
      let session = try GuardedSession(Shipped.pack(build), Shipped.policy(.strict))
      try session.enter(.lobby)
      let packet = try session.bytes(
        "C_CREATE_USER",
        [.init(name: field, value: .integer(value)), .init(name: "name", value: .text("Ab"))])
      #expect(session.arrivals(of: packet) == [], "\(field) \(value)")
      session.expectGoesOn(in: .lobby)
    }
    for profile in [InspectionPolicy.Profile.balanced, .strict] {
      for name in ["C_REQUEST_PVE_RANKING", "C_REQUEST_PVP_RANKING"] {
        let session = try GuardedSession.inWorld(profile, build)
        for number: Int64 in [build == 376_012 ? 15 : 16, 17, -1, 1 << 31 - 1] {
          #expect(session.arrivals(of: try session.ranking(name, number)) == [], "\(number)")
        }
        let honest = try session.ranking(name, 3)
        #expect(session.arrivals(of: honest) == [honest])
        session.expectGoesOn()
      }
    }
  }

  @Test("F18: a packet repeated 100 times a second is limited, and combat beside it is not")
  func repeated() throws {
    let session = try GuardedSession.inWorld(.strict)
    let bank = try session.bytes(
      "C_PUT_WARE_ITEM",
      [.init(name: "amount", value: .integer(1)), .init(name: "gameId", value: .unsigned(1))])
    let step = try session.bytes("C_PLAYER_LOCATION")
    let skill = try session.bytes("C_START_SKILL")
    var (banked, steps, skills) = (0, 0, 0)
    for _ in 0..<100 {
      banked += session.arrivals(of: bank).count
      steps += session.arrivals(of: step).count
      skills += session.arrivals(of: skill).count
      session.wait(.milliseconds(10))
    }
    #expect((20...31).contains(banked), "burst 20, then 10 a second")
    #expect(steps == 100)
    #expect(skills == 100)
    #expect(session.tally.snapshot.drops == [.rateExceeded: UInt64(100 - banked)])
    // Time gives back what it took.
    session.wait(.seconds(3))
    #expect(session.arrivals(of: bank) == [bank])
    session.expectGoesOn()
  }

  @Test(
    "F19: a game master's command of anybody else is left out, under its own reason",
    arguments: builds)
  func gameMasters(build: UInt32) throws {
    for profile in [InspectionPolicy.Profile.balanced, .strict] {
      let session = try GuardedSession.inWorld(profile, build)
      let names = session.pack.opcodes.keys.filter {
        $0.hasPrefix("C_ADMIN") || $0 == "C_OP_COMMAND" || $0 == "C_SET_POS"
      }
      #expect(names.count >= 30)
      for name in names.sorted() {
        #expect(session.arrivals(of: try session.bytes(name)) == [], "\(name)")
      }
      #expect(session.tally.snapshot.drops[.privilegeMissing] == UInt64(names.count))
      let found = session.tally.rules.takeRecent().findings
      #expect(found.allSatisfy { $0.rule.weight == 50 })
      session.expectGoesOn()
    }
  }

  static let builds = FaultRowsFStructureTests.builds
}

extension GuardedSession {
  /// A step whose place and goal are six numbers, one of them this.
  fileprivate func location(_ number: Float, axis: Int) throws -> [UInt8] {
    var parts = [Float](repeating: 100, count: 6)
    parts[axis] = number
    return try bytes(
      "C_PLAYER_LOCATION",
      [
        .init(name: "loc", value: .vector(Vector3(x: parts[0], y: parts[1], z: parts[2]))),
        .init(name: "dest", value: .vector(Vector3(x: parts[3], y: parts[4], z: parts[5]))),
      ])
  }

  fileprivate func ranking(_ name: String, _ number: Int64) throws -> [UInt8] {
    try bytes(
      name,
      [
        .init(name: "season", value: .integer(1)), .init(name: "id", value: .integer(1)),
        .init(name: "class", value: .integer(number)),
      ])
  }
}

extension [UInt8] {
  func with(units: [UInt16], at offset: Int) -> [UInt8] {
    units.enumerated().reduce(self) { $0.with(word: Int($1.element), at: offset + 2 * $1.offset) }
  }
}
