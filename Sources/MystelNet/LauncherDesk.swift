import MystelCore
import MystelWire
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

  private struct Waiter {
    var session: UInt64
    var worker: Worker
    /// In shadow the session has gone on; only its count is waited for.
    var isShadow: Bool
  }

  private struct State {
    var grants: LauncherGrants
    var settings: Configuration.Launcher
    var pull: Pull?
    var waiting: [AddressPrefix: [Waiter]] = [:]
  }

  /// Hosts that tera-api is asked about at once; beyond them it counts as out of reach.
  private static let questions = 64
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
  package func ask(by pull: Pull?) { state.withLock { $0.pull = pull } }

  // MARK: Sessions

  /// Whether a session may go on to the game server.
  func decide(_ client: IPAddress, session: UInt64, worker: Worker) -> Outcome {
    guard !isOff.load(ordering: .relaxed) else { return .admitted }
    let host = AddressKey.host(of: client)
    let (outcome, pull) = state.withLock { state -> (Outcome, Pull?) in
      let isShadow = state.settings.mode == .shadow
      let isAsked = state.waiting[host] != nil
      let canAsk = state.pull != nil && (isAsked || state.waiting.count < Self.questions)
      switch state.grants.decide(client, state.settings, canAsk: canAsk, now: .now) {
      case .admit: return (.admitted, nil)
      case .refuse: return (isShadow ? .noted : .refused, nil)
      case .ask:
        state.waiting[host, default: []].append(
          Waiter(session: session, worker: worker, isShadow: isShadow))
        return (isShadow ? .admitted : .waits, isAsked ? nil : state.pull)
      }
    }
    pull?(client) { [self] answer in settle(host, answer) }
    return outcome
  }

  private func settle(_ host: AddressPrefix, _ answer: LauncherGrants.Answer) {
    let (waiters, admits) = state.withLock { state -> ([Waiter], Bool) in
      let waiters = state.waiting.removeValue(forKey: host) ?? []
      state.grants.settle(host, answer, now: .now)
      var admits = true
      for _ in waiters {
        admits = state.grants.conclude(answer, state.settings, now: .now) == .admit
      }
      return (waiters, admits)
    }
    for waiter in waiters {
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
