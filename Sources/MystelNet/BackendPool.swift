import MystelCore
import MystelWire
import Synchronization

/// What all workers share about one backend: where it is, whether it answers, and how many
/// connections to it are still in their key exchange. Touched a few times a connection.
final class BackendPool: Sendable {
  let configuration: Configuration.Backend

  private struct State {
    var endpoint: Endpoint?
    var circuit = Circuit()
    var isDoubted = false
    var halfOpen: HalfOpenTable
    var owners: [UInt64: Worker] = [:]
  }

  private let state: Mutex<State>
  /// Told when the backend goes down or comes back, with the error that brought it down.
  private let changed: @Sendable (BackendPool, ConnectFailure?) -> Void

  init(
    _ configuration: Configuration.Backend, limits: Limits,
    changed: @escaping @Sendable (BackendPool, ConnectFailure?) -> Void
  ) {
    self.configuration = configuration
    self.changed = changed
    state = Mutex(State(halfOpen: HalfOpenTable(capacity: limits.halfOpenPerBackend)))
  }

  /// Where to connect; nil while the backend is down.
  var target: Endpoint? { state.withLock { $0.circuit.isOpen ? nil : $0.endpoint } }

  /// Where the backend is, down or not; nil before its name was resolved.
  var endpoint: Endpoint? {
    get { state.withLock { $0.endpoint } }
    set { state.withLock { $0.endpoint = newValue } }
  }

  var isDown: Bool { state.withLock { $0.circuit.isOpen } }

  /// Connections in their key exchange now.
  var halfOpenCount: Int { state.withLock { $0.halfOpen.count } }

  func request(_ session: Session, worker: Worker) -> HalfOpenTable.Answer {
    let (answer, displaced) = state.withLock { state in
      let answer = state.halfOpen.request(session.id, from: session.client.address, now: .now)
      state.owners[session.id] = worker
      guard case .wait(let displaced?) = answer else { return (answer, nil as (UInt64, Worker)?) }
      return (answer, state.owners[displaced].map { (displaced, $0) })
    }
    if let (id, worker) = displaced { worker.move(refuse: [id]) }
    return answer
  }

  func release(_ id: UInt64) {
    let moves = state.withLock { state in
      state.owners[id] = nil
      return state.halfOpen.release(id, now: .now).compactMap { id in
        state.owners[id].map { (id, $0) }
      }
    }
    for (id, worker) in moves { worker.move(connect: [id]) }
  }

  /// Makes room for sessions in line. Called a few times a second.
  func tick() {
    let moves = state.withLock { state in
      state.halfOpen.tick(now: .now).compactMap { id in state.owners[id].map { (id, $0) } }
    }
    for (id, worker) in moves { worker.move(evict: [id]) }
  }

  func connectSucceeded() {
    if state.withLock({ $0.circuit.succeeded() }) { changed(self, nil) }
  }

  func connectFailed(_ failure: ConnectFailure) {
    guard failure.blamesBackend else { return }
    let opened = state.withLock { state in
      state.isDoubted = true
      return state.circuit.failed()
    }
    if opened { changed(self, failure) }
  }

  /// Whether a session has failed to connect since this was last asked.
  func takeDoubt() -> Bool {
    state.withLock { state in
      defer { state.isDoubted = false }
      return state.isDoubted
    }
  }

  /// A health check found nobody there.
  func foundDown(_ failure: ConnectFailure) {
    if state.withLock({ $0.circuit.foundDown() }) { changed(self, failure) }
  }
}
