import Synchronization

/// Hands events to everybody who watches. Who publishes never waits: a watcher that is slow loses the
/// oldest, and can ask how many.
package final class EventFeed: Sendable {
  /// The latest events, kept for watchers who come back.
  package static let remembered = 512

  private struct State {
    var lastID: UInt64 = 0
    /// The oldest first.
    var memory: [GatewayEvent] = []
    var watchers: [UInt64: EventSubscription] = [:]
    var lastWatcher: UInt64 = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// - Parameter seconds: the wall clock, since 1970.
  package func publish(_ contents: [GatewayEvent.Content], seconds: Int64) {
    guard !contents.isEmpty else { return }
    state.withLock { state in
      for content in contents {
        state.lastID += 1
        let event = GatewayEvent(id: state.lastID, seconds: seconds, content: content)
        state.memory.append(event)
        for watcher in state.watchers.values { watcher.offer(event) }
      }
      // Seldom, so that it costs little.
      if state.memory.count > 2 * Self.remembered {
        state.memory.removeFirst(state.memory.count - Self.remembered)
      }
    }
  }

  /// Watches from now on, or from behind an event that was seen before.
  ///
  /// - Parameters:
  ///   - last: the last event that the watcher has seen.
  ///   - kinds: what is wanted; nil for all.
  ///   - most: events that wait for the watcher at most.
  package func subscribe(
    after last: UInt64? = nil, kinds: Set<GatewayEvent.Kind>? = nil, most: Int = 256
  ) -> EventSubscription {
    state.withLock { state in
      state.lastWatcher += 1
      let id = state.lastWatcher
      let watcher = EventSubscription(kinds: kinds, most: most) { [weak self] in
        self?.forget(id)
      }
      state.watchers[id] = watcher
      // An id from before a restart is of another count: nothing is known to follow it.
      if let last, last <= state.lastID {
        let news = state.memory.suffix(Self.remembered).filter { $0.id > last }
        let gap = (news.first?.id ?? state.lastID + 1) - (last + 1)
        if gap > 0 { watcher.miss(Int(clamping: gap)) }
        for event in news { watcher.offer(event) }
      }
      return watcher
    }
  }

  /// How many watch.
  package var watchers: Int { state.withLock { $0.watchers.count } }

  private func forget(_ id: UInt64) {
    state.withLock { _ = $0.watchers.removeValue(forKey: id) }
  }
}

/// The events of one watcher, as they come, until it or the feed ends it.
package final class EventSubscription: AsyncSequence, Sendable {
  package typealias Element = GatewayEvent

  private let kinds: Set<GatewayEvent.Kind>?
  private let stream: AsyncStream<GatewayEvent>
  private let feed: AsyncStream<GatewayEvent>.Continuation
  private let missed = Atomic<Int>(0)

  fileprivate init(
    kinds: Set<GatewayEvent.Kind>?, most: Int, ended: @escaping @Sendable () -> Void
  ) {
    self.kinds = kinds
    (stream, feed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(most))
    // Not under the feed's lock, which the one who ends it may hold.
    feed.onTermination = { _ in Task { ended() } }
  }

  /// Events that were lost for want of room since this was last asked.
  package func takeMissed() -> Int { missed.exchange(0, ordering: .relaxed) }

  package func cancel() { feed.finish() }

  package func makeAsyncIterator() -> AsyncStream<GatewayEvent>.Iterator {
    stream.makeAsyncIterator()
  }

  fileprivate func offer(_ event: GatewayEvent) {
    guard kinds?.contains(event.kind) ?? true else { return }
    if case .dropped = feed.yield(event) { miss(1) }
  }

  fileprivate func miss(_ count: Int) { missed.add(count, ordering: .relaxed) }
}
