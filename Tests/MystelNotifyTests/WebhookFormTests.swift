import Foundation
import MystelCore
import MystelNotify
import Testing

@Suite("What webhooks say")
struct WebhookFormTests {
  private let down = GatewayEvent(
    id: 7, seconds: 1_790_000_000,
    content: .backend(name: "arbiter", address: "127.0.0.1:7701", isDown: true))

  @Test("without a template json is the event as it is")
  func json() throws {
    let fields = try object(WebhookForm(.json, template: "").body(of: down))
    #expect(fields["kind"] as? String == "backend_down")
    #expect(fields["backend"] as? String == "arbiter")
    #expect(fields["id"] as? Int == 7)
    #expect(fields["at"] as? String != nil)
  }

  @Test("a message of Discord says one line, and calls nobody")
  func discord() throws {
    let fields = try object(WebhookForm(.discord, template: "").body(of: down))
    #expect(
      fields["content"] as? String
        == "backend arbiter (127.0.0.1:7701) is down: players are refused until it answers")
    #expect((fields["allowed_mentions"] as? [String: [String]])?["parse"] == [])
  }

  @Test("a message of Discord has at most 2000 characters, however long the template makes it")
  func discordLength() throws {
    let form = try WebhookForm(.discord, template: String(repeating: "{{text}}", count: 200))
    let content = try object(form.body(of: down))["content"] as? String
    #expect(content?.count == 2000)
  }

  @Test("a template sees the event's fields, and text is put in as it is")
  func template() throws {
    let event = GatewayEvent(
      id: 1, seconds: 0,
      content: .attack(state: "under_attack", why: "1,200 \"new\" <connections>"))
    let form = try WebhookForm(.text, template: "{{kind}}/{{state}}: {{why}}")
    #expect(
      String(decoding: form.body(of: event), as: UTF8.self)
        == "attack/under_attack: 1,200 \"new\" <connections>")
  }

  @Test("in a template of json, text cannot leave the string that it stands in")
  func jsonTemplate() throws {
    let why = "\"}, {\"admin\": true, \"x\": \"\\\n\u{1}é😀"
    let event = GatewayEvent(id: 1, seconds: 0, content: .attack(state: "elevated", why: why))
    let form = try WebhookForm(.json, template: #"{"chat": 5, "say": "{{why}}"}"#)
    let fields = try object(form.body(of: event))
    #expect(fields["say"] as? String == why)
    #expect(Set(fields.keys) == ["chat", "say"])
  }

  @Test("nested fields are reached by their path, numbers and flags have their words")
  func nested() throws {
    let found = GatewayEvent.Found(
      session: 3, client: "203.0.113.7:5", account: 500001,
      found: SessionAnswer.Found(
        rule: "440-ranking-92", title: "Rankings", packet: "C_X", field: "class", isEnforced: true),
      count: 2, evidence: "a-b")
    let event = GatewayEvent(id: 1, seconds: 0, content: .finding(found))
    let form = try WebhookForm(.text, template: "{{account}} {{rule}} {{isEnforced}} {{count}}")
    #expect(
      String(decoding: form.body(of: event), as: UTF8.self) == "500001 440-ranking-92 true 2")
    #expect(
      EventText.of(event)
        == """
        account 500001 (203.0.113.7:5) broke 440-ranking-92 (Rankings) 2 times, which was acted on, \
        evidence a-b
        """)
  }

  @Test(
    "what is no template is refused before it is needed",
    arguments: ["{{#open}}", "{{/x}}", "{{#a}}{{/b}}"])
  func broken(_ template: String) {
    #expect(throws: WebhookForm.Fault.self) { try WebhookForm(.text, template: template) }
  }

  @Test("every kind of event has a line of its own")
  func texts() {
    let contents: [GatewayEvent.Content] = [
      .banRemoved(target: .account(5)), .draining(true), .draining(false),
      .backend(name: "a", address: "b", isDown: false), .attack(state: "normal", why: "calm"),
      .configuration(.init(number: 1, by: "token x", keys: ["limits.sessions"])),
      .sessionOpened(
        .init(session: 1, client: "192.0.2.1:9", account: 5, listener: "l", backend: "b")),
      .sessionEnded(
        .init(
          session: 1, client: "192.0.2.1:9", account: nil, reason: "banned", seconds: 7300,
          evidence: nil)),
    ]
    let lines = contents.map { EventText.of(GatewayEvent(id: 1, seconds: 0, content: $0)) }
    #expect(Set(lines).count == lines.count)
    #expect(lines.allSatisfy { !$0.isEmpty && !$0.contains("\n") })
    #expect(lines.last == "192.0.2.1:9 has left after 2 h: banned")
  }

  @Test("only sessions that the gateway ended itself are kicked at the game server")
  func ours() {
    for label in ["kicked", "banned", "score_exceeded", "packet_rate", "tool_signature"] {
      #expect(TeraAPI.isOurs(label), "\(label)")
    }
    for label in ["client_closed", "idle", "backend_closed", "packet_timeout", "drained", "x"] {
      #expect(!TeraAPI.isOurs(label), "\(label)")
    }
  }

  private func object(_ body: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
  }
}
