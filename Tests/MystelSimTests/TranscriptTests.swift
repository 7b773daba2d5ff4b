import Foundation
import MystelCore
import MystelSim
import MystelTesting
import MystelWire
import Testing

/// Files for `mystel replay`.
@Suite struct TranscriptTests {
  @Test(
    "a file that is no transcript is refused with the line at fault",
    arguments: bad)
  func refusesWhatIsNone(_ file: Bad) {
    let error = #expect(throws: Transcript.ParseError.self) {
      try Transcript(parsing: Data(file.text.utf8))
    }
    #expect(error?.description == file.problem)
  }

  @Test("a packet keeps its line, whatever blank lines are before it")
  func keepsLines() throws {
    let text = "\n" + Self.head() + "\n" + Self.packet() + "\n"
    #expect(try Transcript(parsing: Data(text.utf8)).frames.map(\.line) == [4])
  }

  @Test("a replay stops at the packet that ends the session and sends nothing after it")
  func stopsAtTheEnd() throws {
    let text = Self.head() + Self.packet(frame: "00000000") + Self.packet()
    var replay = TranscriptReplay(
      try Transcript(parsing: Data(text.utf8)), inspection: .bare())
    let (outcomes, ended) = replay.run()
    #expect(outcomes == [.closed(.packetTooShort), .notSent])
    #expect(ended == .packetTooShort)
  }

  @Test("a version check of the transcript's build is forwarded")
  func forwardsTheVersionCheck() throws {
    let frame = "2000bc4d020008000800140000000000e99905001400000001000000b28a0500"
    let text = Self.head() + Self.packet(frame: frame, time: "604800000")
    var replay = TranscriptReplay(
      try Transcript(parsing: Data(text.utf8)), inspection: .bare())
    let (outcomes, ended) = replay.run()
    #expect(outcomes == [.forwarded])
    #expect(ended == nil)
  }

  struct Bad: Sendable {
    var text: String
    var problem: String

    init(_ text: String, _ problem: String) {
      self.text = text
      self.problem = problem
    }

    /// Of a file whose head is sound.
    static func packet(_ line: String, _ problem: String) -> Bad { Bad(head() + line, problem) }
  }

  private static let noHead = "not the head of a mystel-session-1 transcript"
  private static let noKey = "keys.client1: 256 hexadecimal digits expected"
  private static let noHex = "2: frame: hexadecimal digits expected"
  private static let noTime = "2: t: 0 to 604800000 expected"

  private static let bad: [Bad] = [
    Bad("", "1: the file is empty"),
    Bad("\n\n", "1: the file is empty"),
    Bad("not json", "1: \(noHead)"),
    Bad("\n[]", "2: \(noHead)"),
    Bad(head(format: "mystel-session-2"), "1: \(noHead)"),
    Bad(head(client1: 127), "1: \(noKey)"),
    Bad(head(client1: 129), "1: \(noKey)"),
    Bad(head(), "2: there is no packet after the head"),
    .packet("\n\n{", "3: not an object with t, from and frame"),
    .packet(packet(from: "nobody"), "2: from: \"client\" or \"server\" expected"),
    .packet(packet(frame: ""), noHex),
    .packet(packet(frame: "040"), noHex),
    .packet(packet(frame: "zz"), noHex),
    .packet(packet(time: "-1"), noTime),
    .packet(packet(time: "1e308"), noTime),
  ]

  private static func head(format: String = "mystel-session-1", client1 bytes: Int = 128) -> String
  {
    func key(_ name: String, _ octet: String, _ count: Int = 128) -> String {
      "\"\(name)\":\"\(String(repeating: octet, count: count))\""
    }
    let keys = [
      key("client1", "a1", bytes), key("server1", "b2"), key("client2", "c3"), key("server2", "d4"),
    ].joined(separator: ",")
    return #"{"format":"\#(format)","build":367081,"keys":{\#(keys)}}"#
  }

  private static func packet(
    frame: String = "04001122", from: String = "client", time: String = "1"
  ) -> String {
    "\n" + #"{"t":\#(time),"from":"\#(from)","frame":"\#(frame)"}"#
  }
}
