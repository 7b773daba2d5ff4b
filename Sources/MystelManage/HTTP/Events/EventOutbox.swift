import MystelCore
import Synchronization

/// What waits for one reader of the event stream. Bounded: a reader that is too slow loses the oldest.
final class EventOutbox: Sendable {
  private struct State {
    var waiting: [GatewayEvent] = []
    var missed = 0
  }

  private let most: Int
  private let state = Mutex(State())
  /// Rings when something was added.
  let bell: AsyncStream<Void>
  private let ringer: AsyncStream<Void>.Continuation

  init(most: Int) {
    self.most = most
    (bell, ringer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func add(_ event: GatewayEvent) {
    state.withLock { state in
      if state.waiting.count >= most {
        // Half at once, so that a reader that never reads costs no move of all of them each time.
        let gone = max(1, most / 2)
        state.waiting.removeFirst(gone)
        state.missed += gone
      }
      state.waiting.append(event)
    }
    ringer.yield()
  }

  /// Something else is due.
  func ring() { ringer.yield() }

  /// What waits, and how much was lost before it.
  func take() -> (events: [GatewayEvent], missed: Int) {
    state.withLock { state in
      defer { state = State() }
      return (state.waiting, state.missed)
    }
  }
}
