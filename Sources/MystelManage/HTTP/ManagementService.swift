import Foundation
import HTTPTypes
import Hummingbird
import MystelCore
import NIOCore
import Synchronization

/// Answers requests: metrics, health, and the API.
package final class ManagementService: Sendable {
  /// The path of the page for operators.
  package static let dashboard = DashboardFiles.base + "/"

  let connections = ConnectionTable()
  let requests = RequestCounts()
  /// Everything that can be asked for.
  package let routes: [ManagementRoute]
  /// Names by which it may be called, beside addresses and `localhost`.
  private let hosts: Set<String>
  private let responder: RouterResponder<ManagementContext>

  /// - Parameters:
  ///   - events: what readers of the event stream are told.
  ///   - showsOnline: whether everybody is told how many play.
  ///   - user: who is at the other end of a Unix socket.
  package init(
    gateway: any MonitoredGateway, operations: any ControlOperations, tokens: TokenBook,
    events: EventFeed = EventFeed(), hosts: [String] = [],
    launcherKey: SharedKey = SharedKey(), showsOnline: Bool = false, version: String,
    user: @escaping @Sendable (any Channel) async -> UInt32? = { _ in nil }
  ) {
    self.hosts = Set(hosts.map { $0.lowercased() })
    let samples = SampleCache(gateway)
    let stream = EventRoute(feed: events, samples: samples)
    let health = HealthRoutes(
      gateway: gateway, connections: connections, requests: requests, samples: samples,
      events: stream, showsOnline: showsOnline)
    var routes = health.all + APIRoutes(operations: operations).all
    routes.append(stream.route)
    routes.append(SelfRoute.route(among: routes, version: version))
    // It describes itself, too.
    routes.append(OpenAPI.route(of: routes, version: version))
    self.routes = routes
    let gatekeeper = Gatekeeper(tokens: tokens, launcherKey: launcherKey, user: user) {
      await operations.refused($0, to: $1)
    }
    let router = Router(context: ManagementContext.self, options: .autoGenerateHeadEndpoints)
    for route in routes {
      router.on(RouterPath(route.path), method: route.method) { request, context in
        var caller: Gatekeeper.Caller?
        switch route.access {
        case .open: break
        case .role(let role):
          caller = try await gatekeeper.admit(request, context, as: role, for: route.operation)
        case .key: try gatekeeper.admitKey(request, context)
        }
        if let caller, route.changes {
          try gatekeeper.admitChange(caller.caller, context)
          try await operations.admit(route.operation, by: caller.caller)
        }
        return try await route.handle(
          ManagementCall(request, context, route: route, admitted: caller))
      }
    }
    DashboardFiles().add(to: router)
    responder = router.buildResponder()
  }

  /// The answer to a request, whatever it is.
  package func respond(to request: Request, at source: ManagementContext.Source) async -> Response {
    let context = ManagementContext(source: source)
    var response: Response
    do {
      try checkHost(request, isRemote: source.isRemote)
      response = try await responder.respond(to: request, context: context)
      if response.status == .notFound, response.headers[.contentType] == nil {
        throw absence(of: request)
      }
    } catch let problem as Problem {
      response = problem.response
    } catch let fault as ControlFault {
      response = Problem(fault).response
    } catch {
      response = Problem(.internalServerError, "the request could not be answered").response
    }
    for (name, value) in ManagementService.always where response.headers[name] == nil {
      response.headers[name] = value
    }
    requests.count(
      route: context.endpointPath ?? "", method: request.method, status: response.status.code)
    return response
  }

  /// Nothing here is for caches, frames or guesses, but what says so itself.
  private static let always: [(HTTPField.Name, String)] =
    [
      ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
      ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
      ("Referrer-Policy", "no-referrer"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }

  static func text(
    _ status: HTTPResponse.Status, _ text: String,
    _ type: String = "text/plain; charset=utf-8"
  ) -> Response {
    Response(
      status: status, headers: [.contentType: type],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  // MARK: What is refused

  /// A page in an operator's browser can have any name resolve to an address of ours: only names that
  /// are ours are answered.
  private func checkHost(_ request: Request, isRemote: Bool) throws(Problem) {
    guard isRemote else { return }
    let authority = request.head.authority ?? ""
    guard let host = HostName(authority) else {
      throw Problem(.badRequest, "the request names no host")
    }
    guard host.isAddress || host.name == "localhost" || hosts.contains(host.name) else {
      throw Problem(
        .misdirectedRequest, "this is not called by that name; management.hosts lists its names")
    }
  }

  private func absence(of request: Request) -> Problem {
    // A path that is a route's own is not taken for a parameter of another's.
    let named = routes.filter { $0.path == request.uri.path }
    let matching = named.isEmpty ? routes.filter { $0.matches(request.uri.path) } : named
    let methods = matching.map(\.method.rawValue)
    guard !methods.isEmpty, !methods.contains(request.method.rawValue) else {
      return Problem(.notFound, "there is nothing at this path")
    }
    var problem = Problem(.methodNotAllowed, "this path takes \(methods.joined(separator: ", "))")
    problem.headers[.allow] = methods.joined(separator: ", ")
    return problem
  }
}

/// How often what was asked for. Bounded: by routes, the methods that exist, and status codes.
final class RequestCounts: Sendable {
  private struct Key: Hashable {
    var route: String
    var method: String
    var status: Int
  }

  private let counts = Mutex<[Key: UInt64]>([:])
  private static let methods: Set<String> = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
  ]

  func count(route: String, method: HTTPRequest.Method, status: Int) {
    let isKnown = !route.isEmpty && route != "NotFound"
    let key = Key(
      route: isKnown ? route : "none",
      method: RequestCounts.methods.contains(method.rawValue) ? method.rawValue : "other",
      status: status)
    counts.withLock { $0[key, default: 0] &+= 1 }
  }

  var samples: [MetricFamily.Sample] {
    counts.withLock { $0 }
      .sorted {
        ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
      }
      .map { key, count in
        MetricFamily.Sample(
          [
            .init("route", key.route), .init("method", key.method),
            .init("code", String(key.status)),
          ], .count(count))
      }
  }
}
