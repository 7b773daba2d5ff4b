import MystelCore
import MystelWire
import NIOCore
import Synchronization

/// Whose launcher has logged in: one table for all workers, and the sessions that wait for an answer of
/// tera-api.
///
/// Asked once a session, when it wants the game server: a connection that sends nothing, such as a
/// check whether the port is open, is never asked about.
package final class LauncherDesk: Sendable {
  /// What becomes of a session.
  enum Outcome: Sendable {
    case admitted
    /// It goes on, and is to be counted.
    case noted
    case refused
    /// `Worker.launcherAnswered` will be called.
    case waits
  }

  /// Asks tera-api about an address, and calls back once, from any thread.
  package typealias Pull =
    @Sendable (IPAddress, @escaping @Sendable (LauncherGrants.Answer) -> Void) -> Void

  fileprivate struct Waiter {
    var session: UInt64
    var worker: Worker
    /// In shadow the session has gone on; only its count is waited for.
    var isShadow: Bool
  }

  fileprivate struct State {
    var grants: LauncherGrants
    var settings: Configuration.Launcher
    var pull: Pull?
    var waiting: [AddressPrefix: [Waiter]] = [:]
    /// Hosts that are not asked about yet, the longest there first.
    var line = CircularBuffer<IPAddress>()
    /// Questions without an answer.
    var asked = 0
    /// Questions in a row that tera-api did not answer.
    var failures = 0
  }

  /// Hosts that tera-api is asked about at once. Fewer than its client has connections, so that a crowd
  /// of newcomers does not make it look out of reach.
  private static let questions = 8
  /// Hosts that wait to be asked about at most; whoever comes then may try again. Some seconds' worth.
  private static let longestLine = 4096
  /// Questions in a row without an answer after which those in line are not asked any more.
  private static let failuresInARow = 3
  private let state: Mutex<State>
  private let isOff: Atomic<Bool>

  init(_ settings: Configuration.Launcher) {
    state = Mutex(State(grants: LauncherGrants(started: .now), settings: settings))
    isOff = Atomic(settings.mode == .off)
  }

  func adopt(_ settings: Configuration.Launcher) {
    state.withLock { $0.settings = settings }
    isOff.store(settings.mode == .off, ordering: .relaxed)
  }

  /// Has whoever has no grant asked for from now on; nil for nobody to ask.
  package func ask(by pull: Pull?) {
    let told = state.withLock { state in
      state.pull = pull
      return pull == nil ? state.concludeLine() : []
    }
    tell(told)
  }

  // MARK: Sessions

  /// Whether a session may go on to the game server.
  func decide(_ client: IPAddress, session: UInt64, worker: Worker) -> Outcome {
    guard !isOff.load(ordering: .relaxed) else { return .admitted }
    let host = AddressKey.host(of: client)
    let outcome = state.withLock { state -> Outcome in
      let isShadow = state.settings.mode == .shadow
      switch state.grants.decide(client, state.settings, canAsk: state.pull != nil, now: .now) {
      case .admit: return .admitted
      case .refuse: return isShadow ? .noted : .refused
      case .ask:
        if state.waiting[host] == nil {
          guard state.line.count < Self.longestLine else {
            state.grants.overflow()
            return isShadow ? .admitted : .refused
          }
          state.line.append(client)
        }
        state.waiting[host, default: []].append(
          Waiter(session: session, worker: worker, isShadow: isShadow))
        return isShadow ? .admitted : .waits
      }
    }
    askNext()
    return outcome
  }

  /// Asks about those in line, as many at once as may be.
  private func askNext() {
    while true {
      let next = state.withLock { state -> (client: IPAddress, pull: Pull)? in
        guard state.asked < Self.questions, let pull = state.pull,
          let client = state.line.popFirst()
        else { return nil }
        state.asked += 1
        return (client, pull)
      }
      guard let next else { return }
      next.pull(next.client) { [self] answer in
        settle(next.client, answer)
        askNext()
      }
    }
  }

  private func settle(_ client: IPAddress, _ answer: LauncherGrants.Answer) {
    let told = state.withLock { state in
      state.asked -= 1
      state.failures = answer == .unreachable ? state.failures + 1 : 0
      state.grants.settle(AddressKey.host(of: client), answer, now: .now)
      let told = state.conclude(client, answer)
      // Nobody is kept waiting for his turn to learn that nobody answers.
      return state.failures < Self.failuresInARow ? told : told + state.concludeLine()
    }
    tell(told)
  }

  private func tell(_ told: [(waiter: Waiter, admits: Bool)]) {
    for (waiter, admits) in told {
      waiter.worker.launcherAnswered(
        waiter.session, admits: admits, isShadow: waiter.isShadow)
    }
  }

  /// A player whom the server had let in has left.
  func left(_ client: IPAddress) {
    guard !isOff.load(ordering: .relaxed) else { return }
    state.withLock { $0.grants.left(client, comeBack: $0.settings.comeBack, now: .now) }
  }

  // MARK: Operators

  /// A launcher has logged in. Kept whatever the mode, so that whoever turns it on refuses nobody who
  /// has just come.
  package func push(
    _ client: IPAddress, account: UInt64, name: String, seconds: Int64
  ) -> LauncherGrantAnswer {
    let now = Instant.now
    let grant = state.withLock {
      $0.grants.push(client, account: account, name: name, lasts: .seconds(seconds), now: now)
    }
    return LauncherGrantAnswer(grant, now: now)
  }

  package func revoke(_ target: BanTarget) -> Int {
    state.withLock { $0.grants.revoke(target, now: .now) }
  }

  package var all: [LauncherGrantAnswer] {
    let now = Instant.now
    return state.withLock { $0.grants.all(now: now) }.map { LauncherGrantAnswer($0, now: now) }
  }

  /// For monitoring: the mode, how many grants there are, and what was done with them.
  package var measures: (mode: Configuration.Mode, grants: Int, counts: LauncherGrants.Counts) {
    state.withLock { ($0.settings.mode, $0.grants.count, $0.grants.counts) }
  }
}

extension LauncherDesk.State {
  /// Takes the sessions of a host out of the waiting ones. - Returns: them, and whether they may go on.
  fileprivate mutating func conclude(
    _ client: IPAddress, _ answer: LauncherGrants.Answer
  ) -> [(waiter: LauncherDesk.Waiter, admits: Bool)] {
    let waiters = waiting.removeValue(forKey: AddressKey.host(of: client)) ?? []
    return waiters.map { ($0, grants.conclude(answer, settings, now: .now) == .admit) }
  }

  /// The same for everybody who is not asked about yet.
  fileprivate mutating func concludeLine() -> [(waiter: LauncherDesk.Waiter, admits: Bool)] {
    let clients = line
    line.removeAll()
    return clients.flatMap { conclude($0, .unreachable) }
  }
}

extension Worker {
  /// What a session waited for is known. From any thread.
  func launcherAnswered(_ id: UInt64, admits: Bool, isShadow: Bool) {
    loop.execute { [self] in
      if isShadow {
        if !admits { tally.note(.noLauncherGrant) }
      } else {
        conduits[id]?.launcherAnswered(admits: admits)
      }
    }
  }
}
