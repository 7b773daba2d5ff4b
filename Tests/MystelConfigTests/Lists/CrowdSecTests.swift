import MystelConfig
import MystelCore
import Testing

@Suite("CrowdSec decisions") struct CrowdSecTests {
  /// As `cscli decisions list -o json` prints them.
  static let alerts = """
    [{"capacity": 5, "created_at": "2026-11-24T10:00:00Z", "events": null, "id": 12, "decisions": [
      {"duration": "3h59m25.123456789s", "id": 1, "origin": "crowdsec",
       "scenario": "crowdsecurity/ssh-bf", "scope": "Ip", "simulated": false, "type": "ban",
       "value": "192.0.2.1"},
      {"duration": "10m", "id": 2, "origin": "cscli", "scenario": "by hand", "scope": "Range",
       "simulated": false, "type": "captcha", "value": "198.51.100.0/24"}], "labels": []},
     {"decisions": [
      {"duration": "-1m", "id": 3, "origin": "cscli", "scenario": "x", "scope": "Ip", "type": "ban",
       "value": "192.0.2.2"},
      {"duration": "1h", "id": 4, "origin": "cscli", "scenario": "x", "scope": "Country",
       "type": "ban", "value": "DE"},
      {"duration": "1h", "id": 5, "origin": "cscli", "scenario": "x", "scope": "Range",
       "simulated": true, "type": "ban", "value": "198.51.100.0/24"}]}]
    """
  /// As `GET /v1/decisions/stream` answers.
  static let stream = """
    {"deleted": [{"duration": "-2m", "id": 9, "origin": "CAPI", "scenario": "x", "scope": "Ip",
                  "type": "ban", "value": "192.0.2.9"}],
     "new": [{"duration": "24h0m0s", "id": 10, "origin": "CAPI", "scenario": "http:scan",
              "scope": "Range", "type": "ban", "uuid": "u", "value": "2001:db8::/32"}]}
    """

  @Test("alerts are read; what is no ban of an address is left out with a word")
  func alerts() throws {
    let read = try parse(Self.alerts)
    #expect(
      read.entries == [
        ListEntry(
          .network(try .init(parsing: "192.0.2.1")), untilSeconds: 1_000_000 + 14365,
          reason: "crowdsecurity/ssh-bf")
      ])
    #expect(read.warnings.count == 4)
    #expect(read.warnings.map(\.message).joined().contains("scope is 'Country'"))
  }

  @Test("a stream has new ones and deleted ones")
  func stream() throws {
    let read = try parse(Self.stream)
    #expect(read.entries.map { "\($0.target)" } == ["2001:db8::/32"])
    #expect(read.entries.first?.untilSeconds == Int64(1_086_400))
    #expect(read.lifted.map { "\($0)" } == ["192.0.2.9"])
    #expect(try parse(#"{"new": null, "deleted": null}"#).entries == [])
  }

  @Test("plain decisions, their import form and no decision at all are read")
  func decisions() throws {
    let read = try parse(
      #"[{"duration": "4h", "reason": "r", "scope": "ip", "type": "ban", "value": "192.0.2.7"}]"#)
    #expect(read.entries.first?.reason == "r")
    #expect(try parse("null").entries == [])
    #expect(try parse("[]").entries == [])
  }

  @Test(
    "what is no list of decisions, or bans everybody, is refused whole",
    arguments: [
      ("", "not JSON"), ("{}", "not JSON"), ("[1]", "not JSON"), ("{\"new\": 3}", "not JSON"),
      ("<html>", "web page"), ("[{\"decisions\": [}", "not JSON"),
      (
        #"[{"duration": "4h", "scope": "Range", "type": "ban", "value": "0.0.0.0/0"}]"#, "everybody"
      ),
      (#"[{"duration": "4h", "scope": "Range", "type": "ban", "value": "::/0"}]"#, "everybody"),
      (
        #"[{"duration": "4h", "scope": "Range", "type": "ban", "value": "10.1.0.0/8"}]"#, "bits set"
      ),
      (#"[{"duration": "soon", "scope": "Ip", "type": "ban", "value": "192.0.2.1"}]"#, "4h30m0s"),
      (#"[{"duration": "1e300h", "scope": "Ip", "type": "ban", "value": "192.0.2.1"}]"#, "4h30m0s"),
      (
        #"[{"duration": "99999999999999999h", "scope": "Ip", "type": "ban", "value": "192.0.2.1"}]"#,
        "4h30m0s"
      ),
      (#"[{"scope": "Ip", "type": "ban", "value": "192.0.2.1"}]"#, "no duration"),
      (#"[{"duration": "4h", "scope": "Ip", "type": "ban"}]"#, "no value"),
      (#"[{"duration": "4h", "scope": "account", "type": "ban", "value": "x"}]"#, "no number"),
    ])
  func refused(text: String, words: String) {
    do throws(ListProblems) {
      _ = try CrowdSecList.parse(Array(text.utf8), nowSeconds: 1_000_000)
      Issue.record("was taken")
    } catch {
      #expect(error.description.contains(words), "\(error)")
    }
  }

  @Test("brackets by the hundred thousand are refused, not followed")
  func deep() {
    let text = String(repeating: "[", count: 200_000)
    #expect(throws: ListProblems.self) { try parse(text) }
    let objects = String(repeating: #"{"new":"#, count: 100_000)
    #expect(throws: ListProblems.self) { try parse(objects) }
  }

  private func parse(_ text: String) throws -> ListContents {
    try CrowdSecList.parse(Array(text.utf8), nowSeconds: 1_000_000)
  }
}
