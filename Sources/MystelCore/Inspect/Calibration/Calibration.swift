import MystelWire

/// What packets of genuine clients look like, learnt one packet at a time.
///
/// Beside the packet path, but for sessions that an operator declares genuine: it allocates. Its
/// memory is bounded whatever is sent. Of packets it keeps no text, id or place of any player; of
/// sessions the client's address and the account, to tell players apart and name who broke a rule.
///
/// A value: each worker has its own, and `merge` makes one of them that has learnt everything.
package struct Calibration: Sendable, Equatable {
  /// A kind of packet: numbers differ by build.
  package struct Kind: Hashable, Sendable {
    package var build: UInt32
    package var opcode: UInt16

    package init(build: UInt32, opcode: UInt16) {
      self.build = build
      self.opcode = opcode
    }
  }

  /// What came of one session.
  package struct Outcome: Sendable, Equatable {
    package var source: String
    package var client: String
    package var seconds: Double
    package var needs: SessionNeeds
    package var score: Double
    package var isFlagged: Bool
    package var actions: Int
    /// Packets that broke each rule.
    package var rules: [String: Int]
  }

  /// Sessions whose outcome is kept.
  package static let mostOutcomes = 4096

  /// Kinds of packets; further ones are only counted. The builds of one server have some 300 each.
  package static let mostKinds = 4096

  package private(set) var packets: [Kind: PacketProfile] = [:]
  /// Packets of clients, those of kinds that found no place included.
  package private(set) var packetCount = 0
  package private(set) var withoutPlace = 0
  package private(set) var sessions = 0
  package private(set) var players = CalibrationPlayers()
  /// By rule id.
  package private(set) var rules: [String: RuleTrial] = [:]
  /// What came of single sessions; where there are more than have room, those that broke a rule.
  package private(set) var outcomes: [Outcome] = []
  package private(set) var outcomesWithoutPlace = 0
  /// Sessions of builds that no pack describes, of which nothing could be learnt.
  package var sessionsOfUnknownBuilds = 0
  /// The time from each session's first packet of the client to its last, together.
  package private(set) var seconds = 0.0

  package init() {}

  /// Learns from a client's packet; what is no whole packet is passed over.
  package mutating func add(_ bytes: [UInt8], of session: inout CalibrationSession, at now: Instant)
  {
    guard bytes.count >= PacketView.headerBytes else { return }
    let content = PacketContent(bytes, build: session.build, leavingOut: .nothing)
    let traits = content.name.flatMap { session.build.pack.packets[$0] }
    packetCount += 1
    session.add(bytes.count, cost: traits?.cost ?? 1, at: now)
    let kind = Kind(build: session.build.pack.build, opcode: content.opcode)
    var profile: PacketProfile
    if let known = packets.removeValue(forKey: kind) {
      profile = known
    } else if packets.count < Self.mostKinds {
      profile = PacketProfile(name: content.name)
    } else {
      withoutPlace += 1
      return
    }
    let interval = session.interval(content.opcode, at: now)
    if interval == nil { profile.sessions += 1 }
    let header = PacketView.integrityHeaderBytes - PacketView.headerBytes
    profile.add(bytes.count - (content.stamp == nil ? 0 : header), after: interval)
    if let fields = content.decoding?.fields { profile.add(fields, under: "") }
    if let traits, traits.layout != nil, traits.integrity != .absent {
      profile.stamps.add(
        content.stamp,
        isNext: content.stamp.flatMap { session.isNext($0.count, of: content.opcode) })
    }
    packets[kind] = profile
  }

  /// A session is over. - Returns: what it needed.
  @discardableResult
  package mutating func finish(_ session: CalibrationSession) -> SessionNeeds {
    let needs = session.needs
    let player = players.add(session.player, needs)
    sessions += 1
    seconds += session.seconds
    for opcode in session.opcodes {
      packets[Kind(build: session.build.pack.build, opcode: opcode)]?.players.insert(player)
    }
    count(session, player)
    let trial = session.trial
    keep(
      Outcome(
        source: session.source, client: session.client, seconds: session.seconds, needs: needs,
        score: trial.highest, isFlagged: trial.flaggedAt != nil, actions: trial.actions,
        rules: trial.rules.mapValues(\.packets)))
    return needs
  }

  private mutating func count(_ session: CalibrationSession, _ player: Int) {
    let names = Set(session.opcodes.compactMap { session.build.names[$0] })
    for (rule, subjects) in zip(session.policy.rules, session.policy.subjects) {
      let broken = max(
        session.trial.rules[rule.id]?.packets ?? 0,
        session.shadowTrial?.rules[rule.id]?.packets ?? 0)
      let isTried =
        !session.unwatched.contains(rule.id)
        && subjects.concern(names, of: session.build.pack.build)
      guard broken > 0 || isTried else { continue }
      var trial = rules.removeValue(forKey: rule.id) ?? RuleTrial()
      trial.concernedSessions += 1
      trial.concernedPlayers.insert(player)
      if broken > 0 {
        trial.sessions += 1
        trial.players.insert(player)
        trial.packets += broken
      }
      rules[rule.id] = trial
    }
  }

  private mutating func keep(_ outcome: Outcome) {
    guard outcomes.count >= Self.mostOutcomes else { return outcomes.append(outcome) }
    outcomesWithoutPlace += 1
    guard !outcome.rules.isEmpty, let clean = outcomes.firstIndex(where: { $0.rules.isEmpty })
    else { return }
    outcomes.remove(at: clean)
    outcomes.append(outcome)
  }

  /// Takes in what another one has learnt from other sessions.
  package mutating func merge(_ other: Calibration) {
    let places = players.merge(other.players)
    // In an order of its own, so that what finds no place does not change from call to call.
    for (kind, profile) in other.packets.sorted(by: { $0.key < $1.key }) {
      if packets[kind] == nil {
        guard packets.count < Self.mostKinds else {
          withoutPlace += profile.count
          continue
        }
        packets[kind] = PacketProfile(name: profile.name)
      }
      packets[kind]?.merge(profile, places)
    }
    packetCount += other.packetCount
    withoutPlace += other.withoutPlace
    sessions += other.sessions
    seconds += other.seconds
    for (id, trial) in other.rules { rules[id, default: RuleTrial()].merge(trial, places) }
    for outcome in other.outcomes { keep(outcome) }
    outcomesWithoutPlace += other.outcomesWithoutPlace
    sessionsOfUnknownBuilds += other.sessionsOfUnknownBuilds
  }
}

extension Calibration.Kind: Comparable {
  package static func < (left: Self, right: Self) -> Bool {
    (left.build, left.opcode) < (right.build, right.opcode)
  }
}
