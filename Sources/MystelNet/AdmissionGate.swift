import Logging
import MystelCore
import MystelWire
import Synchronization

/// Who may come in: the one table of addresses for all workers, and the state of admission.
///
/// Asked by the accepting thread before anything exists, and by a worker when a proxy's header is
/// read, a key was sent, a login, and at the end: a few times a connection, never for a packet.
final class AdmissionGate: Sendable {
  private struct State: ~Copyable {
    var table: AddressTable
    var control: AdmissionControl
    var failures: UInt64 = 0
    var connections: UInt64 = 0
    var nextSample = Instant(nanoseconds: 0)
  }

  private let state: Mutex<State>
  /// The raw value of the state, for those who do not want to wait.
  private let level = Atomic<UInt8>(0)
  /// Milliseconds that a client may take for its keys; 0 for the usual.
  private let keyMilliseconds = Atomic<UInt64>(0)
  private let lag = Atomic<UInt64>(0)
  private let events: EventFeed
  private let logger: Logger
  /// Is told of addresses that go on although they are refused.
  private let report: @Sendable ([AddressFlood]) -> Void

  init(
    _ configuration: Configuration, events: EventFeed, logger: Logger,
    report: @escaping @Sendable ([AddressFlood]) -> Void = { _ in }
  ) {
    self.events = events
    self.logger = logger
    self.report = report
    let seed = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    state = Mutex(
      State(
        table: AddressTable(configuration.limits.sources, seed: seed),
        control: AdmissionControl(configuration.admission)))
  }

  func adopt(_ configuration: Configuration) {
    state.withLock { state in
      state.table.adopt(configuration.limits.sources)
      state.control.adopt(configuration.admission)
    }
  }

  /// The state of admission.
  var admission: AdmissionControl.State {
    AdmissionControl.State(rawValue: level.load(ordering: .relaxed)) ?? .normal
  }

  /// The longest an event loop was late in the last second, in nanoseconds.
  var loopLagNanoseconds: UInt64 { lag.load(ordering: .relaxed) }

  /// How long a client may take for its keys, where that is shorter than usual.
  var keys: Duration? {
    let value = keyMilliseconds.load(ordering: .relaxed)
    return value == 0 ? nil : .milliseconds(Int64(value))
  }

  /// What limits in shadow would have refused.
  var shadowed: [Reason: UInt64] { state.withLock { $0.table.shadowed } }

  // MARK: A connection's life

  /// A connection of a player was accepted, or a proxy told whose it is.
  func enter(_ client: IPAddress, now: Instant = .now) -> AddressTable.Answer {
    state.withLock { $0.table.connect(client, now: now) }
  }

  /// A connection was accepted or refused, whoever's.
  func countConnection() { state.withLock { $0.connections &+= 1 } }

  /// A session asks for the game server. - Returns: why it may not.
  func handshake(_ client: IPAddress) -> Reason? {
    state.withLock { $0.table.handshake(client, now: .now) }
  }

  /// A session logs in. - Returns: why it may not.
  func login(_ client: IPAddress) -> Reason? {
    state.withLock { $0.table.login(client, now: .now) }
  }

  func played(_ client: IPAddress) {
    state.withLock { $0.table.played(client, now: .now) }
  }

  /// A connection is over.
  ///
  /// - Parameter ticket: what `enter` gave; nil where it was not asked.
  func leave(_ client: IPAddress, _ ticket: AddressTable.Ticket?) {
    guard let ticket else { return }
    state.withLock { $0.table.leave(client, ticket) }
  }

  /// A session is over. One that nobody plays in ends silent, or by a failure.
  func leave(_ session: Session, _ ticket: AddressTable.Ticket?, reason: Reason) {
    let isFailure = session.isFailure(reason)
    let client = session.client.address
    state.withLock { state in
      if let ticket { state.table.leave(client, ticket) }
      if isFailure || reason == .empty { state.failures &+= 1 }
      if isFailure, ticket != nil { state.table.misbehaved(client, now: .now) }
    }
  }

  // MARK: Under attack

  /// Judges each second that is over. Called a few times a second.
  ///
  /// - Parameter measuredLag: how late each event loop was at most since it was last asked.
  func tick(lag measuredLag: () -> UInt64, now: Instant = .now) {
    let (change, floods) = state.withLock {
      state -> (AdmissionControl.Change?, [AddressFlood]) in
      guard now >= state.nextSample else { return (nil, []) }
      let isFirst = state.nextSample.nanoseconds == 0
      state.nextSample = now + .seconds(1)
      let late = measuredLag()
      lag.store(late, ordering: .relaxed)
      let sample = AdmissionControl.Sample(
        connections: state.connections, failures: state.failures, loopLagNanoseconds: late)
      state.connections = 0
      state.failures = 0
      let floods = state.table.floods.take()
      guard !isFirst else { return (nil, floods) }
      let change = state.control.observe(sample, now: now)
      state.table.tightening = state.control.tightening
      level.store(state.control.state.rawValue, ordering: .relaxed)
      let (seconds, parts) = state.control.keys?.components ?? (0, 0)
      keyMilliseconds.store(
        UInt64(seconds) &* 1000 &+ UInt64(parts / 1_000_000_000_000_000), ordering: .relaxed)
      return (change, floods)
    }
    if !floods.isEmpty { report(floods) }
    guard let change else { return }
    events.publish([.attack(state: change.to.label, why: change.why)], seconds: WallClock.seconds)
    let metadata: Logger.Metadata = [
      "from": "\(change.from.label)", "to": "\(change.to.label)", "why": "\(change.why)",
    ]
    if change.to > change.from {
      logger.warning(
        "admission is tightened: new connections are held to harder limits, sessions are not",
        metadata: metadata)
    } else {
      logger.notice("admission is relaxed", metadata: metadata)
    }
  }
}
