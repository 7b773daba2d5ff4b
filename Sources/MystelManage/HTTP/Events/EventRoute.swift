import HTTPTypes
import Hummingbird
import MystelCore
import Synchronization

/// `GET /api/v1/events`, and how many read it.
final class EventRoute: Sendable {
  /// The most readers at all addresses together: each is a connection that lasts.
  static let most = 32

  private let feed: EventFeed
  private let samples: SampleCache
  private let readers = Atomic<Int>(0)

  init(feed: EventFeed, samples: SampleCache) {
    self.feed = feed
    self.samples = samples
  }

  var count: Int { readers.load(ordering: .relaxed) }

  var route: ManagementRoute {
    ManagementRoute(
      .get, "/api/v1/events", .role(.viewer), "streamEvents",
      """
      What happens, as server-sent events: each has a `data` of one JSON object; `tick` tells counters \
      each second. A request with Last-Event-ID goes on behind that event.
      """,
      query: [
        .init(
          name: "topics", kind: .string,
          summary:
            "The kinds that are wanted, with commas: finding,ban_added,tick. All if left out.")
      ], answer: .events
    ) { [self] call in try answer(call) }
  }

  private func answer(_ call: ManagementCall) throws(Problem) -> Response {
    let wish = try EventRoute.wish(call)
    guard let isStill = call.admitted?.isStill else {
      throw Problem(.unauthorized, "this takes a valid token")
    }
    let count = readers.add(1, ordering: .relaxed).newValue
    guard count <= EventRoute.most else {
      leave()
      var problem = Problem(
        .serviceUnavailable, "there are \(EventRoute.most) event streams, the most there may be",
        hint: "close a page that nobody looks at, or ask /api/v1/status instead")
      problem.headers[.retryAfter] = "10"
      throw problem
    }
    let (channel, watch) = (call.context.source.channel, call.context.source.watch)
    let stream = EventStream(
      feed: feed, samples: samples, wish: wish, isStill: isStill,
      isThere: { channel?.isActive ?? true }, progress: { watch?.goOn() })
    let place = Place(self)
    let body = ResponseBody { (writer: inout any ResponseBodyWriter) async throws -> Void in
      defer { place.leave() }
      try await stream.write(to: &writer)
    }
    return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body)
  }

  private func leave() { _ = readers.subtract(1, ordering: .relaxed) }

  /// A reader's place, given back once: when his stream ends, or when nobody ever wrote it.
  private final class Place: Sendable {
    private let route: EventRoute
    private let isTaken = Atomic<Bool>(true)

    init(_ route: EventRoute) { self.route = route }

    func leave() {
      if isTaken.exchange(false, ordering: .relaxed) { route.leave() }
    }

    deinit { leave() }
  }

  private static func wish(_ call: ManagementCall) throws(Problem) -> EventStream.Wish {
    var wish = EventStream.Wish()
    // What is no number was not ours: it starts from now.
    wish.last = HTTPField.Name("Last-Event-ID")
      .flatMap { call.request.headers[$0] }.flatMap { UInt64($0) }
    let role = call.admitted?.role ?? .viewer
    let mine = Set(GatewayEvent.Kind.allCases.filter { $0.role <= role })
    guard let topics = call.text("topics"), !topics.isEmpty else {
      wish.kinds = mine
      return wish
    }
    var kinds: Set<GatewayEvent.Kind> = []
    wish.ticks = false
    for topic in topics.split(separator: ",") {
      if topic == "tick" {
        wish.ticks = true
      } else if let kind = GatewayEvent.Kind(rawValue: String(topic)) {
        guard mine.contains(kind) else {
          throw Problem(.forbidden, "the topic \(topic) takes \(kind.role.rawValue)")
        }
        kinds.insert(kind)
      } else {
        let known = GatewayEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw Problem(
          .badRequest, "there is no topic \(ListEntry.shown(String(topic)))",
          hint: "there are: \(known), tick")
      }
    }
    wish.kinds = kinds
    return wish
  }
}
