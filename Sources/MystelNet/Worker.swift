import Logging
import MystelCore
import MystelTunnel
import MystelWire
import Synchronization

/// One event loop with its sessions, scratch memory, deadlines and counters.
///
/// Confined to its loop, but for `adopt`, `summary` and the other methods that say so. The unchecked
/// conformance rests on that: everything else is reached only from the loop.
final class Worker: @unchecked Sendable {
  let loop: any EngineLoop
  var output = SessionOutput()
  var wheel: DeadlineWheel<Conduit>
  let tally = Tally()
  private let tunnels: TunnelDesk
  let gate: AdmissionGate
  let launcher: LauncherDesk
  private(set) var conduits: [UInt64: Conduit] = [:]
  let logger: Logger
  /// Who is banned, by the latest list.
  var bans = BanList.empty
  var reports: ReportBox
  /// What is taken down of sessions, by the capture's number.
  var captures: [UInt64: PacketRecording] = [:]
  private let sessionEnded: @Sendable () -> Void
  private var isTicking = false
  /// What the latest reload holds packets to; nil before the first.
  private var inspection: InspectionPolicy?
  private(set) var findingLog: FindingLog
  private let evidence: EvidenceLog
  /// Names the process in the ids of evidence.
  private let instance: UInt64
  /// When the next tick is due, and the longest that one was late since that was last asked.
  private var nextTick = Instant.distantFuture
  private let lag = Atomic<UInt64>(0)

  /// - Parameters:
  ///   - instance: names the process in the ids of evidence.
  ///   - report: is told once a second what speaks against players.
  init(
    loop: any EngineLoop, instance: UInt64, gate: AdmissionGate, launcher: LauncherDesk,
    evidence: EvidenceLog,
    events: EventFeed, logger: Logger, report: @escaping @Sendable ([Report]) -> Void,
    sessionEnded: @escaping @Sendable () -> Void
  ) {
    self.loop = loop
    self.gate = gate
    self.launcher = launcher
    self.evidence = evidence
    self.instance = instance
    findingLog = FindingLog(instance: instance)
    reports = ReportBox(feed: events)
    reports.send = report
    self.logger = logger
    self.sessionEnded = sessionEnded
    wheel = DeadlineWheel(now: .now)
    tunnels = TunnelDesk(tally: tally, now: .now)
  }

  /// Starts looking at deadlines. From any thread.
  func start() {
    loop.execute { [self] in
      isTicking = true
      tickLater()
    }
  }

  private func tickLater() {
    loop.later(after: .nanoseconds(DeadlineWheel<Conduit>.slotNanoseconds)) { [self] in
      guard isTicking else { return }
      tick()
      tickLater()
    }
  }

  /// Makes a session of an accepted socket. From any thread.
  func adopt(_ accepted: Acceptor.Accepted) {
    loop.execute { [self] in
      let queueBytes = accepted.route.policy.limits.queueBytes
      loop.adopt(accepted.descriptor, queueBytes: queueBytes) { [self] leg in
        guard let leg else {
          gate.leave(accepted.ends.source.address, accepted.ticket)
          return sessionEnded()
        }
        open(accepted, on: leg)
      }
    }
  }

  private func open(_ accepted: Acceptor.Accepted, on leg: any Leg) {
    let session = Session(
      id: accepted.id, policy: accepted.route.policy, socket: accepted.ends, now: .now,
      keysWithin: gate.keys, tally: tally)
    // It may have been accepted before a reload and get here after it.
    if let inspection { session.adopt(inspection) }
    let conduit = Conduit(
      session: session, worker: self, pool: accepted.route.pool, ticket: accepted.ticket)
    tally.accepted &+= 1
    tally.sessions += 1
    conduits[accepted.id] = conduit
    logger.debug(
      "session opened",
      metadata: [
        "session": "\(accepted.id)", "listener": "\(accepted.route.policy.listener.name)",
        "peer": "\(accepted.ends.source)",
      ])
    conduit.backendTunnel = accepted.route.backendTunnel
    conduit.open(accepted.route.tunnel.map { tunneled(leg, of: conduit, $0) } ?? leg)
    // The ban may have come when the connection was accepted and not yet here.
    if session.hit(in: bans) != nil { conduit.close(.banned) }
  }

  /// A client's end of a tunnel. What is before and in it is the listener's to say.
  private func tunneled(
    _ leg: any Leg, of conduit: Conduit, _ settings: TunnelSettings
  ) -> any Leg {
    let (session, door) = (conduit.session, tunnels.door)
    conduit.awaitsTunnel = true
    return TunnelLeg(
      leg, conduit: conduit, countedFor: settings.name,
      awaitsHeader: session.policy.learnsClients && settings.mode != .ik, desk: tunnels, loop: loop
    ) {
      TunnelResponder(
        settings, source: session.client.address, door: door, now: Instant.now.nanoseconds)
    }
  }

