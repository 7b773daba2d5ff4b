import Foundation
import HTTPTypes
import Hummingbird
import MystelCore
import NIOCore

/// One thing that can be asked for: the router, the check of roles, the metrics and the OpenAPI
/// document all come from these.
package struct ManagementRoute: Sendable {
  package enum Access: Sendable, Equatable {
    /// Health and metrics: nobody has to say who he is.
    case open
    case role(Role)
    /// Another program, with a key of its own.
    case key
  }

  /// A query parameter.
  struct Parameter: Sendable {
    enum Kind { case string, integer, target }
    var name: String
    var kind: Kind
    var isRequired = false
    var summary: String
  }

  /// What is answered, by media type.
  enum Answer: Sendable {
    case text
    /// A schema of the OpenAPI document.
    case json(String)
    /// Server-sent events, for as long as somebody reads them.
    case events
  }

  package let method: HTTPRequest.Method
  /// With parameters as `{id}`.
  package let path: String
  package let access: Access
  /// The operation's id in the OpenAPI document.
  package let operation: String
  let summary: String
  let query: [Parameter]
  /// The schema of the body; nil for none.
  let body: String?
  let bodyType: String
  /// The largest body.
  let bodyBytes: Int
  let status: HTTPResponse.Status
  let answer: Answer
  let handle: @Sendable (ManagementCall) async throws -> Response

  init(
    _ method: HTTPRequest.Method, _ path: String, _ access: Access, _ operation: String,
    _ summary: String, query: [Parameter] = [], body: String? = nil,
    bodyType: String = "application/json", bodyBytes: Int = 64 << 10,
    status: HTTPResponse.Status = .ok, answer: Answer,
    handle: @escaping @Sendable (ManagementCall) async throws -> Response
  ) {
    self.method = method
    self.path = path
    self.access = access
    self.operation = operation
    self.summary = summary
    self.query = query
    self.body = body
    self.bodyType = bodyType
    self.bodyBytes = bodyBytes
    self.status = status
    self.answer = answer
    self.handle = handle
  }

  /// Whether it changes something, and so is recorded.
  var changes: Bool {
    guard case .role(let role) = access else { return false }
    return role > .viewer && method != .get && operation != "validateConfiguration"
  }

  /// Whether a path is of this route's kind.
  func matches(_ path: String) -> Bool {
    let mine = self.path.split(separator: "/")
    let theirs = path.split(separator: "/")
    guard mine.count == theirs.count else { return false }
    return zip(mine, theirs).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
  }
}

/// A request that was admitted.
struct ManagementCall: Sendable {
  let request: Request
  /// Of routes that take a role; nobody else asks.
  let caller: ControlCaller
  /// The caller's role, and whether he still has it; of routes that take one.
  let admitted: Gatekeeper.Caller?
  let context: ManagementContext
  private let query: [String: String]
  let body: Data
  private let parameters: Parameters

  /// - Throws: `Problem`.
  init(
    _ request: Request, _ context: ManagementContext, route: ManagementRoute,
    admitted: Gatekeeper.Caller?
  ) async throws {
    self.request = request
    self.context = context
    self.admitted = admitted
    caller = admitted?.caller ?? ControlCaller(name: "")
    parameters = context.parameters
    query = try ManagementCall.query(request, route)
    body = route.body == nil ? Data() : try await ManagementCall.body(request, route)
  }

  private static func query(
    _ request: Request, _ route: ManagementRoute
  ) throws(Problem) -> [String: String] {
    var values: [String: String] = [:]
    for (name, value) in request.uri.queryParameters {
      let name = String(name)
      guard route.query.contains(where: { $0.name == name }) else {
        throw Problem(.badRequest, "there is no parameter \(ListEntry.shown(name)) here")
      }
      guard values.updateValue(String(value), forKey: name) == nil else {
        throw Problem(.badRequest, "\(name) is there twice")
      }
    }
    return values
  }

  private static func body(_ request: Request, _ route: ManagementRoute) async throws -> Data {
    let type = request.headers[.contentType]?.lowercased() ?? ""
    guard type.split(separator: ";").first.map({ $0.trimming(" ") }) == route.bodyType[...] else {
      throw Problem(.unsupportedMediaType, "the body must be \(route.bodyType)")
    }
    do {
      return Data(try await request.body.collect(upTo: route.bodyBytes).readableBytesView)
    } catch is NIOTooManyBytesError {
      throw Problem(.contentTooLarge, "a body has at most \(route.bodyBytes >> 10) KiB")
    }
  }

  // MARK: What was said

  func text(_ name: String) -> String? { query[name] }

  func number(_ name: String) throws(Problem) -> UInt64? {
    guard let text = query[name] else { return nil }
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), let value = UInt64(text) else {
      throw Problem(.badRequest, "\(name) must be a whole number")
    }
    return value
  }

  func limit() throws(Problem) -> Int? {
    try number("limit").map { Int(clamping: $0) }
  }

  func target() throws(Problem) -> BanTarget? {
    guard let text = query["target"] else { return nil }
    guard let target = BanTarget(text) else {
      throw Problem(
        .badRequest, "target: \(ListEntry.shown(text)) is no address, network or account",
        hint: "write 203.0.113.7, 203.0.113.0/24 or account:500001")
    }
    return target
  }

  func neededTarget() throws(Problem) -> BanTarget {
    guard let target = try target() else { throw Problem(.badRequest, "target is missing") }
    return target
  }

  /// A part of the path.
  func part(_ name: String) throws(Problem) -> String {
    guard let text = parameters.get(name), !text.isEmpty else {
      throw Problem(.notFound, "there is nothing at this path")
    }
    return text.removingPercentEncoding ?? text
  }

  /// The body as JSON that every reader understands alike.
  func value() throws(Problem) -> JSONValue {
    do throws(JSONParser.Fault) {
      return try JSONParser.value(of: Array(body))
    } catch {
      throw Problem(.badRequest, "the body is no JSON object: it \(error)")
    }
  }

  /// The body, whose keys must be among `keys`: a slip must not be taken for a wish left out.
  func order<Order: Decodable>(_ keys: Set<String>) throws(Problem) -> Order {
    guard let fields = try value().members else {
      throw Problem(.badRequest, "the body is no JSON object")
    }
    if let unknown = fields.keys.sorted().first(where: { !keys.contains($0) }) {
      throw Problem(
        .badRequest, "\(ListEntry.shown(unknown)) is no field of this",
        hint: "there are: \(keys.sorted().joined(separator: ", "))")
    }
    if let empty = fields.filter({ $0.value == .null }).keys.sorted().first {
      throw Problem(.badRequest, "\(empty) is null: leave it out")
    }
    do {
      return try JSONDecoder().decode(Order.self, from: body)
    } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
      // It is JSON, as was seen: what is left is what the decoder says of numbers.
      throw Problem(.badRequest, "a number is not whole, or too large")
    } catch {
      throw Problem(.badRequest, RequestText.of(error))
    }
  }
}

extension Substring {
  fileprivate func trimming(_ character: Character) -> Substring {
    var text = self
    while text.first == character { text.removeFirst() }
    while text.last == character { text.removeLast() }
    return text
  }
}
