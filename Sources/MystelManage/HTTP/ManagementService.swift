import Foundation
import HTTPTypes
import Hummingbird
import MystelCore
import Synchronization

/// Answers requests: metrics and health.
package final class ManagementService: Sendable {
  let connections = ConnectionTable()
  let requests = RequestCounts()
  private let gateway: any MonitoredGateway
  private let samples: SampleCache
  /// Names by which it may be called, beside addresses and `localhost`.
  private let hosts: Set<String>
  private let responder: Mutex<RouterResponder<ManagementContext>?>

  package init(gateway: any MonitoredGateway, hosts: [String] = []) {
    self.gateway = gateway
    self.hosts = Set(hosts.map { $0.lowercased() })
    samples = SampleCache(gateway)
    responder = Mutex(nil)
    let router = Router(context: ManagementContext.self, options: .autoGenerateHeadEndpoints)
    for route in routes {
      router.on(RouterPath(route.path), method: route.method, use: route.handle)
    }
    responder.withLock { $0 = router.buildResponder() }
  }

  /// The answer to a request, whatever it is.
  package func respond(to request: Request, at source: ManagementContext.Source) async -> Response {
    let context = ManagementContext(source: source)
    var response: Response
    do {
      try checkHost(request, isRemote: source.isRemote)
      guard let responder = responder.withLock({ $0 }) else {
        throw Problem(.serviceUnavailable, "the gateway is starting")
      }
      response = try await responder.respond(to: request, context: context)
      if response.status == .notFound, response.headers[.contentType] == nil {
        throw absence(of: request)
      }
    } catch let problem as Problem {
      response = problem.response
    } catch {
      response = Problem(.internalServerError, "the request could not be answered").response
    }
    for (name, value) in ManagementService.always { response.headers[name] = value }
    requests.count(
      route: context.endpointPath ?? "", method: request.method, status: response.status.code)
    return response
  }

  /// Nothing here is for caches, frames or guesses.
  private static let always: [(HTTPField.Name, String)] =
    [
      ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
      ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
      ("Referrer-Policy", "no-referrer"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }

  // MARK: Routes

  var routes: [ManagementRoute] {
    [
      ManagementRoute(.get, "/metrics") { [self] request, _ in await metrics(request) },
      ManagementRoute(.get, "/healthz") { _, _ in ManagementService.text(.ok, "alive\n") },
      ManagementRoute(.get, "/readyz") { [self] _, _ in
        let obstacles = gateway.obstacles()
        return obstacles.isEmpty
          ? ManagementService.text(.ok, "ready\n")
          : ManagementService.text(
            .serviceUnavailable, "not ready: \(obstacles.joined(separator: "; "))\n")
      },
    ]
  }

  private func metrics(_ request: Request) async -> Response {
    let format = MetricFormat(accept: request.headers[.accept])
    let sample = await samples.sample()
    let families =
      sample.families + ownMetrics + ProcessMetrics.families(started: sample.started)
    return ManagementService.text(.ok, format.page(families), format.contentType)
  }

  private var ownMetrics: [MetricFamily] {
    [
      MetricFamily(
        "mystel_management_connections", .gauge, "Clients of the management server.",
        .of(connections.open)),
      MetricFamily(
        "mystel_management_refused_connections", .counter,
        "Clients of the management server that were hung up on for being too many.",
        .count(connections.refused)),
      MetricFamily(
        "mystel_management_requests", .counter, "Requests to the management server.",
        requests.samples),
    ]
  }

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
    Problem(.notFound, "there is nothing at this path")
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
