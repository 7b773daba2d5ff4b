import Foundation
import MystelCore
import Synchronization

/// Where the process is between its start and its end.
final class Lifecycle: Sendable {
  private struct State {
    var phase = ServicePhase.starting
    var grace: Duration?
  }

  private let state = Mutex(State())

  var phase: ServicePhase { state.withLock { $0.phase } }

  /// Goes on to another phase; nothing leads back from stopping.
  ///
  /// - Returns: whether that is a change.
  @discardableResult
  func enter(_ phase: ServicePhase) -> Bool {
    state.withLock { state in
      guard state.phase != .stopping, state.phase != phase else { return false }
      state.phase = phase
      return true
    }
  }

  /// How long sessions are given at the end, where that was said.
  var grace: Duration? { state.withLock { $0.grace } }

  /// Ends the process as SIGTERM does.
  ///
  /// - Parameter grace: for the sessions; nil for `timeouts.drain`.
  func stop(grace: Duration?) {
    state.withLock { $0.grace = grace }
    kill(getpid(), SIGTERM)
  }
}
