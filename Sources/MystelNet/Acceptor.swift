import Logging
import MystelCore
import MystelTunnel
import MystelWire
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The thread that accepts connections on every listener and hands them to the workers in turn.
///
/// A refused connection costs an `accept` and a `close`: no channel, no session, no timer. When the
/// process is out of descriptors, a spare one is given up to accept and close what waits, so that
/// the listener neither spins nor freezes.
final class Acceptor: Sendable {
  /// Where connections of one listener go. Replaced whole on reload.
  struct Route: Sendable {
    var policy: SessionPolicy
    var pool: BackendPool
    /// What tunnels need to stand; nil where connections come without one.
    var tunnel: TunnelSettings?
    /// What the backend is reached by, where another gateway stands there.
    var backendTunnel: BackendTunnel?
  }

  /// A connection on its way to a worker.
  struct Accepted: Sendable {
    var id: UInt64
    var descriptor: CInt
    var ends: ProxyHeader.Endpoints
    var route: Route
    /// Nil where a proxy's header has still to tell whose connection it is.
    var ticket: AddressTable.Ticket?
  }

  private struct Listener {
    var socket: ListeningSocket
    var route: Route
    var isPaused = false
    /// Set while the port cannot be listened on again.
    var isStuck = false
  }

  private struct State {
    var listeners: [String: Listener] = [:]
    var capacity: Int
    var refusals: [Reason: UInt64] = [:]
    var bans = BanList.empty
    var refusalLog = RefusalLog()
    var isStopping = false
    /// Whether newcomers are refused whatever the backends do.
    var isHeldBack = false
  }

  /// Connections accepted at a time before other listeners have their turn.
  private static let acceptsPerTurn = 64
  private let state: Mutex<State>
  private let workers: [Worker]
  private let openSessions: OpenSessions
  private let gate: AdmissionGate
  private let wake: WakePipe
  private let logger: Logger

  /// - Parameter capacity: sessions that fit, all listeners together.
  /// - Throws: `SystemCallError` where not even a pipe can be had.
  init(
    workers: [Worker], openSessions: OpenSessions, gate: AdmissionGate, capacity: Int,
    logger: Logger
  ) throws {
    self.workers = workers
    self.gate = gate
    self.openSessions = openSessions
    self.logger = logger
    state = Mutex(State(capacity: capacity))
    wake = try WakePipe()
  }

  /// Starts the thread.
  func start() {
    let thread = Unmanaged.passRetained(self)
    var handle = pthread_t(bitPattern: 0)
    pthread_create(
      &handle, nil,
      { pointer in
        if let pointer { Unmanaged<Acceptor>.fromOpaque(pointer).takeRetainedValue().run() }
        return nil
      }, thread.toOpaque())
    pthread_detach(handle)
  }

  /// The listening socket of a name.
  func socket(_ name: String) -> ListeningSocket? {
    state.withLock { $0.listeners[name]?.socket }
  }

  /// Puts another set of listeners in the place of the present one, all at once. A listener without
  /// a socket keeps the one that its name has; sockets that nobody has any more are closed, and
  /// their sessions go on.
  func replace(_ listeners: [String: (socket: ListeningSocket?, route: Route)]) {
    state.withLock { state in
      guard !state.isStopping else { return }
      let old = state.listeners
      state.listeners = [:]
      for (name, new) in listeners {
        guard let socket = new.socket ?? old[name]?.socket else { continue }
        let before = old.values.first { $0.socket === socket }
        state.listeners[name] = Listener(
          socket: socket, route: new.route, isPaused: before?.isPaused ?? false)
      }
    }
    settle()
    // The thread lets go of sockets that are gone.
    wake.ring()
  }

  /// Sessions that fit, all listeners together.
  var capacity: Int { state.withLock { $0.capacity } }

  /// Refuses whoever is banned from now on, where the peer is the player.
  func enforce(_ bans: BanList) { state.withLock { $0.bans = bans } }

  /// Changes how many sessions fit, all listeners together.
  func setCapacity(_ capacity: Int) { state.withLock { $0.capacity = capacity } }

  /// Whether newcomers are refused whatever the backends do.
  var isHeldBack: Bool { state.withLock { $0.isHeldBack || $0.isStopping } }

  /// Has all listeners refuse connections from now on, or take them again. Sessions go on.
  func holdBack(_ isHeldBack: Bool) {
    state.withLock { $0.isHeldBack = isHeldBack }
    settle()
  }

  /// Has every listener whose backend is down refuse connections, and every other one take them;
  /// while newcomers are held back, all refuse them.
  ///
  /// Asks the backends under the lock, so that of two callers the later one has the last word.
  func settle() {
    var failures: [(name: String, error: any Error)] = []
    let isChanged = state.withLock { state in
      var isChanged = false
      for (name, listener) in state.listeners
      where (state.isHeldBack || listener.route.pool.isDown) != listener.isPaused {
        do {
          if listener.isPaused { try listener.socket.resume() } else { listener.socket.pause() }
          state.listeners[name]?.isPaused.toggle()
          state.listeners[name]?.isStuck = false
          isChanged = true
        } catch {
          if !listener.isStuck { failures.append((name, error)) }
          state.listeners[name]?.isStuck = true
        }
      }
      return isChanged
    }
    if isChanged { wake.ring() }
    for (name, error) in failures {
      logger.error(
        "listener cannot take connections again; free its port, this is tried until it works",
        metadata: ["listener": "\(name)", "error": "\(error)"])
    }
  }

  /// The listeners in front of a backend.
  func names(of pool: BackendPool) -> [String] {
    state.withLock { $0.listeners.filter { $0.value.route.pool === pool }.keys.sorted() }
  }

