import Foundation
import Logging
import MystelCore
import MystelStore

/// The reputation of a running gateway.
enum ReputationSetup {
  /// Opens the store. Nothing of the gateway's needs to run yet.
  static func open(_ configuration: Configuration, events: EventFeed, logger: Logger) -> Reputation
  {
    let path = path(configuration.reputation)
    if path == nil {
      logger.notice(
        """
        bans live in memory and are lost at a stop: name a file as reputation.store, or let systemd \
        keep a StateDirectory
        """)
    }
    return Reputation(
      settings: configuration.reputation, protected: configuration.protectedNetworks, path: path,
      seed: .random(in: 1 ... .max), events: events, logger: logger)
  }

  /// The configured database, or one in the directory that systemd keeps for the service.
  private static func path(_ settings: ReputationSettings) -> String? {
    if let path = settings.storePath { return path }
    let directories = ProcessInfo.processInfo.environment["STATE_DIRECTORY"]
    guard let first = directories?.split(separator: ":").first else { return nil }
    return first + "/reputation.db"
  }

  /// What it has done, for the summary.
  static func metadata(_ status: Reputation.Status) -> Logger.MetadataValue {
    [
      "bans": "\(status.bans)", "made": "\(status.counts.bans)",
      "in_shadow": "\(status.counts.wouldBans)", "incidents": "\(status.counts.incidents)",
      "ignored": "\(status.counts.ignored)", "spared": "\(status.counts.spared)",
      "coalesced": "\(status.counts.coalesced)", "store_faults": "\(status.storeFaults)",
    ]
  }
}
