/// What honest sessions say about rules and limits: recorded ones, or those of a running gateway.
package struct CalibrationReport: Codable, Sendable, Equatable {
  /// What it takes before anything is proposed.
  package struct Least: Codable, Sendable, Equatable {
    package var sessions: Int
    package var hours: Double

    package init(sessions: Int, hours: Double) {
      (self.sessions, self.hours) = (sessions, hours)
    }

    package var isSensible: Bool { sessions > 0 && hours >= 0 && hours.isFinite }
  }

  package struct Traffic: Codable, Sendable, Equatable {
    package var sessions: Int
    /// Accounts, and sessions in which the server named none.
    package var players: Int
    package var hours: Double
    /// Of clients.
    package var packets: Int
    package var leftOutWithTool: Int
    package var leftOutOfUnknownBuild: Int
    package var packetsWithoutPlace: Int
    /// Sessions that are counted and not among `sessions`.
    package var sessionsNotListed: Int
    package var least: Least
    package var isEnough: Bool
  }

  /// How many honest players something hits.
  package struct Prediction: Codable, Sendable, Equatable {
    /// Of the players observed.
    package var hit: Int
    package var of: Int
    /// The share of all honest players that it hits at most, with 95 % confidence: 3/n where none
    /// of n was hit. Nil where some were.
    package var shareAtMost: Double?

    init(hit: Int, of players: Int) {
      self.hit = hit
      of = players
      shareAtMost = hit > 0 ? nil : players == 0 ? 1 : min(3 / Double(players), 1)
    }
  }

  package struct RuleRow: Codable, Sendable, Equatable {
    package var id: String
    package var title: String
    package var mode: String
    package var confidence: String
    package var detects: [String]
    package var sessions: Int
    package var packets: Int
    /// Sessions with a packet that the rule looks at.
    package var concernedSessions: Int
    /// Of the concerned players.
    package var prediction: Prediction
    /// A mode; nil for none.
    package var proposal: String?
  }

  package struct SessionRow: Codable, Sendable, Equatable {
    /// Or `session 12`, of a running gateway.
    package var file: String
    package var client: String?
    package var minutes: Double
    /// The highest.
    package var score: Double
    package var passed: Bool
    /// Packets that would not have gone on as they came.
    package var actions: Int
    package var packetsPerSecond: Double
    package var bytesPerSecond: Double
    package var rules: [String: Int]
  }

  package struct LengthRow: Codable, Sendable, Equatable {
    package var packet: String
    package var packets: Int
    package var observed: [Int]
    package var longestNow: Int
    package var proposal: Int
    package var prediction: Prediction
  }

  package struct LimitRow: Codable, Sendable, Equatable {
    /// `limits.session.packets_per_second`
    package var key: String
    /// The lowest that would have held back nobody.
    package var needed: Double
    /// Nil for none.
    package var now: Int?
    package var nowHits: Prediction
    package var proposal: Int?
    package var prediction: Prediction
  }

  package var traffic: Traffic
  package var threshold: Double
  package var rules: [RuleRow]
  package var sessions: [SessionRow]
  package var packets: [PacketRow]
  package var lengths: [LengthRow]
  package var limits: [LimitRow]
}

extension CalibrationReport {
  /// - Parameters:
  ///   - policy: the rules in force, for their modes; with `limits`, what changes are proposed to.
  ///   - leftOutWithTool: sessions that nothing was learnt from, because they say they had one.
  package init(
    _ learnt: Calibration, policy: InspectionPolicy, limits: Limits, least: Least,
    leftOutWithTool: Int = 0
  ) {
    let hours = learnt.seconds / 3600
    let isEnough = learnt.sessions >= least.sessions && hours >= least.hours
    traffic = Traffic(
      sessions: learnt.sessions, players: learnt.players.count, hours: hours,
      packets: learnt.packetCount, leftOutWithTool: leftOutWithTool,
      leftOutOfUnknownBuild: learnt.sessionsOfUnknownBuilds,
      packetsWithoutPlace: learnt.withoutPlace, sessionsNotListed: learnt.outcomesWithoutPlace,
      least: least, isEnough: isEnough)
    threshold = policy.score.threshold
    rules = zip(policy.rules, policy.modes).map { rule, mode in
      Self.row(rule, mode, learnt.rules[rule.id] ?? RuleTrial(), least, isEnough)
    }
    sessions = learnt.outcomes.map(SessionRow.init)
    packets = learnt.packets.map(PacketRow.init).sorted {
      ($0.build, $0.name ?? "", $0.opcode) < ($1.build, $1.name ?? "", $1.opcode)
    }
    lengths = isEnough ? Self.lengths(learnt, policy, longest: limits.clientPacketBytes) : []
    let session = limits.session
    self.limits = [
      Self.limit(
        "packets_per_second", session.packetsPerSecond, learnt, isEnough, least: 60, step: 10,
        \.packetsPerSecond),
      Self.limit(
        "bytes_per_second", session.bytesPerSecond, learnt, isEnough, least: 16_384, step: 1024,
        \.bytesPerSecond),
    ]
  }

