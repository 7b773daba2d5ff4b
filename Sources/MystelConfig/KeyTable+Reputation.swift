import MystelCore

extension KeyTable {
  static var reputationRows: [Row<Document>] {
    reputationModeRows + reputationTimeRows + reputationListRows
  }

  private static var reputationModeRows: [Row<Document>] {
    [
      .scalar(
        "reputation.mode", \.configuration.reputation.mode, .choice(),
        """
        What becomes of automatic bans: `shadow` logs and counts whom it would ban, `enforce` bans. \
        Bans by operators and lists hold in every mode.
        """),
      .scalar(
        "reputation.store", \.configuration.reputation.storePath, .path,
        """
        The database of bans, scores and evidence, made at the first start. Where it is empty, \
        `reputation.db` in the directory that systemd keeps for the service; without one everything \
        lives in memory and is lost at a stop.
        """
      ).inFileOnly().atStart(),
      .scalar(
        "reputation.threshold", \.configuration.reputation.threshold, .integer(10...100_000),
        "The score at which an address or account is banned; the unit of all weights."),
      .scalar(
        "reputation.shared_accounts", \.configuration.reputation.sharedAccounts,
        .integer(1...10_000),
        """
        Well-behaved accounts in the game at once that make an address a shared one, which is never \
        banned automatically. A family has fewer, a carrier's or a cafe's address more.
        """),
    ]
  }

  private static var reputationTimeRows: [Row<Document>] {
    let minute = Duration.seconds(60)
    let year = minute * 60 * 24 * 365
    return [
      .scalar(
        "reputation.half_life", \.configuration.reputation.halfLife, .duration(minute...year),
        "After which a score has lost half of itself."),
      .scalar(
        "reputation.ban_time", \.configuration.reputation.banTime, .duration(.seconds(1)...year),
        "The first automatic ban; each further one is twice as long."),
      .scalar(
        "reputation.longest_ban", \.configuration.reputation.longestBan,
        .duration(.seconds(1)...year),
        "The longest automatic ban."),
      .scalar(
        "reputation.recidivism", \.configuration.reputation.recidivism, .duration(minute...year),
        "How long after a ban the next one counts as its repetition."),
      .scalar(
        "reputation.manual_ban_time", \.configuration.reputation.manualBanTime,
        .duration(minute...year),
        "A ban by an operator who names no end, so that a forgotten one heals by itself."),
      .scalar(
        "reputation.trust_after", \.configuration.reputation.trustAfter,
        .duration(minute...year),
        "Play without an incident after which an account's incidents weigh half."),
    ]
  }

  private static var reputationListRows: [Row<Document>] {
    [
      .list(
        "reputation.allow", \.configuration.reputation.allow, of: .network, atMost: 1024,
        """
        Networks that wider bans do not meet. Of ban and permission the longer prefix counts, and the \
        ban where they are equal.
        """),
      .list(
        "reputation.deny", \.configuration.reputation.deny, of: .network, atMost: 10_000,
        "Networks that are always banned."),
      .list(
        "reputation.protected", \.configuration.reputation.protected, of: .network, atMost: 1024,
        """
        Addresses that no ban meets, beside those of listeners, backends and single trusted proxies: \
        where you manage the gateway from.
        """),
    ]
  }
}
