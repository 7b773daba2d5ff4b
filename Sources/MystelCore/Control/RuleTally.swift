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
  }

  /// By place in `policy.rules`.
  private var current: [Count] = []
  private var policy: InspectionPolicy?
  /// Counts under earlier policies, by rule id.
  private var earlier: [String: Count] = [:]
  private var recent: [Recent] = []
  /// Findings that were counted and not kept.
  package private(set) var unkept: UInt64 = 0

  /// Takes in what a read of a session found.
  mutating func add(
    _ buffer: borrowing FindingBuffer, session: UInt64, build: BuildPolicy,
    policy: InspectionPolicy
  ) {
    adopt(policy)
    for finding in buffer.findings {
      let index = Int(finding.rule)
      guard index < current.count else { continue }
      if finding.isEnforced {
        current[index].enforced &+= 1
      } else {
        current[index].shadowed &+= 1
      }
      if recent.count < Self.capacity {
        recent.append(
          Recent(
            session: session, finding: finding, build: build, rule: policy.rules[index]))
      } else {
        unkept &+= 1
      }
    }
    guard buffer.overflow > 0 else { return }
    unkept &+= buffer.overflow
    for (index, count) in zip(current.indices, buffer.overflowByRule) {
      current[index] = current[index] + count
    }
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

  /// Numbers of rules change with the policy; their ids do not.
  private mutating func adopt(_ policy: InspectionPolicy) {
    guard policy !== self.policy else { return }
    earlier = counts
    self.policy = policy
    current = [Count](repeating: Count(), count: policy.rules.count)
  }
}
