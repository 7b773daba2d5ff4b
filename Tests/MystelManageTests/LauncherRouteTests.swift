import Foundation
import MystelCore
import MystelManage
import Testing

@Suite("Launcher's grants over HTTP")
struct LauncherRouteTests {
  private let path = "/api/v1/launcher-grants"
  private let key = "4f9c0e3b7a1d4f9c0e3b7a1d"
  /// As tera-api sends it.
  private let body = """
    {"ip":"203.0.113.7","accountId":42,"name":"hero","authKey":"key-1","ttlSeconds":1800}
    """

  @Test("tera-api's own request is taken, and what it must not know of is not kept")
  func push() async throws {
    let bench = try ServiceBench(launcherKey: key)
    let answer = try await bench.ask(
      path, method: .post, body: body, headers: ["X-Api-Key": key])
    #expect(answer.status == 201)
    #expect(
      bench.operations.asked.withLock { $0 } == ["grant 203.0.113.7 account 42 'hero' 1800 s"])
    #expect(!answer.text.contains("key-1"))
    let grant = try JSONDecoder().decode(LauncherGrantAnswer.self, from: Data(answer.text.utf8))
    #expect(grant.logins.map(\.account) == [42] && grant.secondsLeft == 1800)
  }

  @Test(
    "what is left out has its usual value, what is not known is passed over",
    arguments: [
      (#"{"ip":"2001:db8::1","accountId":7}"#, "grant 2001:db8::1 account 7 '' 1800 s"),
      (
        #"{"ip":"192.0.2.1","accountId":"7","name":null,"more":{"x":[1]},"ttlSeconds":60}"#,
        "grant 192.0.2.1 account 7 '' 60 s"
      ),
      (
        #"{"ip":"192.0.2.1","accountId":7,"name":"a\nb\u0000"}"#,
        "grant 192.0.2.1 account 7 'a b?' 1800 s"
      ),
    ])
  func lenient(_ body: String, _ asked: String) async throws {
    let bench = try ServiceBench(launcherKey: key)
    let answer = try await bench.ask(path, method: .post, body: body, headers: ["X-Api-Key": key])
    #expect(answer.status == 201, "\(answer.text)")
    #expect(bench.operations.asked.withLock { $0 } == [asked])
  }

  @Test(
    "what makes no sense is refused, and says why",
    arguments: [
      "", "[]", "null", "{", #"{"accountId":1}"#, #"{"ip":"192.0.2.1"}"#,
      #"{"ip":"192.0.2.1","accountId":-1}"#, #"{"ip":"192.0.2.1","accountId":1.5}"#,
      #"{"ip":"192.0.2.1","accountId":"x"}"#, #"{"ip":7,"accountId":1}"#,
      #"{"ip":"192.0.2.1","accountId":1,"ttlSeconds":0}"#,
      #"{"ip":"192.0.2.1","accountId":1e999}"#,
    ])
  func malformed(_ body: String) async throws {
    let bench = try ServiceBench(launcherKey: key)
    let answer = try await bench.ask(path, method: .post, body: body, headers: ["X-Api-Key": key])
    #expect(answer.status == 400, "\(answer.text)")
    #expect(bench.operations.asked.withLock { $0 }.isEmpty)
  }

  @Test("without the key nobody grants: not with a token, not at the socket, not where none is set")
  func nobody() async throws {
    let bench = try ServiceBench(launcherKey: key)
    let admin = try bench.token("boss", .admin)
    for headers in [[:], ["X-Api-Key": ""], ["X-Api-Key": String(key.dropLast())]] {
      for isRemote in [true, false] {
        let answer = try await bench.ask(
          path, method: .post, token: admin, body: body, headers: headers, isRemote: isRemote)
        #expect(answer.status == 401)
      }
    }
    let unset = try ServiceBench()
    let answer = try await unset.ask(
      path, method: .post, body: body, headers: ["X-Api-Key": ""])
    #expect(answer.status == 401)
    #expect(bench.operations.asked.withLock { $0 }.isEmpty)
    #expect(unset.operations.asked.withLock { $0 }.isEmpty)
  }

  @Test("the key opens nothing else")
  func onlyThere() async throws {
    let bench = try ServiceBench(launcherKey: key)
    for headers in [["X-Api-Key": key], ["Authorization": "Bearer \(key)"]] {
      let list = try await bench.ask(path, headers: headers)
      #expect(list.status == 401)
      let status = try await bench.ask("/api/v1/status", headers: headers)
      #expect(status.status == 401)
    }
  }

  @Test("who guesses keys is told to wait; who has the right one is not")
  func guesses() async throws {
    let bench = try ServiceBench(launcherKey: key)
    var last = 0
    for number in 0..<7 {
      last = try await bench.ask(
        path, method: .post, body: body, headers: ["X-Api-Key": "guess \(number)"]
      ).status
    }
    #expect(last == 429)
    let right = try await bench.ask(path, method: .post, body: body, headers: ["X-Api-Key": key])
    #expect(right.status == 201)
  }

  @Test("a page of another site grants nothing, whatever it found out")
  func otherSites() async throws {
    let bench = try ServiceBench(launcherKey: key)
    let answer = try await bench.ask(
      path, method: .post, body: body,
      headers: ["X-Api-Key": key, "Origin": "https://evil.example"])
    #expect(answer.status == 403)
  }

  @Test("how many play is told to everybody where the operator wants it, and to nobody else")
  func online() async throws {
    let open = try await ServiceBench(showsOnline: true).ask("/status/online")
    #expect(open.status == 200)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(open.text.utf8)) as? [String: Any])
    #expect(Set(object.keys) == ["online", "isUp", "servers"])
    let closed = try await ServiceBench().ask("/status/online")
    #expect(closed.status == 404)
  }
}
