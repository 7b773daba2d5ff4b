import MystelWire

/// What one worker's sessions were found to break: exact counts by rule, and the latest findings.
///
/// Touched only on the worker's loop.
package struct RuleTally {
  /// The most findings kept between two calls of `takeRecent`.
  package static let capacity = 256

  /// How often a rule was broken.
  package struct Count: Sendable, Equatable {
    /// Packets it acted on.
    package var enforced: UInt64 = 0
    /// Packets it would have acted on.
    package var shadowed: UInt64 = 0

    package init(enforced: UInt64 = 0, shadowed: UInt64 = 0) {
      self.enforced = enforced
      self.shadowed = shadowed
    }

    package static func + (left: Count, right: Count) -> Count {
      Count(
        enforced: left.enforced &+ right.enforced, shadowed: left.shadowed &+ right.shadowed)
    }
  }

  /// A finding with what is needed to put it into words.
  package struct Recent: Sendable {
    package var session: UInt64
    package var finding: Finding
    package var build: BuildPolicy
    package var rule: Rule
    package var client: IPAddress
    /// The account that the server named; nil before it accepted the login.
    package var account: UInt64?
    /// The session's score with this finding.
    package var score: Double
    /// The packet's first bytes; empty where there was no room to keep them.
    package var packet: [UInt8]
    /// Counts the findings of a worker.
    package var number: UInt64
  }

  /// A session whose score passed the threshold.
  package struct Act {
    package var session: UInt64
    package var client: IPAddress
    package var account: UInt64?
    package var score: Double
    /// Whether it was ended for it.
    package var isEnforced: Bool
    /// The finding that did it.
    package var last: Recent?
  }

  /// Whose findings are told.
  struct Sender {
    var session: UInt64
    var client: IPAddress
    var account: UInt64?
  }

  /// By place in `policy.rules`.
  private var current: [Count] = []
  private var shadowed = ShadowedSessions()
  private var policy: InspectionPolicy?
  /// Counts under earlier policies, by rule id.
  private var earlier: [String: Count] = [:]
  private var recent: [Recent] = []
  private var acts: [Act] = []
  private var number: UInt64 = 0
  /// Findings that were counted and not kept.
  package private(set) var unkept: UInt64 = 0

  /// Takes in what a read of a session found, and adds it to the session's scores.
  ///
  /// - Returns: whether the session is to be ended for its score.
  mutating func add(
    _ buffer: borrowing FindingBuffer, of sender: Sender, build: BuildPolicy,
    policy: InspectionPolicy, scores: inout SessionScores, now: Instant
  ) -> Bool {
    adopt(policy)
    var ends = false
    for finding in buffer.findings {
      let index = Int(finding.rule)
      guard index < current.count else { continue }
      if finding.isEnforced {
        current[index].enforced &+= 1
      } else {
        current[index].shadowed &+= 1
        shadowed.add(sender.session, rule: index)
      }
      let passed = scores.add(
        policy.points[index], isEnforced: finding.isEnforced, now, policy.score)
      if recent.count < Self.capacity {
        recent.append(
          Recent(
            session: sender.session, finding: finding, build: build, rule: policy.rules[index],
            client: sender.client, account: sender.account,
            score: scores.value(isEnforced: finding.isEnforced, now, policy.score),
            packet: buffer.packet(of: finding), number: number))
        number &+= 1
      } else {
        unkept &+= 1
      }
      guard let passed else { continue }
      act(passed, sender, scores.value(isEnforced: passed.isEnforced, now, policy.score))
      ends = ends || passed.isEnforced
    }
    guard buffer.overflow > 0 else { return ends }
    unkept &+= buffer.overflow
    for (index, count) in zip(current.indices, buffer.overflowByRule) {
      current[index] = current[index] + count
      if count.shadowed > 0 { shadowed.add(sender.session, rule: index) }
    }
    return ends
  }

  private mutating func act(_ passed: SessionScores.Passed, _ sender: Sender, _ score: Double) {
    guard acts.count < Self.capacity else { return }
    acts.append(
      Act(
        session: sender.session, client: sender.client, account: sender.account, score: score,
        isEnforced: passed.isEnforced,
        last: recent.last.flatMap { $0.session == sender.session ? $0 : nil }))
  }

  /// The sessions whose score passed the threshold since this was last called.
  package mutating func takeActs() -> [Act] {
    defer { acts.removeAll(keepingCapacity: true) }
    return acts
  }

  /// The findings since this was last called, and how many more there were.
  package mutating func takeRecent() -> (findings: [Recent], unkept: UInt64) {
    defer {
      recent.removeAll(keepingCapacity: true)
      unkept = 0
    }
    return (recent, unkept)
  }

  /// Everything counted, by rule id.
  package var counts: [String: Count] {
    var all = earlier
    for (index, count) in current.enumerated() where count != Count() {
      guard let id = policy?.rules[index].id else { continue }
      all[id] = (all[id] ?? Count()) + count
    }
    return all
  }

  /// In how many sessions rules would have acted, by rule id.
  package var shadowedSessions: [String: Int] { shadowed.counts(policy?.rules.map(\.id) ?? []) }

  /// Numbers of rules change with the policy; their ids do not.
  private mutating func adopt(_ policy: InspectionPolicy) {
    guard policy !== self.policy else { return }
    earlier = counts
    shadowed.leave(self.policy?.rules.map(\.id) ?? [])
    shadowed.adopt(policy.rules.map(\.id))
    self.policy = policy
    current = [Count](repeating: Count(), count: policy.rules.count)
  }
}
