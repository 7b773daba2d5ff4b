import Logging
import MystelCore
import MystelWire

/// What a worker's sessions have to tell the reputation and whoever watches, until the next second;
/// bounded.
struct ReportBox {
  /// The most incidents a second; more of them are no news.
  static let incidents = 4096
  /// The most events a second for whoever watches.
  private static let eventsPerSecond = 256

  var send: @Sendable ([Report]) -> Void = { _ in }
  private let feed: EventFeed
  private var events: [GatewayEvent.Content] = []
  private var reports: [Report] = []
  private var incidentCount = 0
  /// For `mystel explain`.
  private var ends: [Evidence] = []

  init(feed: EventFeed) { self.feed = feed }

  private mutating func tell(_ event: GatewayEvent.Content) {
    if events.count < Self.eventsPerSecond { events.append(event) }
  }

  /// A player was let in.
  mutating func entered(_ session: Session, account: UInt64) {
    tell(
      .sessionOpened(
        GatewayEvent.Opened(
          session: session.id, client: "\(session.client)", account: account,
          listener: session.policy.listener.name, backend: session.policy.backend.name)))
    reports.append(
      .entered(session: session.id, client: session.client.address, account: account))
  }

  /// A session is over. - Returns: the evidence of what speaks against its client, if anything does.
  mutating func ended(_ session: Session, _ reason: Reason, instance: UInt64) -> Evidence? {
    let ending = ending(session, reason, instance: instance)
    // What never was a player and did no harm is no news, unless an operator ended it.
    if session.wasNamed || ending != nil || reason == .kicked {
      tell(
        .sessionEnded(
          GatewayEvent.Ended(
            session: session.id, client: "\(session.client)", account: session.account,
            reason: reason.label,
            seconds: Int64(
              (Instant.now.nanoseconds &- session.counts.opened.nanoseconds) / 1_000_000_000),
            evidence: ending?.id)))
    }
    return ending
  }

  private mutating func ending(
    _ session: Session, _ reason: Reason, instance: UInt64
  ) -> Evidence? {
    // The server may have refused another login meanwhile: the player is gone all the same.
    defer { if session.wasNamed { reports.append(.left(session: session.id)) } }
    let seconds = WallClock.seconds
    if reason == .noLauncherGrant, incidentCount < Self.incidents {
      // Nothing speaks against him; but he will ask why.
      incidentCount += 1
      let ending = Evidence(
        endOf: session, reason: reason, weight: 0, instance: instance, now: .now, seconds: seconds)
      ends.append(ending)
      return ending
    }
    guard incidentCount < Self.incidents,
      var incident = session.incident(endedBy: reason, seconds: seconds)
    else { return nil }
    let ending = Evidence(
      endOf: session, reason: reason, weight: incident.weight, instance: instance, now: .now,
      seconds: seconds)
    incident.evidence = ending.id
    incident.ending = ending
    incidentCount += 1
    reports.append(.incident(incident))
    ends.append(ending)
    return ending
  }

  /// Hands on what there is, and what rules have found.
  mutating func flush(
    with found: [Incident], shown: [GatewayEvent.Found], to log: EvidenceLog
  ) {
    feed.publish(shown.map { .finding($0) } + events, seconds: WallClock.seconds)
    events.removeAll(keepingCapacity: true)
    let all = reports + found.map { .incident($0) }
    log.addEnds(ends)
    ends = []
    reports = []
    incidentCount = 0
    if !all.isEmpty { send(all) }
  }
}

extension Worker {
  /// Lines about ended sessions that one list of bans may write.
  private static let lines = 20

  /// Ends the sessions that are banned, and keeps banned players out. From any thread.
  ///
  /// Goes over the sessions in slices, so that thousands of them do not stop the loop.
  func enforce(_ bans: BanList) {
    loop.execute { [self] in
      self.bans = bans
      guard !bans.isEmpty else { return }
      enforce(bans, on: conduits.keys.sorted()[...], lines: Self.lines)
    }
  }

  private func enforce(_ bans: BanList, on ids: ArraySlice<UInt64>, lines: Int) {
    // A later list has its own round.
    guard bans === self.bans else { return }
    var lines = lines
    for id in ids.prefix(512) {
      guard let conduit = conduits[id], let hit = conduit.session.hit(in: bans) else { continue }
      log(conduit.session, bans.bans[hit.place], level: lines > 0 ? .notice : .debug)
      lines -= 1
      conduit.close(.banned)
    }
    let rest = ids.dropFirst(512)
    let left = lines
    if !rest.isEmpty { loop.later { [self] in enforce(bans, on: rest, lines: left) } }
  }

  /// A session has told its client's address or account. - Returns: false where that is banned.
  func admits(_ session: Session) -> Bool {
    if let account = session.account { reports.entered(session, account: account) }
    guard let hit = session.hit(in: bans) else { return true }
    // Newcomers come as often as they like.
    log(session, bans.bans[hit.place], level: session.account == nil ? .debug : .notice)
    return false
  }

  private func log(_ session: Session, _ ban: Ban, level: Logger.Level) {
    var metadata: Logger.Metadata = [
      "session": "\(session.id)", "target": "\(ban.target)", "reason": "\(ban.reason)",
      "source": "\(ban.source.rawValue)",
    ]
    if let evidence = ban.evidence { metadata["evidence"] = "\(evidence)" }
    logger.log(level: level, "session closed: banned", metadata: metadata)
  }
}
