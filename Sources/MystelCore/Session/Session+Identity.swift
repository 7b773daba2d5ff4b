import MystelWire

extension Session {
  /// Whether the client has asked to be logged in.
  package var hasSentLogin: Bool { tera?.inspector.state.loginWasSent ?? false }

  /// Whether a character was in the game: somebody plays here.
  package var hasPlayed: Bool { tera?.inspector.state.hasPlayed ?? false }

  /// Whether the client is carried by its frames alone.
  var isFrameOnly: Bool { tera?.inspector.isFrameOnly ?? false }

  /// Whether the session ends for something that its source is to be reported for.
  package var earnedBan: Bool { tera?.inspector.earnedBan ?? false }

  /// Whether `client` is a player's address, and not that of a proxy that told none.
  package var isPlayers: Bool {
    policy.acceptedHeader == nil || (relayed?.command == .proxy && relayed?.endpoints != nil)
  }

  /// Whether the player is in the game, as far as that can be told: bans for newcomers no longer
  /// meet him.
  package var isLetIn: Bool {
    if account != nil { return true }
    guard phase == .play else { return false }
    return policy.listener.game == .none || isFrameOnly
  }

  /// The ban that the session meets.
  package func hit(in bans: BanList) -> BanList.Hit? {
    guard !bans.isEmpty, isPlayers else { return nil }
    return bans.hit(client: client.address, account: account, isLetIn: isLetIn)
  }

  /// What a flood weighs that a limit's `ban` has ended.
  private static let floodWeight = 50

  /// What its end says against the player; nil where it says nothing. After login only a
  /// flood does: the cipher, which has no integrity, lets anybody on the line bring the others about.
  package func incident(endedBy reason: Reason, seconds: Int64) -> Incident? {
    guard isPlayers else { return nil }
    if earnedBan, reason == .packetRate || reason == .byteRate {
      return Incident(
        session: id, client: client.address, account: account, signal: reason.label,
        weight: Self.floodWeight, isPreLogin: !isLetIn, seconds: seconds)
    }
    guard !isLetIn else { return nil }
    return Incident(
      session: id, client: client.address, endedBy: reason, isSilent: isSilent, seconds: seconds)
  }

  /// Tells the backend whose connection this is, where it wants to know.
  func appendBackendHeader(output: inout SessionOutput) {
    guard
      let header = BackendHeader.bytes(
        policy: policy, relayed: relayed, socket: socket, client: client, session: id)
    else { return }
    output.toBackend.append(header)
  }
}

extension Incident {
  /// What a rule found.
  package init(_ found: RuleTally.Recent, evidence: String?, seconds: Int64) {
    self.init(
      session: found.session, client: found.client, account: found.account, signal: found.rule.id,
      weight: found.rule.weight, isPreLogin: found.account == nil, evidence: evidence,
      isEnforced: found.finding.isEnforced, seconds: seconds)
    basis = found.rule.basis
  }
}

extension Rule {
  /// What its findings rest on. Rules that look for what is impossible overlap: one number out of place
  /// may break several, which then say one thing.
  package var basis: String { reason == .toolSignature ? id : reason.label }
}
