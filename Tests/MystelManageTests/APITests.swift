import Foundation
import HTTPTypes
import Hummingbird
import MystelCore
import MystelManage
import Testing

@Suite("The API") struct APITests {
  private let bench: ServiceBench

  init() throws { bench = try ServiceBench() }

  /// A request that a route takes.
  private static func example(_ route: ManagementRoute) -> (path: String, body: String?) {
    let path = route.path.replacing("{id}", with: "3").replacing("{name}", with: "viewer-token")
    let target = "?target=192.0.2.1"
    switch route.operation {
    case "addBan", "addAllowed": return (path, #"{"target": "192.0.2.1"}"#)
    case "addToken": return (path, #"{"name": "fresh", "role": "viewer"}"#)
    case "testRules": return (path, #"{"tests": "cases:\n"}"#)
    case "exportBans": return (path + "?format=plain", nil)
    case "importBans":
      return (path, #"{"format": "plain", "list": "l", "text": "192.0.2.1\n"}"#)
    case "validateConfiguration": return (path, #"{"patch": {}}"#)
    case "changeConfiguration": return (path + "?if_match=v1", "{}")
    case "rollBackConfiguration": return (path, #"{"number": 0, "ifMatch": "v1"}"#)
    case "setRuleMode": return (path, #"{"mode": "shadow"}"#)
    case "endSessions", "removeBan", "checkBan", "removeAllowed", "removeLauncherGrants":
      return (path + target, nil)
    default: return (path, nil)
    }
  }

  private static func headers(_ route: ManagementRoute) -> [String: String] {
    route.operation == "changeConfiguration"
      ? ["Content-Type": "application/merge-patch+json"] : [:]
  }

  @Test("every route takes its role or a higher one over TCP, and nobody without a token")
  func roleMatrix() async throws {
    #expect(bench.service.routes.count > 20)
    // What takes a key of its own takes no token: see LauncherRouteTests.
    for route in bench.service.routes where route.access != .key {
      let (path, body) = APITests.example(route)
      for role in Role.allCases {
        // Anew each time: some routes take a token away.
        let bench = try ServiceBench()
        _ = try bench.token("viewer-token", .viewer)
        let token = try bench.token("mine", role)
        let answer = try await bench.ask(
          path, method: route.method, token: token, body: body, headers: APITests.headers(route))
        let isAllowed: Bool =
          switch route.access {
          case .open, .key: true
          case .role(let wanted): role >= wanted
          }
        #expect((answer.status != 403) == isAllowed, "\(route.operation) \(role): \(answer)")
        #expect(![401, 400, 405, 500].contains(answer.status), "\(route.operation): \(answer)")
        if !isAllowed {
          // Recorded, and nothing else.
          #expect(
            bench.operations.asked.withLock { $0 } == ["refused \(route.operation) to token mine"])
        }
      }
      let bench = try ServiceBench()
      let answer = try await bench.ask(path, method: route.method, body: body)
      #expect((answer.status == 401) == (route.access != .open), "\(route.operation)")
      if route.access != .open {
        #expect(answer.headers[.wwwAuthenticate] == "Bearer realm=\"mystel\"")
        #expect(bench.operations.asked.withLock { $0 }.isEmpty)
      }
    }
  }

  @Test("every way of being nobody is answered alike")
  func alike() async throws {
    let token = try bench.token("a", .admin)
    let wrong = String(token.dropLast()) + (token.hasSuffix("0") ? "1" : "0")
    let none = try await bench.ask("/api/v1/status")
    for header in ["Bearer \(wrong)", "Bearer ", "Basic abc", "Bearer mystel_00000000_00"] {
      let answer = try await bench.ask("/api/v1/status", headers: ["Authorization": header])
      #expect(answer.status == 401)
      #expect(answer.text == none.text)
      #expect(answer.headers == none.headers)
    }
  }

  @Test("who shows wrong tokens is told to wait; who shows a right one is not")
  func lockOut() async throws {
    let token = try bench.token("a", .viewer)
    var statuses: [Int] = []
    for _ in 0..<8 { statuses.append(try await bench.ask("/api/v1/status", token: "no").status) }
    #expect(statuses == [401, 401, 401, 401, 401, 429, 429, 429])
    #expect(try await bench.ask("/api/v1/status", token: "no").headers[.retryAfter] == "60")
    #expect(try await bench.ask("/api/v1/status", token: token).status == 200)
  }

  @Test("a token makes 300 changes in a minute; who is at the socket as many as he likes")
  func manyChanges() async throws {
    let (busy, calm) = (try bench.token("a", .operator), try bench.token("b", .operator))
    let path = "/api/v1/bans?target=203.0.113.7"
    var statuses: [Int] = []
    for _ in 0..<302 {
      statuses.append(try await bench.ask(path, method: .delete, token: busy).status)
    }
    #expect(Set(statuses.prefix(300)).isDisjoint(with: [429]))
    #expect(statuses.suffix(2) == [429, 429])
    #expect(try await bench.ask("/api/v1/status", token: busy).status == 200)
    #expect(try await bench.ask(path, method: .delete, token: calm).status != 429)
    for _ in 0..<302 {
      #expect(try await bench.ask(path, method: .delete, isRemote: false).status != 429)
    }
  }

  @Test("at the socket its file's mode is enough, and a token that is shown counts")
  func socket() async throws {
    let token = try bench.token("a", .viewer)
    #expect(try await bench.ask("/api/v1/reload", method: .post, isRemote: false).status == 200)
    let path = "/api/v1/reload"
    #expect(
      try await bench.ask(path, method: .post, token: token, isRemote: false).status == 403)
    #expect(try await bench.ask(path, method: .post, token: "no", isRemote: false).status == 401)
  }

  @Test(
    "pages of other sites are not answered, whatever token they hold",
    arguments: [
      (["Origin": "http://evil.example"], 403), (["Origin": "null"], 403),
      (["Origin": "http://127.0.0.1:9181"], 403), (["Origin": "http://127.0.0.1:9180"], 200),
      (["Sec-Fetch-Site": "cross-site"], 403), (["Sec-Fetch-Site": "same-site"], 403),
      (["Sec-Fetch-Site": "same-origin"], 200), (["Sec-Fetch-Site": "none"], 200),
    ])
  func origins(headers: [String: String], status: Int) async throws {
    let token = try bench.token("a", .admin)
    let answer = try await bench.ask(
      "/api/v1/reload", method: .post, token: token, headers: headers)
    #expect(answer.status == status)
    let names = answer.headers.map { $0.name.canonicalName }
    #expect(!names.contains { $0.hasPrefix("access-control") })
  }

  @Test("who asks is named to the operation")
  func caller() async throws {
    let token = try bench.token("alice", .operator)
    let body = #"{"target": "account:5", "reason": "bots"}"#
    let answer = try await bench.ask("/api/v1/bans", method: .post, token: token, body: body)
    #expect(answer.status == 201)
    #expect(bench.operations.asked.withLock { $0 } == ["ban account:5 by token alice"])
  }

  @Test(
    "a body that cannot be understood does nothing and says why",
    arguments: [
      ("", 400, "no JSON object"), ("{", 400, "no JSON object"), ("[]", 400, "no JSON object"),
      ("{}", 400, "target is missing"), (#"{"target": 5}"#, 400, "wrong kind"),
      (#"{"target": "everybody"}"#, 400, "no address"),
      (#"{"target": "192.0.2.1", "second": 5}"#, 400, "'second' is no field"),
      (#"{"target": "192.0.2.1", "seconds": 1.5}"#, 400, "not whole"),
      (#"{"target": "192.0.2.1", "seconds": 1e99}"#, 400, ""),
      (#"{"target": NaN}"#, 400, ""),
      (#"{"target": "192.0.2.1", "seconds": null}"#, 400, "seconds is null"),
      (String(repeating: "[", count: 60_000), 400, ""),
      ("{\"target\": \"" + String(repeating: "x", count: 70_000) + "\"}", 413, "64 KiB"),
    ])
  func bodies(body: String, status: Int, words: String) async throws {
    let token = try bench.token("a", .admin)
    let answer = try await bench.ask("/api/v1/bans", method: .post, token: token, body: body)
    #expect(answer.status == status, "\(answer.text)")
    #expect(answer.text.contains(words) || words.isEmpty, "\(answer.text)")
    #expect(answer.headers[.contentType] == "application/problem+json")
    #expect(bench.operations.asked.withLock { $0 }.isEmpty)
  }

  @Test("a body of another type is refused, as a form of a page would be")
  func types() async throws {
    let token = try bench.token("a", .admin)
    for type in ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"] {
      let answer = try await bench.ask(
        "/api/v1/bans", method: .post, token: token, body: "{\"target\": \"192.0.2.1\"}",
        headers: ["Content-Type": type])
      #expect(answer.status == 415)
    }
  }

  @Test(
    "parameters that are not understood are refused",
    arguments: [
      "/api/v1/sessions?limt=5", "/api/v1/sessions?limit=x", "/api/v1/sessions?limit=-1",
      "/api/v1/sessions?after=99999999999999999999", "/api/v1/sessions?target=nobody",
      "/api/v1/sessions?limit=1&limit=2", "/api/v1/bans/check", "/api/v1/bans/check?target=",
      "/api/v1/status?x=1",
    ])
  func parameters(path: String) async throws {
    let answer = try await bench.ask(path, isRemote: false)
    #expect(answer.status == 400, "\(answer)")
    #expect(bench.operations.asked.withLock { $0 }.isEmpty)
  }

  @Test("pages are asked for as over the control socket")
  func pages() async throws {
    for (query, asked) in [
      ("?limit=0", "sessions 0 1"), ("?limit=5000000000", "sessions 0 1000"),
      ("?after=7&limit=50", "sessions 7 50"), ("", "sessions 0 200"),
    ] {
      let answer = try await bench.ask("/api/v1/sessions\(query)", isRemote: false)
      #expect(answer.status == 200)
      #expect(answer.text.contains(#""next":7"#))
      #expect(bench.operations.asked.withLock { $0.removeLast() } == asked)
    }
  }

  @Test("a path that takes other methods says which; a fault of an operation says what it is")
  func otherMethods() async throws {
    let answer = try await bench.ask("/api/v1/bans", method: .patch, isRemote: false)
    #expect(answer.status == 405)
    #expect(answer.headers[.allow] == "GET, POST, DELETE")
    let missing = try await bench.ask("/api/v1/sessions/3", isRemote: false)
    #expect(missing.status == 404)
    #expect(missing.text.contains("no session") && missing.text.contains("look again"))
    for path in ["/api/v1/sessions/x", "/api/v1/sessions/-1", "/api/v2/status", "/api/v1"] {
      #expect(try await bench.ask(path, isRemote: false).status == 404, "\(path)")
    }
  }

  @Test("the OpenAPI document describes every route and no other, with schemas that are there")
  func openAPI() async throws {
    let answer = try await bench.ask("/api/v1/openapi.json")
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any])
    let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
    var described: Set<String> = []
    for (path, operations) in paths {
      for (method, operation) in operations {
        let name = try #require(operation["operationId"] as? String)
        described.insert("\(method.uppercased()) \(path) \(name)")
      }
    }
    let routes = bench.service.routes.map { "\($0.method.rawValue) \($0.path) \($0.operation)" }
    #expect(described == Set(routes))
    #expect(Set(routes).count == routes.count)
    let components = try #require(document["components"] as? [String: Any])
    let schemas = try #require(components["schemas"] as? [String: Any])
    for match in answer.text.matches(of: /#\/components\/schemas\/([A-Za-z]+)/) {
      #expect(schemas[String(match.1)] != nil, "\(match.1)")
    }
  }
}
