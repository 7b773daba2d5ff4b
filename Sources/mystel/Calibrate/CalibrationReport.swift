import Foundation
import MystelCore

/// What honest sessions say about rules and limits.
struct CalibrationReport: Encodable {
  /// What it takes before anything is proposed.
  struct Least: Encodable {
    var sessions: Int
    var hours: Double
  }

  struct Traffic: Encodable {
    var sessions: Int
    /// Accounts, and sessions in which the server named none.
    var players: Int
    var hours: Double
    /// Of clients.
    var packets: Int
    var leftOutWithTool: Int
    var leftOutOfUnknownBuild: Int
    var packetsWithoutPlace: Int
    var least: Least
    var isEnough: Bool
  }

  /// How many honest players something hits.
  struct Prediction: Encodable {
    /// Of the players observed.
    var hit: Int
    var of: Int
    /// The share of all honest players that it hits at most, with 95 % confidence: 3/n where none
    /// of n was hit. Nil where some were.
    var shareAtMost: Double?

    init(hit: Int, of players: Int) {
      self.hit = hit
      of = players
      shareAtMost = hit > 0 ? nil : players == 0 ? 1 : min(3 / Double(players), 1)
    }
  }

  struct RuleRow: Encodable {
    var id: String
    var title: String
    var mode: String
    var confidence: String
    var detects: [String]
    var sessions: Int
    var packets: Int
    /// Sessions with a packet that the rule looks at.
    var concernedSessions: Int
    /// Of the concerned players.
    var prediction: Prediction
    /// A mode; nil for none.
    var proposal: String?
  }

  struct SessionRow: Encodable {
    var file: String
    var client: String?
    var minutes: Double
    /// The highest.
    var score: Double
    var passed: Bool
    /// Packets that would not have gone on as they came.
    var actions: Int
    var packetsPerSecond: Double
    var bytesPerSecond: Double
    var rules: [String: Int]
  }

  struct LengthRow: Encodable {
    var packet: String
    var packets: Int
    var observed: [Int]
    var longestNow: Int
    var proposal: Int
    var prediction: Prediction
  }

  struct LimitRow: Encodable {
    /// `limits.session.packets_per_second`
    var key: String
    /// The lowest that would have held back nobody.
    var needed: Double
    /// Nil for none.
    var now: Int?
    var nowHits: Prediction
    var proposal: Int?
    var prediction: Prediction
  }

  var traffic: Traffic
  var threshold: Double
  var rules: [RuleRow]
  var sessions: [SessionRow]
  var packets: [PacketRow]
  var lengths: [LengthRow]
  var limits: [LimitRow]
}

extension CalibrationReport {
  init(_ study: CalibrationStudy, limits: Limits, least: Least) {
    let learnt = study.calibration
    let hours = learnt.seconds / 3600
    let isEnough = learnt.sessions >= least.sessions && hours >= least.hours
    traffic = Traffic(
      sessions: learnt.sessions, players: study.players, hours: hours,
      packets: learnt.packetCount, leftOutWithTool: study.withTool,
      leftOutOfUnknownBuild: study.unknownBuilds, packetsWithoutPlace: learnt.withoutPlace,
      least: least, isEnough: isEnough)
    threshold = study.policy.score.threshold
    rules = study.policy.rules.indices.map { Self.row($0, study, least, isEnough) }
    sessions = study.outcomes.map(SessionRow.init)
    packets = learnt.packets.map(PacketRow.init).sorted {
      ($0.build, $0.name ?? "", $0.opcode) < ($1.build, $1.name ?? "", $1.opcode)
    }
    lengths = isEnough ? Self.lengths(study, longest: limits.clientPacketBytes) : []
    let session = limits.session
    self.limits = [
      Self.limit(
        "packets_per_second", session.packetsPerSecond, study, isEnough, least: 60, step: 10,
        \.needs.packetsPerSecond),
      Self.limit(
        "bytes_per_second", session.bytesPerSecond, study, isEnough, least: 16_384, step: 1024,
        \.needs.bytesPerSecond),
    ]
  }

