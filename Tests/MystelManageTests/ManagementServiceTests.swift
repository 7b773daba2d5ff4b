import HTTPTypes
import Hummingbird
import MystelManage
import Testing

@Suite("The management service") struct ManagementServiceTests {
  private let bench: ServiceBench
  private var gateway: FakeGateway { bench.gateway }

  init() throws { bench = try ServiceBench() }

  @Test("readiness says why players are not let in; health does not care")
  func health() async throws {
    #expect(try await bench.ask("/readyz").text == "ready\n")
    gateway.trouble.withLock { $0 = ["backend world is down", "draining"] }
    let answer = try await bench.ask("/readyz")
    #expect(answer.status == 503)
    #expect(answer.text == "not ready: backend world is down; draining\n")
    #expect(try await bench.ask("/healthz").status == 200)
  }

  @Test("however often metrics are asked for, workers are asked a few times")
  func coalesced() async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<200 { group.addTask { try await bench.ask("/metrics").status } }
      for try await status in group { #expect(status == 200) }
    }
    #expect(gateway.sampled.withLock { $0 } < 100)
  }

  @Test(
    "over TCP only names that are its own are answered",
    arguments: [
      ("127.0.0.1:9180", 200), ("localhost", 200), ("LOCALHOST:1", 200), ("[::1]:9180", 200),
      ("10.1.2.3", 200), ("gw.example:9180", 200), ("GW.Example", 200),
      ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("localhost.evil.example", 421),
      ("gw.example.", 421), ("evil.example:80@127.0.0.1", 400), ("[::1", 400), ("", 400),
      (":9180", 400), ("localhost:x", 400), ("[gw.example]", 400),
    ])
  func hosts(host: String, status: Int) async throws {
    #expect(try await bench.ask("/healthz", host: host).status == status)
    #expect(try await bench.ask("/healthz", host: host, isRemote: false).status == 200)
  }

  @Test("what is not there is a problem document, as is everything refused")
  func problems() async throws {
    for path in ["/metric", "/metrics/..", "/%00", "/" + String(repeating: "a/", count: 2000)] {
      let answer = try await bench.ask(path)
      #expect(answer.status == 404, "\(path.prefix(20))")
      #expect(answer.headers[.contentType] == "application/problem+json")
      #expect(answer.text.contains(#""status":404"#))
    }
  }

  @Test("answers are not cached, framed or guessed about")
  func headers() async throws {
    for path in ["/metrics", "/nothing"] {
      let headers = try await bench.ask(path).headers
      #expect(headers[.cacheControl] == "no-store")
      #expect(headers[.xContentTypeOptions] == "nosniff")
      #expect(headers[.contentSecurityPolicy] == "default-src 'none'; frame-ancestors 'none'")
    }
  }

  @Test("requests are counted by route, and what has none as one")
  func counted() async throws {
    for path in ["/healthz", "/healthz", "/a", "/b"] { _ = try await bench.ask(path) }
    _ = try await bench.ask("/c", method: HTTPRequest.Method("BREW") ?? .get)
    let page = try await bench.ask("/metrics").text
    for line in [
      #"mystel_management_requests_total{route="/healthz",method="GET",code="200"} 2"#,
      #"mystel_management_requests_total{route="none",method="GET",code="404"} 2"#,
      #"mystel_management_requests_total{route="none",method="other",code="404"} 1"#,
    ] {
      #expect(
        page.contains(line), "\(page.split(separator: "\n").filter { $0.contains("requests") })")
    }
  }
}
