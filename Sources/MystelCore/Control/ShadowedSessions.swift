/// In how many sessions each rule would have acted, had it been in force. Exact up to a bound.
///
/// Touched only on the worker's loop, and only when something was found.
struct ShadowedSessions {
  /// The most sessions told apart for one rule; from there on the number stays.
  static let most = 4096

  private struct Rule {
    /// The latest, so that one session that breaks a rule again and again costs a comparison.
    var last: UInt64?
    var sessions: Set<UInt64> = []
  }

  /// By place in the policy's rules.
  private var current: [Rule] = []
  /// Under earlier policies, by rule id.
  private var earlier: [String: Rule] = [:]

  mutating func add(_ session: UInt64, rule: Int) {
    guard rule < current.count, current[rule].last != session else { return }
    current[rule].last = session
    guard current[rule].sessions.count < Self.most else { return }
    current[rule].sessions.insert(session)
  }

  /// Numbers of rules change with the policy; their ids do not.
  mutating func adopt(_ ids: [String]) {
    current = ids.map { earlier[$0] ?? Rule() }
  }

  /// Keeps what was counted under a policy that is no longer in force.
  mutating func leave(_ ids: [String]) {
    for (id, rule) in zip(ids, current) where !rule.sessions.isEmpty { earlier[id] = rule }
  }

  /// By rule id, of those that found something.
  func counts(_ ids: [String]) -> [String: Int] {
    var all = earlier.mapValues(\.sessions.count)
    for (id, rule) in zip(ids, current) where !rule.sessions.isEmpty {
      all[id] = rule.sessions.count
    }
    return all
  }
}