  private static func row(
    _ index: Int, _ study: CalibrationStudy, _ least: Least, _ isEnough: Bool
  ) -> RuleRow {
    let (rule, mode) = (study.policy.rules[index], study.policy.modes[index])
    let count = study.rules[index]
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
  private static func lengths(_ study: CalibrationStudy, longest: Int) -> [LengthRow] {
    var seen: [String: (count: Int, observed: ClosedRange<Int>, now: Int)] = [:]
    for (kind, profile) in study.calibration.packets {
      guard let name = profile.name,
        let traits = study.policy.builds[kind.build]?.pack.packets[name],
        traits.layout.map({ $0.body.hasReferences }) ?? true
      else { continue }
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
        prediction: Prediction(hit: 0, of: study.senders[name]?.count ?? 0))
    }
  }

  /// Packets of a kind from which on its length says something.
  static let fewestPackets = 100

  /// Twice what the most active session needed.
  private static func limit(
    _ key: String, _ now: Int?, _ study: CalibrationStudy, _ isEnough: Bool, least: Int,
    step: Int, _ needs: (CalibrationStudy.Outcome) -> Double
  ) -> LimitRow {
    let needed = study.outcomes.map(needs).max() ?? 0
    func hit(_ limit: Int?) -> Prediction {
      let hit = study.outcomes.filter { outcome in
        limit.map { needs(outcome) > Double($0) } ?? false
      }
      return Prediction(hit: Set(hit.map(\.player)).count, of: study.players)
    }
    let roomy = max(least, (Int(needed * 2) / step + 1) * step)
    let isTight = now.map { needed > Double($0) } ?? false
    let isLoose = now.map { roomy < $0 } ?? true
    let proposal = isTight || (isLoose && isEnough) ? roomy : nil
    return LimitRow(
      key: key, needed: needed, now: now, nowHits: hit(now), proposal: proposal,
      prediction: hit(proposal ?? now))
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

extension CalibrationReport.SessionRow {
  init(_ outcome: CalibrationStudy.Outcome) {
    file = outcome.file
    client = outcome.client.isEmpty ? nil : outcome.client
    minutes = outcome.seconds / 60
    score = (outcome.result.highest * 10).rounded() / 10
    passed = outcome.result.flaggedAt != nil
    actions = outcome.result.actions
    packetsPerSecond = outcome.needs.packetsPerSecond
    bytesPerSecond = outcome.needs.bytesPerSecond
    rules = outcome.result.rules.mapValues(\.packets)
  }
}

extension CalibrationReport {
  /// What packets of one kind looked like.
  struct PacketRow: Encodable {
    struct Field: Encodable {
      var name: String
      var count: Int
      var zero: Int
      var nan: Int
      var infinite: Int
    }

    struct Stamps: Encodable {
      var bare: Int
      var stamped: Int
      var zeroHash: Int
      var otherHash: Int
      var counterSteps: Int
      var counterLeaps: Int
    }

    var name: String?
    var opcode: UInt16
    var build: UInt32
    var count: Int
    var sessions: Int
    var shortest: Int
    var longest: Int
    /// At most `LengthProfile.mostDistinct`; then there may be more.
    var distinctLengths: Int
    var shortestIntervalMilliseconds: Double?
    var medianIntervalMilliseconds: Double?
    var fields: [Field]
    var stamps: Stamps?

    init(_ kind: Calibration.Kind, _ profile: PacketProfile) {
      name = profile.name
      (opcode, build) = (kind.opcode, kind.build)
      (count, sessions) = (profile.count, profile.sessions)
      (shortest, longest) = (profile.lengths.shortest, profile.lengths.longest)
      distinctLengths = profile.lengths.counts.count
      if let median = profile.intervals.median {
        shortestIntervalMilliseconds = Double(profile.intervals.shortest) / 1e6
        medianIntervalMilliseconds = Double(median) / 1e6
      }
      fields = profile.fields.map {
        Field(
          name: $0.name, count: $0.count, zero: $0.zeros, nan: $0.notNumbers,
          infinite: $0.infinities)
      }
      let found = profile.stamps
      if found.bare + found.stamped > 0 {
        stamps = Stamps(
          bare: found.bare, stamped: found.stamped, zeroHash: found.zeroHashes,
          otherHash: found.otherHashes, counterSteps: found.steps, counterLeaps: found.leaps)
      }
    }
  }
}
