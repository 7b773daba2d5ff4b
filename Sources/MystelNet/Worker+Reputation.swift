import Logging
import MystelCore
import MystelWire
import NIOCore

/// What a worker's sessions have to tell the reputation, until the next second; bounded.
struct ReportBox {
  /// The most incidents a second; more of them are no news.
  static let incidents = 4096

  var send: @Sendable ([Report]) -> Void = { _ in }
  private var reports: [Report] = []
  private var incidentCount = 0
  /// For `mystel explain`.
  private var ends: [Evidence] = []

  /// A player was let in.
  mutating func entered(_ session: Session, account: UInt64) {
    reports.append(
      .entered(session: session.id, client: session.client.address, account: account))
  }

  /// A session is over. - Returns: the evidence of what speaks against its client, if anything does.
  mutating func ended(_ session: Session, _ reason: Reason, instance: UInt64) -> Evidence? {
    // The server may have refused another login meanwhile: the player is gone all the same.
    defer { if session.wasNamed { reports.append(.left(session: session.id)) } }
    let seconds = WallClock.seconds
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
  mutating func flush(with found: [Incident], to log: EvidenceLog) {
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
    if !rest.isEmpty { later { [self] in enforce(bans, on: rest, lines: left) } }
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
