import HTTPTypes
import Hummingbird
import MystelCore

/// Metrics and health: open to all who reach the server.
struct HealthRoutes: Sendable {
  private let gateway: any MonitoredGateway
  private let connections: ConnectionTable
  private let requests: RequestCounts
  private let samples: SampleCache
  private let events: EventRoute
  private let showsOnline: Bool

  init(
    gateway: any MonitoredGateway, connections: ConnectionTable, requests: RequestCounts,
    samples: SampleCache, events: EventRoute, showsOnline: Bool
  ) {
    self.showsOnline = showsOnline
    self.gateway = gateway
    self.connections = connections
    self.requests = requests
    self.samples = samples
    self.events = events
  }

  var all: [ManagementRoute] { usual + (showsOnline ? [online] : []) }

  private var online: ManagementRoute {
    ManagementRoute(
      .get, "/status/online", .open, "getOnline", "How many play, for everybody; no names.",
      answer: .json("Online")
    ) { [samples] _ in
      let sample = await samples.sample()
      return try APIRoutes.json(
        Online(
          online: sample.snapshot.players, isUp: sample.isReady,
          servers: sample.listeners.map { .init(name: $0.name, isUp: !$0.isRefusing) }))
    }
  }

  private struct Online: Encodable {
    struct Server: Encodable {
      var name: String
      var isUp: Bool
    }
    var online: Int
    var isUp: Bool
    var servers: [Server]
  }

  private var usual: [ManagementRoute] {
    [
      ManagementRoute(
        .get, "/metrics", .open, "getMetrics", "Metrics, in OpenMetrics or Prometheus' text.",
        answer: .text
      ) { [self] call in await metrics(call.request) },
      ManagementRoute(
        .get, "/healthz", .open, "getHealth", "Whether the process answers.", answer: .text
      ) { _ in ManagementService.text(.ok, "alive\n") },
      ManagementRoute(
        .get, "/readyz", .open, "getReadiness", "Whether players are let in.", answer: .text
      ) { [gateway] _ in
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
        "mystel_management_event_streams", .gauge, "Readers of the event stream.",
        .of(events.count)),
      MetricFamily(
        "mystel_management_requests", .counter, "Requests to the management server.",
        requests.samples),
    ]
  }
}
