import HTTPTypes
import Hummingbird
import MystelCore
import MystelManage
import Testing

/// A management service with fakes behind it, asked without a socket.
struct ServiceBench: Sendable {
  struct Answer: Sendable {
    var status: Int
    var headers: HTTPFields
    var text: String
  }

  let gateway = FakeGateway()
  let events = EventFeed()
  let operations: FakeOperations
  let service: ManagementService

  /// - Parameter showsOnline: whether everybody is told how many play.
  init(launcherKey: String? = nil, showsOnline: Bool = false) throws {
    operations = try FakeOperations()
    service = ManagementService(
      gateway: gateway, operations: operations, tokens: operations.book, events: events,
      hosts: ["gw.example"], launcherKey: SharedKey(launcherKey), showsOnline: showsOnline,
      version: "1.2.3")
  }

  func token(_ name: String, _ role: Role) throws -> String {
    try #require(try operations.book.add(TokenOrder(name: name, role: role)).token)
  }

  /// - Parameters:
  ///   - wanted: in an event stream, what the reader waits for.
  ///   - seen: told what was written so far.
  func ask(
    _ path: String, method: HTTPRequest.Method = .get, host: String = "127.0.0.1:9180",
    token: String? = nil, body: String? = nil, headers: [String: String] = [:],
    isRemote: Bool = true, wanted: String = "event: tick",
    seen: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> Answer {
    var head = HTTPRequest(method: method, scheme: "http", authority: host, path: path)
    if let token { head.headerFields[.authorization] = "Bearer \(token)" }
    if body != nil { head.headerFields[.contentType] = "application/json" }
    for (name, value) in headers {
      head.headerFields[try #require(HTTPField.Name(name))] = value
    }
    let request = Request(
      head: head, body: RequestBody(buffer: ByteBuffer(string: body ?? "")))
    let response = await service.respond(
      to: request, at: ManagementContext.Source(channel: nil, isRemote: isRemote))
    let isStream = response.headers[.contentType] == "text/event-stream"
    let collector = BodyCollector(wanted: isStream ? wanted : nil, seen: seen)
    do {
      try await response.body.write(collector)
    } catch is BodyCollector.HungUp {
      // As the reader wanted.
    }
    return Answer(
      status: response.status.code, headers: response.headers, text: collector.text)
  }
}