  /// Closes all listeners and ends the thread.
  func stop() {
    state.withLock { state in
      state.isStopping = true
      state.listeners = [:]
    }
    wake.ring()
  }

  /// Connections refused before they became sessions, by reason.
  var refusals: [Reason: UInt64] { state.withLock { $0.refusals } }

  // MARK: The thread

  private func run() {
    var spare = spareDescriptor()
    defer { _ = close(spare) }
    while true {
      let (listeners, isStopping) = state.withLock { state in
        (state.listeners.values.filter { !$0.isPaused }, state.isStopping)
      }
      if isStopping { return }
      var polled = [pollfd(fd: wake.reading, events: Int16(POLLIN), revents: 0)]
      polled += listeners.map {
        pollfd(fd: $0.socket.descriptor, events: Int16(POLLIN), revents: 0)
      }
      guard poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
      if polled[0].revents != 0 { wake.drain() }
      for (listener, result) in zip(listeners, polled.dropFirst()) where result.revents != 0 {
        accept(listener, spare: &spare)
      }
    }
  }

  private func accept(_ listener: Listener, spare: inout CInt) {
    for _ in 0..<Acceptor.acceptsPerTurn {
      if let (descriptor, peer) = SocketName.accept(on: listener.socket.descriptor) {
        take(descriptor, peer: peer, listener: listener)
        continue
      }
      switch errno {
      case EINTR, ECONNABORTED, EPROTO:
        continue
      case EMFILE, ENFILE:
        guard shedOne(listener, spare: &spare) else { return }
      case ENOBUFS, ENOMEM:
        usleep(10_000)
        return
      default:
        return
      }
    }
  }

  /// Gives up the spare descriptor to close one waiting connection.
  ///
  /// - Returns: false where there was none to give up.
  private func shedOne(_ listener: Listener, spare: inout CInt) -> Bool {
    if spare < 0 { spare = spareDescriptor() }
    guard spare >= 0 else {
      usleep(10_000)
      return false
    }
    _ = close(spare)
    if let (descriptor, _) = SocketName.accept(on: listener.socket.descriptor) {
      _ = close(descriptor)
    }
    spare = spareDescriptor()
    refused(.outOfDescriptors)
    return true
  }

  /// A descriptor that needs no file: there may be no `/dev/null`.
  private func spareDescriptor() -> CInt {
    let spare = dup(wake.reading)
    if spare >= 0 { _ = fcntl(spare, F_SETFD, FD_CLOEXEC) }
    return spare
  }

  private func take(_ descriptor: CInt, peer: Endpoint, listener: Listener) {
    guard listener.route.policy.admits(peer: peer.address) else {
      return refuse(descriptor, .untrustedPeer)
    }
    gate.countConnection()
    let (bans, capacity) = state.withLock { ($0.bans, $0.capacity) }
    var ticket: AddressTable.Ticket?
    if !listener.route.policy.learnsClients {
      // Before a session, a timer or a channel exists.
      if bans.hit(peer.address) != nil { return refuse(descriptor, .banned) }
      switch gate.enter(peer.address) {
      case .admitted(let given): ticket = given
      case .refused(let reason): return refuse(descriptor, reason)
      }
    }
    guard let admitted = openSessions.enter(below: capacity) else {
      gate.leave(peer.address, ticket)
      return refuse(descriptor, .sessionLimit)
    }
    SocketTuning.tune(descriptor)
    let bound = listener.socket.endpoint
    let isWildcard = bound.address.high == 0 && bound.address.canonical.ipv4Bits ?? 0 == 0
    let local = isWildcard ? SocketName.local(of: descriptor) ?? bound : bound
    workers[Int(admitted % UInt64(workers.count))].adopt(
      Accepted(
        id: admitted, descriptor: descriptor,
        ends: ProxyHeader.Endpoints(source: peer, destination: local), route: listener.route,
        ticket: ticket))
  }

  private func refuse(_ descriptor: CInt, _ reason: Reason) {
    // What never stops is reset: the kernel would remember each connection for a minute.
    if reason == .addressBlocked { SocketTuning.resetOnClose(descriptor) }
    _ = close(descriptor)
    refused(reason)
  }

  private func refused(_ reason: Reason) {
    let line = state.withLock { state in
      state.refusals[reason, default: 0] &+= 1
      return state.refusalLog.note(reason, now: .now)
    }
    line?.write(to: logger)
  }
}

/// How many sessions are open, and the number of the next one.
final class OpenSessions: Sendable {
  private let count = Atomic<Int>(0)
  private let last = Atomic<UInt64>(0)

  var current: Int { count.load(ordering: .relaxed) }

  /// Counts a session in; nil where `capacity` sessions are open.
  func enter(below capacity: Int) -> UInt64? {
    guard count.add(1, ordering: .relaxed).newValue <= capacity else {
      leave()
      return nil
    }
    return last.add(1, ordering: .relaxed).newValue
  }

  func leave() { count.subtract(1, ordering: .relaxed) }
}

/// Wakes a thread out of `poll`.
final class WakePipe: Sendable {
  let reading: CInt
  private let writing: CInt

  /// - Throws: `SystemCallError`.
  init() throws {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw SystemCallError(call: "pipe", subject: "for the accepting thread", errno: errno)
    }
    (reading, writing) = (ends[0], ends[1])
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
  }

  deinit {
    _ = close(reading)
    _ = close(writing)
  }

  func ring() {
    var byte: UInt8 = 1
    _ = write(writing, &byte, 1)
  }

  func drain() {
    var bytes: (UInt64, UInt64) = (0, 0)
    while read(reading, &bytes, 16) > 0 {}
  }
}
