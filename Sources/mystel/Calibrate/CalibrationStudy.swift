import Foundation
import MystelCore
import MystelSim

/// Sessions that an operator declares honest, held to every rule while they are learnt from.
struct CalibrationStudy {
  /// One session at work.
  final class Session {
    let number: Int
    let file: String
    /// Who plays, as far as it shows: where the server names no account, each session is a player.
    fileprivate let client: String
    fileprivate let build: UInt32
    /// Nil where no pack describes the build.
    fileprivate var learnt: CalibrationSession?
    /// Holds it to every rule in force.
    fileprivate var scorer: SessionScorer
    /// Holds it to every rule in shadow: a packet that one rule refuses is not looked at by others,
    /// and these may hit players all the same once they are enforced without it.
    fileprivate var observer: SessionScorer

    fileprivate init(
      _ number: Int, _ file: String, _ client: String, _ build: UInt32,
      _ learnt: CalibrationSession?, _ scorer: consuming SessionScorer,
      _ observer: consuming SessionScorer
    ) {
      self.number = number
      self.file = file
      self.client = client
      self.build = build
      self.learnt = learnt
      self.scorer = scorer
      self.observer = observer
    }
  }

  /// What came of one.
  struct Outcome {
    var file: String
    var client: String
    var player: String
    var seconds: Double
    var result: SessionScorer.Result
    var needs: (packetsPerSecond: Double, bytesPerSecond: Double)
  }

  /// What one rule was held against, and what broke it.
  struct RuleCount {
    /// Those who sent a packet that the rule looks at.
    var concernedSessions = 0
    var concernedPlayers: Set<String> = []
    var sessions = 0
    var players: Set<String> = []
    var packets = 0
  }

  /// As the configuration has it.
  let policy: InspectionPolicy
  private(set) var calibration = Calibration()
  private(set) var outcomes: [Outcome] = []
  private(set) var rules: [RuleCount]
  /// Who sent packets of each name.
  private(set) var senders: [String: Set<String>] = [:]
  private(set) var withTool = 0
  private(set) var unknownBuilds = 0

  private let enforced: InspectionPolicy
  private let shadowed: InspectionPolicy
  private let subjects: [RuleSubjects]
  private var begun = 0

  init(_ policy: InspectionPolicy, enforced: InspectionPolicy, shadowed: InspectionPolicy) {
    self.policy = policy
    self.enforced = enforced
    self.shadowed = shadowed
    rules = policy.rules.map { _ in RuleCount() }
    subjects = policy.rules.map(RuleSubjects.init)
  }

  mutating func add(_ transcript: Transcript, file: String) {
    guard transcript.tool == nil else {
      withTool += 1
      return
    }
    let session = begin(transcript.build, file: file, client: "")
    for frame in transcript.frames {
      add(frame.bytes, from: frame.from, milliseconds: frame.milliseconds, session)
    }
    finish(session)
  }

  mutating func begin(_ build: UInt32, file: String, client: String) -> Session {
    begun += 1
    return Session(
      begun, URL(fileURLWithPath: file).lastPathComponent, client, build,
      policy.builds[build].map { CalibrationSession($0) },
      SessionScorer(enforced, build: build, terms: policy.score),
      SessionScorer(shadowed, build: build, terms: policy.score))
  }

  mutating func add(
    _ bytes: [UInt8], from side: Side, milliseconds: Double, _ session: Session
  ) {
    guard var learnt = session.learnt else { return }
    session.scorer.read(bytes, from: side, milliseconds: milliseconds)
    session.observer.read(bytes, from: side, milliseconds: milliseconds)
    guard side == .client else { return }
    session.learnt = nil
    calibration.add(bytes, of: &learnt, at: Instant(milliseconds: milliseconds))
    session.learnt = learnt
  }

  mutating func finish(_ session: Session) {
    guard let learnt = session.learnt else {
      unknownBuilds += 1
      return
    }
    let player = session.scorer.account.map { "account \($0)" } ?? "session \(session.number)"
    let result = session.scorer.result
    outcomes.append(
      Outcome(
        file: session.file, client: session.client, player: player, seconds: learnt.seconds,
        result: result, needs: calibration.finish(learnt)))
    let names = Set(learnt.opcodes.compactMap { learnt.build.names[$0] })
    for name in names { senders[name, default: []].insert(player) }
    let observed = session.observer.result
    for (index, rule) in policy.rules.enumerated() {
      let broken = max(
        result.rules[rule.id]?.packets ?? 0, observed.rules[rule.id]?.packets ?? 0)
      if broken > 0 {
        rules[index].sessions += 1
        rules[index].players.insert(player)
        rules[index].packets += broken
      }
      guard broken > 0 || subjects[index].concern(names, of: session.build) else { continue }
      rules[index].concernedSessions += 1
      rules[index].concernedPlayers.insert(player)
    }
  }

  var players: Int { Set(outcomes.map(\.player)).count }
}

/// Which sessions a rule can say anything about.
private struct RuleSubjects {
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
