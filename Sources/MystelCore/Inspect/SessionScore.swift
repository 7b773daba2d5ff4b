/// What the findings of signatures in one session add up to: points with a half-life.
///
/// Only rules that name the tools they tell count. Others hold back packets, which harms nobody.
package struct SessionScore: Sendable, Equatable {
  /// What a score is held against, and how fast it fades.
  package struct Terms: Sendable, Equatable {
    /// Points from which the session is acted on. Default 100.
    package var threshold = 100.0
    /// Seconds after which points count half. Default ten minutes.
    package var halfLifeSeconds = 600.0
    /// What becomes of a session that passes it.
    package var mode = Configuration.Mode.enforce
    package init(
      threshold: Double = 100, halfLifeSeconds: Double = 600,
      mode: Configuration.Mode = .enforce
    ) {
      self.threshold = threshold
      self.halfLifeSeconds = halfLifeSeconds
      self.mode = mode
    }
  }

  private var points = 0.0
  private var at = Instant(nanoseconds: 0)

  package init() {}

  /// The points that are left.
  package func value(at now: Instant, _ terms: Terms) -> Double {
    guard points > 0, now > at else { return points }
    let seconds = Double(now.nanoseconds &- at.nanoseconds) / 1e9
    let halves = Int(seconds / terms.halfLifeSeconds)
    guard halves < 64 else { return 0 }
    // Between two halvings the score falls in a straight line, which needs no power.
    let rest = seconds / terms.halfLifeSeconds - Double(halves)
    return points / Double(UInt64(1) << UInt64(halves)) * (1 - rest / 2)
  }

  /// Adds a finding's weight. - Returns: whether the score passes the threshold by it.
  package mutating func add(_ weight: Int, at now: Instant, _ terms: Terms) -> Bool {
    let before = value(at: now, terms)
    points = min(before + Double(weight), 1e6)
    at = now
    return before < terms.threshold && points >= terms.threshold
  }
}

extension SessionScore.Terms {
  /// The half-life as configurations write it.
  package var halfLife: Duration {
    get { .milliseconds(Int64(halfLifeSeconds * 1000)) }
    set {
      let parts = newValue.components
      halfLifeSeconds = Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }
  }
}

/// A session's two scores: of the findings of rules in force, and of all findings, which is what would
/// have come of it with every rule in force.
package struct SessionScores: Sendable, Equatable {
  /// A score that has just passed the threshold.
  package struct Passed: Sendable, Equatable {
    /// Whether the session is ended for it.
    package var isEnforced: Bool
    package init(isEnforced: Bool) { self.isEnforced = isEnforced }
  }

  private var enforced = SessionScore()
  private var all = SessionScore()

  package init() {}

  /// - Returns: what has just passed the threshold, if anything; the score that acts comes first.
  package mutating func add(
    _ points: Int, isEnforced: Bool, _ now: Instant, _ terms: SessionScore.Terms
  ) -> Passed? {
    guard points > 0, terms.mode != .off else { return nil }
    let wouldAct = all.add(points, at: now, terms)
    let acts = isEnforced && enforced.add(points, at: now, terms)
    if acts { return Passed(isEnforced: terms.mode == .enforce) }
    return wouldAct ? Passed(isEnforced: false) : nil
  }

  /// The points now.
  package func value(
    isEnforced: Bool, _ now: Instant, _ terms: SessionScore.Terms
  ) -> Double {
    (isEnforced ? enforced : all).value(at: now, terms)
  }
}
