/// What one rule was held against, and what broke it.
package struct RuleTrial: Sendable, Equatable {
  /// Those who sent a packet that the rule looks at.
  package internal(set) var concernedSessions = 0
  package internal(set) var concernedPlayers = PlayerSet()
  package internal(set) var sessions = 0
  package internal(set) var players = PlayerSet()
  package internal(set) var packets = 0

  mutating func merge(_ other: RuleTrial, _ places: [Int]) {
    concernedSessions += other.concernedSessions
    concernedPlayers.formUnion(other.concernedPlayers.moved(to: places))
    sessions += other.sessions
    players.formUnion(other.players.moved(to: places))
    packets += other.packets
  }
}

/// Which sessions a rule can say anything about.
struct RuleSubjects: Sendable {
  /// Names, or their beginnings before a `*`. Nil for every packet.
  private var packets: [String]? = []
  private let builds: [UInt32]?

  init(_ rule: Rule) {
    builds = rule.builds
    for check in rule.checks {
      guard let names = Self.packets(check) else {
        packets = nil
        return
      }
      packets?.append(contentsOf: names)
    }
  }

  func concern(_ sent: Set<String>, of build: UInt32) -> Bool {
    guard builds.map({ $0.contains(build) }) ?? true else { return false }
    guard let packets else { return true }
    return packets.contains { name in
      name.hasSuffix("*")
        ? sent.contains { $0.hasPrefix(name.dropLast()) } : sent.contains(name)
    }
  }

  private static func packets(_ check: Rule.Check) -> [String]? {
    switch check {
    case .structure: nil
    case .field(let names, _, _), .relation(let names, _, _, _), .length(let names, _),
      .rate(let names, _, _), .sequence(let names, _, _, _), .privilege(let names, _):
      names
    case .signature(let signature): signature.packets
    case .state(let state):
      switch state {
      case .topoFinished: ["C_LOAD_TOPO_FIN"]
      case .selectInGame: ["C_SELECT_USER"]
      case .reviveAlive: ["C_REVIVE_NOW"]
      case .contractUnknown: ["C_ACCEPT_CONTRACT", "C_REJECT_CONTRACT"]
      case .channelNotJoined: ["C_CHAT"]
      case .foreignCharacter: nil
      }
    }
  }
}
