import MystelWire

/// What an operator decides about scores and bans. Mirrors the `reputation:` section.
package struct ReputationSettings: Sendable, Equatable {
  /// What becomes of automatic bans. Those of operators and lists are always in force.
  package var mode = Configuration.Mode.shadow
  /// Points at which an address or account is banned. Default 100, the unit of all weights.
  package var threshold = 100
  /// After which a score has lost half of itself. Default 1 h: an evening's mistakes are gone the
  /// next day.
  package var halfLife = Duration.seconds(3600)
  /// The first automatic ban; each further one is twice as long. Default 10 min, as fail2ban's.
  package var banTime = Duration.seconds(600)
  /// The longest automatic ban. Default 7 days.
  package var longestBan = Duration.seconds(168 * 3600)
  /// How long after a ban the next one counts as its repetition. Default 7 days.
  package var recidivism = Duration.seconds(168 * 3600)
  /// A ban by an operator who names no end. Default 7 days: one that was forgotten heals by itself.
  package var manualBanTime = Duration.seconds(168 * 3600)
  /// Well-behaved accounts in the game at once that make an address a shared one, which is not banned
  /// automatically. Default 4: a family is fewer, a carrier's or a café's address has more.
  package var sharedAccounts = 4
  /// Play without an incident after which an account's incidents weigh half. Default 20 h.
  package var trustAfter = Duration.seconds(20 * 3600)
  /// Networks that wider bans do not meet.
  package var allow: [AddressPrefix] = []
  /// Networks that are always banned.
  package var deny: [AddressPrefix] = []
  /// Addresses that cannot be banned, beside those of the gateway, its backends and trusted proxies.
  package var protected: [AddressPrefix] = []
  /// The database; nil keeps everything in memory.
  package var storePath: String?

  package init() {}
}

extension Configuration {
  /// What no ban may meet: the addresses of listeners and backends that are written out, single
  /// trusted proxies, and what `reputation.protected` names. Never more than the configuration says:
  /// not all of loopback.
  package var protectedNetworks: [AddressPrefix] {
    var networks = reputation.protected
    for address in listeners.map(\.bind) + backends.map(\.address) {
      guard case .endpoint(let endpoint) = address else { continue }
      let address = endpoint.address.canonical
      guard !address.isUnusableAsSource else { continue }
      networks.append(AddressPrefix(containing: address, length: 128))
    }
    for listener in listeners {
      networks += listener.proxyProtocol.trusted.filter(\.isAddress)
    }
    return Array(Set(networks)).sorted { "\($0)" < "\($1)" }
  }
}
