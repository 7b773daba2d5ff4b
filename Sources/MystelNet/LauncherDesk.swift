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
    /// Addresses that are not asked about yet, the newest last; some of them have nobody waiting any more.
    var line: [IPAddress] = []
    /// Hosts in line with somebody who waits.
    var inLine: Set<AddressPrefix> = []
    /// Questions without an answer.
    var asked = 0
    /// Questions in a row that tera-api did not answer.
    var failures = 0
  }

  /// Hosts that tera-api is asked about at once. Fewer than its client has connections, so that a crowd
  /// of newcomers does not make it look out of reach.
  private static let questions = 8
  /// Hosts that wait to be asked about at most; then the oldest are refused, and may try again.
  private static let longestLine = 4096
  /// Sessions of one host that wait for the same answer at most, where they play meanwhile.
  private static let waitersInShadow = 64
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
    let (outcome, told) = state.withLock { state -> (Outcome, [Told]) in
      let isShadow = state.settings.mode == .shadow
      switch state.grants.decide(client, state.settings, canAsk: state.pull != nil, now: .now) {
      case .admit: return (.admitted, [])
      case .refuse: return (isShadow ? .noted : .refused, [])
      case .ask:
        let others = state.waiting[host]?.count ?? 0
        let outcome = isShadow ? Outcome.admitted : .waits
        if isShadow, others >= Self.waitersInShadow { return (outcome, []) }
        if others == 0 { state.lineUp(client, host) }
        state.waiting[host, default: []].append(
          Waiter(session: session, worker: worker, isShadow: isShadow))
        return (outcome, state.inLine.count > Self.longestLine ? state.turnAwayOldest() : [])
      }
    }
    tell(told)
    askNext()
    return outcome
  }

  /// A session that waited is over: nobody is asked about it any more.
  func gone(_ client: IPAddress, session: UInt64) {
    state.withLock { state in
      let host = AddressKey.host(of: client)
      state.waiting[host]?.removeAll { $0.session == session }
      guard state.waiting[host]?.isEmpty ?? false else { return }
      state.waiting[host] = nil
      state.inLine.remove(host)
    }
  }

  /// Asks about those in line, as many at once as may be, the newest first: they are the likeliest to be
  /// still there, so that a crowd that comes and goes keeps nobody waiting behind it.
  private func askNext() {
    while true {
      let next = state.withLock { state -> (client: IPAddress, pull: Pull)? in
        guard state.asked < Self.questions, let pull = state.pull, let client = state.next()
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

  private func tell(_ told: [Told]) {
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

/// A session that waited, and whether it may go on.
private typealias Told = (waiter: LauncherDesk.Waiter, admits: Bool)

extension LauncherDesk.State {
  fileprivate mutating func lineUp(_ client: IPAddress, _ host: AddressPrefix) {
    line.append(client)
    inLine.insert(host)
    // Of those that have gone as many may be left as there are others.
    if line.count > 2 * inLine.count + 64 {
      line = line.filter { inLine.contains(AddressKey.host(of: $0)) }
    }
  }

  /// Takes the newest out of the line.
  fileprivate mutating func next() -> IPAddress? {
    while let client = line.popLast() {
      if inLine.remove(AddressKey.host(of: client)) != nil { return client }
    }
    return nil
  }

  /// Takes the sessions of a host out of the waiting ones.
  fileprivate mutating func conclude(
    _ client: IPAddress, _ answer: LauncherGrants.Answer
  ) -> [Told] {
    conclude(client) { $0.conclude(answer, for: client, $1, now: .now) }
  }

  private mutating func conclude(
    _ client: IPAddress,
    _ decide: (inout LauncherGrants, Configuration.Launcher) -> LauncherGrants.Decision
  ) -> [Told] {
    let waiters = waiting.removeValue(forKey: AddressKey.host(of: client)) ?? []
    return waiters.map { ($0, decide(&grants, settings) == .admit) }
  }

  /// The same for everybody who is not asked about yet.
  fileprivate mutating func concludeLine() -> [Told] {
    var told: [Told] = []
    while let client = next() { told += conclude(client, .unreachable) }
    return told
  }

  /// Makes room for those who come.
  fileprivate mutating func turnAwayOldest() -> [Told] {
    guard let index = line.firstIndex(where: { inLine.contains(AddressKey.host(of: $0)) }) else {
      return []
    }
    let client = line[index]
    line.removeSubrange(...index)
    inLine.remove(AddressKey.host(of: client))
    return conclude(client) { $0.overflow(now: .now, $1) }
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
