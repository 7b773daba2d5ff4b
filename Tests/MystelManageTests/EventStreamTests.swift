import Foundation
import HTTPTypes
import Hummingbird
import MystelCore
import MystelManage
import Synchronization
import Testing

@Suite("The event stream") struct EventStreamTests {
  private let bench: ServiceBench
  private let path = "/api/v1/events"

  init() throws { bench = try ServiceBench() }

  private func publish(_ count: Int) {
    for number in 1...count {
      bench.events.publish([.attack(state: "elevated", why: "\(number)")], seconds: 0)
    }
  }

  @Test("tells counters at once, and events as one line of JSON each")
  func format() async throws {
    publish(2)
    let answer = try await bench.ask(
      path, token: try bench.token("a", .viewer), headers: ["Last-Event-ID": "1"],
      wanted: "event: attack")
    #expect(answer.status == 200)
    #expect(answer.headers[.contentType] == "text/event-stream")
    #expect(answer.headers[.cacheControl] == "no-store")
    #expect(answer.text.contains("id: 2\nevent: attack\ndata: {"))
    #expect(answer.text.contains(#""why":"2""#))
    #expect(!answer.text.contains(#""why":"1""#), "it was seen before")
    let ticks = try await bench.ask(path, token: try bench.token("b", .viewer))
    let tick = try #require(
      ticks.text.split(separator: "\n").first { $0.hasPrefix("data: {") }?.dropFirst(6))
    let object = try JSONSerialization.jsonObject(with: Data(tick.utf8)) as? [String: Any]
    #expect(
      Set(object.map { Array($0.keys) } ?? []) == [
        "attack", "bans", "bytes", "capacity", "closes", "drops", "milliseconds", "notes",
        "packets", "sessions",
      ])
  }

  @Test("tells only the topics that were asked for, and refuses those that there are not")
  func topics() async throws {
    let token = try bench.token("a", .viewer)
    publish(1)
    bench.events.publish([.draining(true)], seconds: 0)
    let answer = try await bench.ask(
      "\(path)?topics=draining", token: token, headers: ["Last-Event-ID": "0"],
      wanted: "event: draining")
    #expect(!answer.text.contains("event: attack") && !answer.text.contains("event: tick"))
    let wrong = try await bench.ask("\(path)?topics=drainage", token: token)
    #expect(wrong.status == 400 && wrong.text.contains("session_opened"))
  }

  @Test("what a reader missed is told as a number")
  func missed() async throws {
    publish(EventFeed.remembered + 40)
    let answer = try await bench.ask(
      path, token: try bench.token("a", .viewer), headers: ["Last-Event-ID": "10"],
      wanted: "event: attack")
    #expect(answer.text.contains("event: missed\ndata: {\"count\":30}\n\n"))
  }

  @Test("a Last-Event-ID of another gateway's, or none at all, starts from now")
  func strangeIDs() async throws {
    publish(3)
    let token = try bench.token("a", .viewer)
    for id in ["9999", "-1", "x", "", "99999999999999999999999"] {
      let answer = try await bench.ask(path, token: token, headers: ["Last-Event-ID": id])
      #expect(answer.status == 200 && !answer.text.contains("event: attack"), "\(id)")
    }
  }

  @Test("ends with an event when its token is revoked")
  func revoked() async throws {
    let token = try bench.token("a", .viewer)
    let isGone = Mutex(false)
    let answer = try await bench.ask(path, token: token, wanted: "event: ended") { [bench] text in
      guard text.contains("event: tick"), isGone.withLock({ !$0 }) else { return }
      isGone.withLock { $0 = true }
      _ = try? bench.operations.book.revoke("a")
    }
    #expect(answer.text.hasSuffix("event: ended\ndata: {\"reason\":\"token\"}\n\n"))
    #expect(try await bench.ask(path, token: token).status == 401)
  }

  @Test("as many readers as there may be; one more is told to come back, and gets the next place")
  func most() async throws {
    let token = try bench.token("a", .viewer)
    let service = bench.service
    func open() async throws -> Response {
      var head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: path)
      head.headerFields[.authorization] = "Bearer \(token)"
      return await service.respond(
        to: Request(head: head, body: RequestBody(buffer: ByteBuffer())),
        at: ManagementContext.Source(channel: nil, isRemote: true))
    }
    var readers: [Response] = []
    for _ in 0..<32 { readers.append(try await open()) }
    #expect(readers.allSatisfy { $0.status == .ok })
    let refused = try await open()
    #expect(refused.status == .serviceUnavailable)
    #expect(refused.headers[.retryAfter] == "10")
    #expect(
      try await bench.ask("/metrics").text.contains("mystel_management_event_streams 32"))
    // One that was never read gives its place back, too.
    readers.removeLast()
    #expect(try await open().status == .ok)
    readers.removeAll()
    #expect(try await bench.ask("/metrics").text.contains("mystel_management_event_streams 0"))
  }
}
