import MystelCore

/// Somebody who is told what happens, on the outward thread, behind a queue of its own that loses the
/// oldest.
struct EventWatch: Sendable {
  private let subscription: EventSubscription
  private let task: Task<Void, Never>

  /// - Parameters:
  ///   - most: events that wait at most.
  ///   - tell: ends when the events do, or when it is called off.
  init(
    _ feed: EventFeed, kinds: Set<GatewayEvent.Kind>, most: Int, on client: OutwardClient,
    tell: @escaping @Sendable (EventSubscription) async -> Void
  ) {
    let subscription = feed.subscribe(kinds: kinds, most: most)
    self.subscription = subscription
    task = client.task { await tell(subscription) }
  }

  /// Gives up what waits, and what is under way.
  func cancel() {
    subscription.cancel()
    task.cancel()
  }

  /// Ends when everything that waits has been told, or was called off.
  private var end: Void { get async { await task.value } }

  /// Lets each tell what waits, for a while, and gives up the rest.
  static func finish(_ watches: [EventWatch], within time: Duration) async {
    for watch in watches { watch.subscription.cancel() }
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        try? await Task.sleep(for: time)
        for watch in watches { watch.cancel() }
      }
      for watch in watches { await watch.end }
      group.cancelAll()
    }
  }
}
