import MystelCore
import MystelManage
import MystelWire
import Testing

@Suite("Conversations of the control socket") struct ControlConversationTests {
  private let operations: FakeOperations
  private let conversation: ControlConversation

  init() throws {
    operations = try FakeOperations()
    conversation = ControlConversation(
      operations: operations, caller: ControlCaller(name: "uid 7"))
  }

  @Test("a request of every operation is understood and answered in one line")
  func everyOperation() async throws {
    let arguments: [ControlOperation: String] = [
      .showSession: #"{"session": 3}"#, .kickSessions: #"{"target": "192.0.2.1"}"#,
      .addBan: #"{"target": "account:5", "seconds": 60}"#,
      .removeBan: #"{"target": "192.0.2.0/24"}"#,
      .importBans: #"{"format": "plain", "list": "l", "text": ""}"#,
      .exportBans: #"{"format": "plain"}"#, .checkBan: #"{"target": "2001:db8::1"}"#,
      .addAllowed: #"{"target": "192.0.2.1"}"#, .removeAllowed: #"{"target": "192.0.2.1"}"#,
      .calibration: #"{"least": {"sessions": 1, "hours": 0.5}}"#, .explain: #"{"id": "x"}"#,
      .attach: #"{"text": "t"}"#, .addToken: #"{"name": "a", "role": "viewer"}"#,
      .revokeToken: #"{"name": "a"}"#, .setLogLevel: #"{"level": "debug"}"#,
      .validateConfiguration: #"{"patch": {"workers": 2}}"#,
      .applyConfiguration: #"{"patch": {"workers": 2}, "ifMatch": "v1"}"#,
      .rollBack: #"{"number": 0}"#, .setRuleMode: #"{"id": "x", "mode": "off"}"#,
      .startCapture: #"{"session": 3}"#, .stopCapture: #"{"id": 1}"#,
      .removeCapture: #"{"id": 1}"#, .transcript: #"{"id": 1}"#,
      .revokeGrants: #"{"target": "192.0.2.1"}"#,
    ]
    for operation in ControlOperation.allCases {
      let args = arguments[operation].map { ", \"args\": \($0)" } ?? ""
      let text = await ask("{\"op\": \"\(operation.rawValue)\"\(args)}")
      #expect(text.hasSuffix("\n") && text.dropLast().contains("\n") == false)
      let isGood = text.contains("\"ok\":true")
      #expect(isGood != (operation == .showSession), "\(operation): \(text)")
    }
    #expect(operations.asked.withLock { $0.contains("ban account:5 by uid 7") })
    // Every change was told of ahead, and nothing else.
    let admitted = operations.admitted.withLock { $0 }
    #expect(
      admitted
        == ControlOperation.allCases.filter(\.isChange).map { "\($0.rawValue) by uid 7" })
  }

  @Test(
    "what cannot be understood is answered with a reason, and does nothing",
    arguments: [
      ("", "malformed"), ("{", "malformed"), ("[]", "malformed"), ("null", "malformed"),
      ("\"status\"", "malformed"), ("{\"op\": 3}", "malformed"), ("{}", "op is missing"),
      ("{\"op\": \"bans.ad\"}", "unknown_operation"),
      ("{\"op\": \"status\", \"v\": 2}", "version"),
      ("{\"op\": \"bans.add\"}", "args is missing"),
      ("{\"op\": \"bans.add\", \"args\": {}}", "args.target is missing"),
      ("{\"op\": \"calibration\", \"args\": {\"least\": {\"sessions\": 1}}}", "hours is missing"),
      ("{\"op\": \"bans.add\", \"args\": {\"target\": 5}}", "wrong kind"),
      ("{\"op\": \"bans.add\", \"args\": {\"target\": \"everybody\"}}", "no address"),
      ("{\"op\": \"bans.add\", \"args\": {\"target\": \"192.0.2.1/24\"}}", "no address"),
      ("{\"op\": \"sessions.kick\", \"args\": {\"session\": -1}}", "malformed"),
      ("{\"op\": \"sessions.list\", \"args\": {\"limit\": 1e99}}", "malformed"),
      ("{\"op\": \"bans.add\", \"args\": {\"target\": \"\u{1b}[2J\"}}", "malformed"),
    ])
  func refused(request: String, words: String) async {
    let text = await ask(request)
    #expect(text.contains("\"ok\":false"))
    #expect(text.contains(words), "\(text)")
    #expect(!text.contains("\u{1b}"))
    #expect(operations.asked.withLock { $0.isEmpty })
  }

  @Test("pages are held to what a page may have")
  func pages() async {
    for (limit, most) in [("0", 1), ("-5", 1), ("1000000", 1000), ("50", 50)] {
      _ = await ask("{\"op\": \"sessions.list\", \"args\": {\"limit\": \(limit)}}")
      #expect(operations.asked.withLock { $0.removeLast() } == "sessions 0 \(most)")
    }
    _ = await ask("{\"op\": \"sessions.list\"}")
    #expect(operations.asked.withLock { $0.removeLast() } == "sessions 0 200")
  }

  @Test("a list is attached in parts, imported once, and forgotten")
  func attached() async throws {
    let list = String(repeating: "192.0.2.1 # жук \\ \"\n", count: 3000)
    let parts = ControlRequest.attaching(list)
    #expect(parts.count > 3)
    for part in parts {
      #expect(part.count <= 64 << 10)
      _ = await conversation.answer(part)
    }
    let order = ImportOrder(format: "plain", list: "l")
    let answer = await conversation.answer(ControlRequest.line(.importBans, order))
    let result: ImportAnswer = try ControlRequest.result(of: answer)
    #expect(result.taken == list.utf8.count)
    let again = await conversation.answer(ControlRequest.line(.importBans, order))
    #expect(try ControlRequest.result(of: again, as: ImportAnswer.self).taken == 0)
  }

  @Test("more text than the largest list is not held")
  func tooMuch() async throws {
    let text = String(repeating: "x", count: 4 << 20)
    let part = Array("{\"op\": \"attach\", \"args\": {\"text\": \"\(text)\"}}".utf8)
    for _ in 0..<4 { _ = await conversation.answer(part) }
    let answer = String(decoding: await conversation.answer(part), as: UTF8.self)
    #expect(answer.contains("too_large"))
  }

  @Test("faults come back as what they are")
  func faults() async {
    let line = ControlRequest.line(.showSession, SessionSelector.session(3))
    let answer = await conversation.answer(line)
    #expect(throws: ControlFault(.notFound, "no session", hint: "look again")) {
      try ControlRequest.result(of: answer, as: SessionAnswer.self)
    }
    #expect(throws: ControlFault.self) {
      try ControlRequest.result(of: Array("nonsense".utf8), as: SessionAnswer.self)
    }
  }

  @Test("bytes of any kind are answered by one line")
  func anyBytes() async {
    var seed: UInt64 = 3
    for _ in 0..<500 {
      var line = Array(#"{"v": 1, "op": "bans.add", "args": {"target": "192.0.2.1"}}"#.utf8)
      for _ in 0..<4 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1
        line[Int(seed >> 33) % line.count] = UInt8(truncatingIfNeeded: seed >> 24)
      }
      let answer = await conversation.answer(line)
      #expect(answer.last == UInt8(ascii: "\n") && answer.dropLast().contains(10) == false)
    }
    let deep = Array(String(repeating: "[", count: 60_000).utf8)
    #expect(String(decoding: await conversation.answer(deep), as: UTF8.self).contains("malformed"))
  }

  private func ask(_ text: String) async -> String {
    String(decoding: await conversation.answer(Array(text.utf8)), as: UTF8.self)
  }
}
