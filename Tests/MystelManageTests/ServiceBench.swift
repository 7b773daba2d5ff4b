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
  let operations: FakeOperations
  let service: ManagementService

  init() throws {
    operations = try FakeOperations()
    service = ManagementService(
      gateway: gateway, operations: operations, tokens: operations.book, hosts: ["gw.example"],
      version: "1.2.3")
  }

  func token(_ name: String, _ role: Role) throws -> String {
    try #require(try operations.book.add(TokenOrder(name: name, role: role)).token)
  }

  func ask(
    _ path: String, method: HTTPRequest.Method = .get, host: String = "127.0.0.1:9180",
    token: String? = nil, body: String? = nil, headers: [String: String] = [:],
    isRemote: Bool = true
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
    let collector = BodyCollector()
    try await response.body.write(collector)
    return Answer(
      status: response.status.code, headers: response.headers, text: collector.text)
  }
}
