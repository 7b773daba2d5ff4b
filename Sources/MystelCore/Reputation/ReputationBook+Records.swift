import MystelWire

/// A score as it is written down.
package struct ScoreRecord: Sendable, Equatable {
  package struct Signal: Sendable, Equatable {
    package var name: String
    package var who: UInt16
    package init(name: String, who: UInt16) {
      self.name = name
      self.who = who
    }
  }

  package var target: BanTarget
  /// Of a network: before login. Of an account: all of it.
  package var score: Float
  /// Of a network: in the game. Of an account: seconds of play without an incident.
  package var second: Float
  package var updated: Int64
  package var signals: [Signal]

  package init(
    target: BanTarget, score: Float, second: Float, updated: Int64, signals: [Signal]
  ) {
    self.target = target
    self.score = score
    self.second = second
    self.updated = updated
    self.signals = signals
  }
}

/// What is known of an address or account, for an operator who asks.
package struct Standing: Sendable, Equatable {
  /// Those that meet it, the one that counts first.
  package var bans: [Ban] = []
  /// The network that exempts it from wider bans.
  package var allowed: AddressPrefix?
  /// The network that keeps it from being banned.
  package var protected: AddressPrefix?
  package var score: ScoreRecord?
  /// Well-behaved accounts in the game there.
  package var healthyAccounts = 0
  /// Whether it is refused now.
  package var isBanned = false
}

extension ReputationBook {
  /// The scores that have changed since this was last called and are worth keeping.
  package mutating func takeScores() -> [ScoreRecord] {
    defer { dirty.removeAll(keepingCapacity: true) }
    return dirty.compactMap { scores[$0] }.map { record($0) }
      // A single scan, or an hour in the game, is soon forgotten without harm.
      .filter { $0.score >= Float(settings.threshold) / 10 || $0.second >= 600 }
  }

  /// All bans as they are written down: those in force, and those that the next one counts from.
  package var records: [Ban] { Array(bans.values) + past.values.map(\.ban) }

  private func record(_ entry: ScoreEntry) -> ScoreRecord {
    ScoreRecord(
      target: entry.key.target, score: entry.score, second: entry.second,
      updated: Int64(entry.updated),
      signals: (0..<4).compactMap { index in
        let signal = entry.signals[index]
        return name(ofSignal: signal.rule).map { .init(name: $0, who: signal.who) }
      })
  }

  /// Takes in what was written down. Call it once, before anything else.
  ///
  /// Bans are neither counted nor told as new; those that have ended only count towards the next.
  package mutating func restore(
    bans stored: [Ban], scores records: [ScoreRecord], allowed networks: [AddressPrefix: String],
    version highest: UInt64 = 0, now: Int64
  ) {
    allowed = networks
    version = max(version, highest)
    for ban in stored {
      version = max(version, ban.version)
      guard !ban.isLifted else { continue }
      if ban.isActive(at: now) {
        put(ban)
      } else if let end = ban.expires {
        past[ban.target] = Past(ban, end: end)
        nextEnd = min(nextEnd, now)
      }
    }
    for record in records {
      let signals = record.signals.map { (number: number(of: $0.name), who: $0.who) }
      let isBanned = bans[record.target] != nil
      _ = scores.update(ScoreKey(record.target), heat: { $0.heat }) { entry in
        entry.score = record.score.isFinite ? max(record.score, 0) : 0
        entry.second = record.second.isFinite ? max(record.second, 0) : 0
        entry.updated = UInt32(clamping: record.updated)
        entry.isBanned = isBanned
        for signal in signals.prefix(4) where signal.number != 0 {
          entry.note(.init(rule: signal.number, who: signal.who))
        }
      }
    }
    bansChanged = true
  }

  /// What is known of an address.
  package func standing(of address: IPAddress, now: Int64) -> Standing {
    let address = address.canonical
    let host = AddressKey.host(of: address)
    var standing = Standing()
    standing.bans = bans.values.filter { ban in
      guard case .network(let prefix) = ban.target else { return false }
      return ban.isActive(at: now) && prefix.contains(address)
    }
    standing.bans.sort { Self.length($0) > Self.length($1) }
    standing.allowed = (settings.allow + allowed.keys).filter { $0.contains(address) }
      .max { $0.length < $1.length }
    standing.protected = protected.first { $0.contains(address) }
    standing.score = scores[ScoreKey(.network(host))].map { record(decayed($0, now: now)) }
    standing.healthyAccounts = healthyAccounts(at: host, beside: nil, now: now)
    standing.isBanned = list(now: now).hit(address) != nil
    return standing
  }

  /// What is known of an account.
  package func standing(ofAccount account: UInt64, now: Int64) -> Standing {
    var standing = Standing()
    standing.bans = bans[.account(account)].map { [$0] } ?? []
    standing.score = scores[ScoreKey(.account(account))].map { record(decayed($0, now: now)) }
    standing.isBanned = !standing.bans.isEmpty
    return standing
  }

  private static func length(_ ban: Ban) -> UInt8 {
    if case .network(let prefix) = ban.target { prefix.length } else { 0 }
  }
}