  private static func row(
    _ rule: Rule, _ mode: Configuration.Mode, _ count: RuleTrial, _ least: Least, _ isEnough: Bool
  ) -> RuleRow {
    let concerned = count.concernedPlayers.count
    var proposal: Configuration.Mode?
    if count.sessions > 0 {
      // What half of the players break tells nobody from anybody.
      let isNoise = count.players.count * 2 >= concerned && concerned > 1
      switch mode {
      case .off: break
      case .shadow: proposal = isNoise ? .off : .shadow
      case .enforce: proposal = .shadow
      }
    } else if mode == .shadow, isEnough, count.concernedSessions >= least.sessions {
      proposal = .enforce
    }
    return RuleRow(
      id: rule.id, title: rule.title, mode: mode.rawValue, confidence: rule.confidence.rawValue,
      detects: rule.detects, sessions: count.sessions, packets: count.packets,
      concernedSessions: count.concernedSessions,
      prediction: Prediction(hit: count.players.count, of: concerned),
      proposal: proposal?.rawValue)
  }

  /// Twice what was seen, for packets whose length their layout leaves open.
  private static func lengths(
    _ learnt: Calibration, _ policy: InspectionPolicy, longest: Int
  ) -> [LengthRow] {
    var seen: [String: (count: Int, observed: ClosedRange<Int>, now: Int)] = [:]
    var senders: [String: PlayerSet] = [:]
    for (kind, profile) in learnt.packets {
      guard let name = profile.name,
        let traits = policy.builds[kind.build]?.pack.packets[name],
        traits.layout.map({ $0.body.hasReferences }) ?? true
      else { continue }
      senders[name, default: PlayerSet()].formUnion(profile.players)
      let now = min(traits.lengths?.upperBound ?? longest, longest)
      let before = seen[name] ?? (0, profile.lengths.shortest...profile.lengths.longest, now)
      seen[name] = (
        before.count + profile.count,
        min(
          before.observed.lowerBound, profile.lengths.shortest)...max(
            before.observed.upperBound, profile.lengths.longest), max(before.now, now)
      )
    }
    return seen.sorted { $0.key < $1.key }.compactMap { name, packet in
      let proposal = (packet.observed.upperBound * 2 + 64 + 15) / 16 * 16
      guard packet.count >= fewestPackets, proposal < packet.now else { return nil }
      return LengthRow(
        packet: name, packets: packet.count,
        observed: [packet.observed.lowerBound, packet.observed.upperBound],
        longestNow: packet.now, proposal: proposal,
        prediction: Prediction(hit: 0, of: senders[name]?.count ?? 0))
    }
  }

  /// Packets of a kind from which on its length says something.
  static let fewestPackets = 100

  /// Twice what the most active session needed.
  private static func limit(
    _ key: String, _ now: Int?, _ learnt: Calibration, _ isEnough: Bool, least: Int,
    step: Int, _ need: (SessionNeeds) -> Double
  ) -> LimitRow {
    let players = learnt.players
    let needed = players.needs.map(need).max() ?? 0
    func hit(_ limit: Int?) -> Prediction {
      let hit = players.needs.count { needs in limit.map { need(needs) > Double($0) } ?? false }
      return Prediction(hit: hit, of: players.count)
    }
    let roomy = max(least, (Int(needed * 2) / step + 1) * step)
    let isTight = now.map { needed > Double($0) } ?? false
    let isLoose = now.map { roomy < $0 } ?? true
    let proposal = isTight || (isLoose && isEnough) ? roomy : nil
    return LimitRow(
      key: key, needed: needed, now: now, nowHits: hit(now), proposal: proposal,
      prediction: hit(proposal ?? now))
  }
}