  /// The tunnel of a session to another gateway.
  func tunneled(_ leg: any Leg, of conduit: Conduit, to backend: BackendTunnel) -> any Leg {
    TunnelLeg(
      leg, conduit: conduit, countedFor: nil, awaitsHeader: false, desk: tunnels, loop: loop
    ) { TunnelInitiator(backend.settings, now: Instant.now.nanoseconds) }
  }

  /// A session is over; called by its conduit.
  func ended(_ conduit: Conduit, reason: Reason) {
    guard conduits.removeValue(forKey: conduit.session.id) != nil else { return }
    tally.sessions -= 1
    if conduit.session.wasNamed { tally.players -= 1 }
    tally.countClose(reason)
    conduit.session.endLearning()
    conduit.session.endRecording()
    gate.leave(conduit.session, conduit.ticket, reason: reason)
    // Whom the gateway has shown out is not let in again for having been there.
    if conduit.session.wasNamed, ![.kicked, .banned].contains(reason),
      !(100...159).contains(reason.rawValue)
    {
      launcher.left(conduit.session.client.address)
    }
    let ending = reports.ended(conduit.session, reason, instance: instance)
    sessionEnded()
    var metadata: Logger.Metadata = [
      "session": "\(conduit.session.id)", "reason": "\(reason.label)",
      "listener": "\(conduit.session.policy.listener.name)",
      "client": "\(conduit.session.client)",
    ]
    if let ending { metadata["evidence"] = "\(ending.id)" }
    logger.debug("session ended", metadata: metadata)
  }

  /// Holds the next packet of every session to other rules. From any thread.
  ///
  /// Goes over the sessions in slices, so that thousands of them do not stop the loop.
  func judge(by inspection: InspectionPolicy) {
    loop.execute { [self] in
      self.inspection = inspection
      adopt(inspection, by: conduits.keys.sorted()[...])
    }
  }

  private func adopt(_ inspection: InspectionPolicy, by ids: ArraySlice<UInt64>) {
    // A later reload has its own round.
    guard inspection === self.inspection else { return }
    for id in ids.prefix(512) { conduits[id]?.session.adopt(inspection) }
    let rest = ids.dropFirst(512)
    if !rest.isEmpty { loop.later { [self] in adopt(inspection, by: rest) } }
  }

  /// The half-open table lets a session connect, wants its place back, or has no place for it in
  /// the line. From any thread.
  func move(connect: [UInt64] = [], evict: [UInt64] = [], refuse: [UInt64] = []) {
    loop.execute { [self] in
      for id in refuse { conduits[id]?.giveWay(.backendBusy) }
      for id in evict { conduits[id]?.giveWay(.handshakeEvicted) }
      for id in connect { conduits[id]?.mayConnect() }
    }
  }

  /// Ends every session. From any thread.
  func closeAll(_ reason: Reason) async throws {
    try await loop.submit { [self] in
      for conduit in conduits.values { conduit.close(reason) }
    }
  }

  /// Stops looking at deadlines, and tells what is left to tell. From any thread.
  func stop() async throws {
    try await loop.submit { [self] in
      isTicking = false
      tellFindings(now: .distantFuture)
    }
  }

  /// The counters. From any thread.
  func snapshot() async throws -> Snapshot {
    try await loop.submit { [self] in tally.snapshot }
  }

  /// The longest that this loop was late since this was last called, in nanoseconds. From any
  /// thread.
  func takeLag() -> UInt64 { lag.exchange(0, ordering: .relaxed) }

  /// Measures how late the loop is. Where it stood still, players are owed what they could not send.
  private func measureLag(now: Instant) {
    if now > nextTick {
      let late = now.nanoseconds - nextTick.nanoseconds
      if late > lag.load(ordering: .relaxed) { lag.store(late, ordering: .relaxed) }
      if late > Worker.stallNanoseconds {
        for conduit in conduits.values { conduit.session.excuse(since: nextTick, now: now) }
      }
    }
    nextTick = Instant(nanoseconds: now.nanoseconds &+ DeadlineWheel<Conduit>.slotNanoseconds)
  }

  /// How late a loop is that has stood still.
  private static let stallNanoseconds: UInt64 = 1_000_000_000

  private func tick() {
    measureLag(now: .now)
    for conduit in wheel.expire(now: .now) { conduit.timeIsUp() }
    tellFindings(now: .now)
  }

  /// Once a second.
  private func tellFindings(now: Instant) {
    let found = findingLog.tick(
      now: now, seconds: WallClock.seconds, tally: tally, evidence: evidence, logger: logger)
    if let found {
      reports.flush(with: found.incidents, shown: found.shown, to: evidence)
    }
  }
}
