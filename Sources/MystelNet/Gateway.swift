import Logging
import MystelCore
import MystelTunnel
import MystelWire
import NIOCore
import NIOPosix
import Synchronization

/// The running gateway: listeners, workers and backends of one configuration.
package final class Gateway: Sendable {
  struct State {
    var configuration: Configuration
    var inspection: InspectionPolicy
    var geo: GeoPolicy?
    var tunnels: GatewayTunnels
    var pools: [String: BackendPool] = [:]
    var checks: [String: Task<Void, Never>] = [:]
    var endpoints: [String: Endpoint] = [:]
    var housekeeping: RepeatedTask?
  }

  let state: Mutex<State>
  private let engine: Engine
  let workers: [Worker]
  let acceptor: Acceptor
  let openSessions = OpenSessions()
  private let gate: AdmissionGate
  /// Whose launcher has logged in.
  package let launcher: LauncherDesk
  private let logger: Logger
  private let granted: Int
  /// What findings rest on.
  package let evidence = EvidenceLog()
  /// What happens, for whoever watches.
  package let events: EventFeed
  /// Names this process to other gateways.
  private let instance = UInt64.random(in: 1 ... .max)

  /// Makes the workers; nothing is bound yet.
  ///
  /// - Parameter inspection: what the packets of all sessions are held to.
  /// - Parameter geo: which countries and networks may play; nil for all.
  /// - Parameter tunnels: what the tunnels of listeners and backends need that have them.
  /// - Parameter events: is told what happens.
  /// - Parameter report: is told once a second, on any thread, what speaks against players.
  ///
  /// - Throws: `DescriptorBudget.Shortage`, `SystemCallError`, `Engine.Unavailable`.
  package init(
    configuration: Configuration, inspection: InspectionPolicy, geo: GeoPolicy? = nil,
    tunnels: GatewayTunnels = GatewayTunnels(), events: EventFeed = EventFeed(),
    report: @escaping @Sendable ([Report]) -> Void = { _ in }, logger: Logger
  ) throws {
    self.logger = logger
    self.events = events
    let count = configuration.workers ?? System.coreCount
    granted = DescriptorBudget.raiseLimit()
    let budget = try DescriptorBudget(
      configuration: configuration, workers: count, granted: granted)
    let engine = try Engine(configuration.engine, workers: count, logger: logger)
    self.engine = engine
    let (openSessions, instance, evidence) = (self.openSessions, self.instance, self.evidence)
    let floods = FloodReport(instance: instance, evidence: evidence, report: report)
    let gate = AdmissionGate(configuration, events: events, logger: logger) { floods.tell($0) }
    self.gate = gate
    let launcher = LauncherDesk(configuration.launcher)
    self.launcher = launcher
    workers = engine.loops.map { loop in
      Worker(
        loop: loop, instance: instance, gate: gate, launcher: launcher, evidence: evidence,
        events: events,
        logger: logger, report: report
      ) { openSessions.leave() }
    }
    acceptor = try Acceptor(
      workers: workers, openSessions: openSessions, gate: gate, capacity: budget.sessions,
      logger: logger)
    state = Mutex(
      State(configuration: configuration, inspection: inspection, geo: geo, tunnels: tunnels))
  }

  /// Where each listener is bound, by name; ports chosen by the system filled in.
  package var endpoints: [String: Endpoint] { state.withLock { $0.endpoints } }

  /// The engine that carries sessions: ring or nio.
  package var engineName: Configuration.Engine { engine.name }

  /// Sessions that fit at once, all listeners together.
  package var capacity: Int { acceptor.capacity }

  /// Binds every listener and starts accepting.
  ///
  /// - Throws: `SystemCallError`, `TunnelKeyMissing`; nothing is left open then.
  package func start() async throws {
    for worker in workers { worker.start() }
    let (configuration, inspection, geo, tunnels) = state.withLock {
      ($0.configuration, $0.inspection, $0.geo, $0.tunnels)
    }
    try await apply(configuration, inspection, geo, tunnels, replacing: nil)
    acceptor.start()
    let pools: @Sendable () -> [BackendPool] = { [self] in
      state.withLock { Array($0.pools.values) }
    }
    let task = engine.chores.next().scheduleRepeatedTask(
      initialDelay: .milliseconds(100), delay: .milliseconds(100)
    ) { [acceptor, gate, workers] _ in
      for pool in pools() { pool.tick() }
      acceptor.settle()
      gate.tick(lag: { workers.map { $0.takeLag() }.max() ?? 0 })
    }
    state.withLock { $0.housekeeping = task }
  }

  /// Puts another configuration into force. Listeners and backends are compared by name; what has
  /// not changed is not touched. Sessions stay; their next packets are judged by `inspection`.
  ///
  /// - Throws: `SystemCallError`, `DescriptorBudget.Shortage`, `TunnelKeyMissing`; the old
  ///   configuration then stays.
  package func reload(
    _ configuration: Configuration, inspection: InspectionPolicy, geo: GeoPolicy? = nil,
    tunnels: GatewayTunnels = GatewayTunnels()
  ) async throws {
    let old = state.withLock { $0.configuration }
    if (configuration.workers ?? System.coreCount) != workers.count {
      logger.warning("workers: a new number takes effect at the next start")
    }
    if configuration.engine != old.engine {
      logger.warning("engine: another one takes effect at the next start")
    }
    let budget = try DescriptorBudget(
      configuration: configuration, workers: workers.count, granted: granted)
    try await apply(configuration, inspection, geo, tunnels, replacing: old)
    for worker in workers { worker.judge(by: inspection) }
    acceptor.setCapacity(budget.sessions)
    gate.adopt(configuration)
    launcher.adopt(configuration.launcher)
  }

  /// Refuses banned players from now on, and ends their sessions. From any thread.
  package func enforce(_ bans: BanList) {
    acceptor.enforce(bans)
    for worker in workers { worker.enforce(bans) }
  }

  /// Returns once every worker's event loop has had a turn.
  package func answerOfEveryLoop() async {
    for worker in workers { _ = try? await worker.loop.submit {} }
  }

  /// Refuses newcomers from now on, or lets them in again; sessions go on.
  package func holdBack(_ isHeldBack: Bool) { acceptor.holdBack(isHeldBack) }

  /// Tells whoever watches.
  package func publish(_ event: GatewayEvent.Content) {
    events.publish([event], seconds: WallClock.seconds)
  }

  /// Stops accepting, waits for sessions to end by themselves, then ends the rest.
  package func drain(grace: Duration) async {
    let old = state.withLock { state in
      defer { state.checks = [:] }
      state.housekeeping?.cancel()
      return state.checks
    }
    for check in old.values { check.cancel() }
    acceptor.stop()
    let end = ContinuousClock.now + grace
    while openSessions.current > 0, ContinuousClock.now < end, !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(50))
    }
    for worker in workers {
      try? await worker.closeAll(.drained)
      try? await worker.stop()
    }
  }

  /// Ends the event loops; the gateway cannot be used afterwards.
  package func shutdown() async { await engine.shutdown() }

  /// The counters of all workers, added up.
  package func snapshot() async -> Snapshot {
    var sum = Snapshot()
    for worker in workers {
      if let part = try? await worker.snapshot() { sum = sum + part }
    }
    sum.closes.merge(acceptor.refusals, uniquingKeysWith: &+)
    sum.admission = gate.admission
    sum.shadowed = gate.shadowed
    sum.loopLagNanoseconds = gate.loopLagNanoseconds
    for name in state.withLock({ $0.tunnels.listeners.keys }) where sum.tunnels[name] == nil {
      sum.tunnels[name] = TunnelTally()
    }
    return sum
  }

  /// Connections to a backend that are in their key exchange now.
  package func halfOpenConnections(to backend: String) -> Int {
    state.withLock { $0.pools[backend] }?.halfOpenCount ?? 0
  }

  // MARK: Configuration

  private func apply(
    _ new: Configuration, _ inspection: InspectionPolicy, _ geo: GeoPolicy?,
    _ tunnels: GatewayTunnels, replacing old: Configuration?
  ) async throws {
    // Never open without a tunnel what is to be reached by one alone.
    for listener in new.listeners where listener.tunnel.mode == .required {
      guard tunnels.listeners[listener.name] != nil else {
        throw TunnelKeyMissing(place: "listener \(listener.name)")
      }
    }
    for backend in new.backends where backend.tunnel.isWanted {
      guard tunnels.backends[backend.name] != nil else {
        throw TunnelKeyMissing(place: "backend \(backend.name)")
      }
    }
    if new.backends.contains(where: { $0.sourceAddress == .transparent }) {
      try SocketTuning.checkTransparency()
    }
    var sockets = try await bindNew(new, old: old)
    var pools: [String: BackendPool] = [:]
    let known = state.withLock { $0.pools }
    for backend in new.backends {
      if let pool = known[backend.name], pool.configuration == backend,
        old?.limits.halfOpenPerBackend == new.limits.halfOpenPerBackend
      {
        pools[backend.name] = pool
      } else {
        pools[backend.name] = BackendPool(backend, limits: new.limits) { [weak self] pool, error in
          self?.backendChanged(pool, error: error)
        }
      }
    }
    for backend in new.backends {
      if let pool = pools[backend.name] { await locate(pool) }
    }
    var listeners: [String: (socket: ListeningSocket?, route: Acceptor.Route)] = [:]
    for listener in new.listeners {
      guard let pool = pools[listener.backend] else { continue }
      let policy = SessionPolicy(
        listener: listener, backend: pool.configuration, limits: new.limits,
        timeouts: new.timeouts, instance: instance, inspection: inspection, geo: geo)
      listeners[listener.name] = (
        sockets.removeValue(forKey: listener.name),
        .init(
          policy: policy, pool: pool,
          tunnel: listener.tunnel.mode == .required ? tunnels.listeners[listener.name] : nil,
          backendTunnel: tunnels.backends[listener.backend].map { BackendTunnel($0) })
      )
    }
    acceptor.replace(listeners)
    state.withLock { state in
      state.configuration = new
      state.inspection = inspection
      state.geo = geo
      state.tunnels = tunnels
      state.endpoints = listeners.keys.reduce(into: [:]) { endpoints, name in
        endpoints[name] = acceptor.socket(name)?.endpoint
      }
    }
    watch(pools, timeouts: new.timeouts)
  }

  /// Binds the listeners that are new or have moved; all of them or none. One that takes the
  /// address of another takes its socket, so that no moment passes in which nobody listens there.
  private func bindNew(
    _ new: Configuration, old: Configuration?
  ) async throws -> [String: ListeningSocket] {
    var sockets: [String: ListeningSocket] = [:]
    for listener in new.listeners {
      let before = old?.listeners.first { $0.name == listener.name }
      guard before?.bind != listener.bind else { continue }
      let holder = old?.listeners.first { $0.bind == listener.bind && $0.bind.port != 0 }
      if let holder, let socket = acceptor.socket(holder.name) {
        sockets[listener.name] = socket
        continue
      }
      let address = listener.bind
      let endpoint = try await NIOThreadPool.singleton.runIfActive { try address.resolved() }
      sockets[listener.name] = try ListeningSocket(binding: endpoint)
    }
    return sockets
  }

  /// Gives a new pool its address, so that the first session need not wait for a health check.
  private func locate(_ pool: BackendPool) async {
    guard pool.endpoint == nil else { return }
    let address = pool.configuration.address
    pool.endpoint = try? await NIOThreadPool.singleton.runIfActive { try address.resolved() }
  }

  /// Runs a health check for every pool in force, and stops those of pools that are gone.
  private func watch(_ pools: [String: BackendPool], timeouts: Timeouts) {
    let stale = state.withLock { state in
      let stale = state.checks
      state.pools = pools
      state.checks = pools.mapValues { pool in
        let check = HealthCheck(pool: pool, group: engine.chores, timeouts: timeouts)
        return Task { await check.run() }
      }
      return stale
    }
    for check in stale.values { check.cancel() }
  }

  private func backendChanged(_ pool: BackendPool, error: ConnectFailure?) {
    acceptor.settle()
    let listeners = acceptor.names(of: pool)
    // A backend that a reload has taken out is nobody's trouble any more.
    guard !listeners.isEmpty else { return }
    publish(
      .backend(
        name: pool.configuration.name, address: "\(pool.configuration.address)",
        isDown: error != nil))
    let metadata: Logger.Metadata = [
      "backend": "\(pool.configuration.name)", "address": "\(pool.configuration.address)",
      "listeners": "\(listeners.joined(separator: ", "))",
    ]
    if let error {
      logger.error(
        """
        backend is down: its listeners refuse connections until it answers again; is the game \
        server running, and is the address right?
        """,
        metadata: metadata.merging(["error": "\(error)"]) { first, _ in first
        })
    } else {
      logger.notice("backend answers again: its listeners accept connections", metadata: metadata)
    }
  }
}
