/// Whether the gateway is under attack: three states, from what was measured each second.
///
/// Up at once, when a signal stood beyond its threshold for two seconds; down one state at a time,
/// when all signals have been below three quarters of the state's thresholds for `calm`. Each state
/// tightens admission alone, never a session that is in the game.
package struct AdmissionControl: Sendable {
  package enum State: UInt8, CaseIterable, Comparable, Sendable {
    case normal, elevated, underAttack

    package static func < (left: State, right: State) -> Bool { left.rawValue < right.rawValue }

    /// `under_attack`.
    package var label: String {
      switch self {
      case .normal: "normal"
      case .elevated: "elevated"
      case .underAttack: "under_attack"
      }
    }
  }

  /// What was measured over one second.
  package struct Sample: Sendable, Equatable {
    /// Connections accepted or refused.
    package var connections: UInt64 = 0
    /// Connections that ended silent, or in a way that no player's does.
    package var failures: UInt64 = 0
    /// The longest an event loop was late.
    package var loopLagNanoseconds: UInt64 = 0

    package init(
      connections: UInt64 = 0, failures: UInt64 = 0, loopLagNanoseconds: UInt64 = 0
    ) {
      self.connections = connections
      self.failures = failures
      self.loopLagNanoseconds = loopLagNanoseconds
    }
  }

  /// A change of state, and what brought it about.
  package struct Change: Sendable, Equatable {
    package var from: State
    package var to: State
    package var why: String
  }

  package private(set) var state = State.normal
  package private(set) var settings: AdmissionSettings
  /// Seconds in a row beyond each state's thresholds.
  private var beyond: (elevated: Int, underAttack: Int) = (0, 0)
  private var calmSince: Instant?

  /// Seconds in a row that a signal has to last.
  private static let secondsToRise = 2

  package init(_ settings: AdmissionSettings) { self.settings = settings }

  /// Puts other settings into force; the state stays until the next measurements change it.
  package mutating func adopt(_ settings: AdmissionSettings) { self.settings = settings }

  /// Takes in one second. - Returns: the change, where there is one.
  package mutating func observe(_ sample: Sample, now: Instant) -> Change? {
    guard settings.mode != .off else { return set(.normal, "admission is off") }
    let attack = reason(sample, settings.underAttack, scale: 4)
    let elevation = reason(sample, settings.elevated, scale: 4)
    beyond.underAttack = attack == nil ? 0 : beyond.underAttack + 1
    beyond.elevated = elevation == nil ? 0 : beyond.elevated + 1
    if let attack, beyond.underAttack >= Self.secondsToRise, state < .underAttack {
      return set(.underAttack, attack)
    }
    if let elevation, beyond.elevated >= Self.secondsToRise, state < .elevated {
      return set(.elevated, elevation)
    }
    return fall(sample, now: now)
  }

  private mutating func fall(_ sample: Sample, now: Instant) -> Change? {
    let threshold = state == .underAttack ? settings.underAttack : settings.elevated
    guard state != .normal, reason(sample, threshold, scale: 3) == nil else {
      calmSince = nil
      return nil
    }
    let since = calmSince ?? now
    calmSince = since
    guard since + settings.calm <= now else { return nil }
    return set(state == .underAttack ? .elevated : .normal, "calm for \(settings.calm)")
  }

  private mutating func set(_ next: State, _ why: String) -> Change? {
    guard next != state else { return nil }
    defer {
      state = next
      calmSince = nil
    }
    return Change(from: state, to: next, why: why)
  }

  /// Which signal is beyond `scale` quarters of its threshold; nil for none.
  private func reason(
    _ sample: Sample, _ threshold: AdmissionSettings.Threshold, scale: UInt64
  ) -> String? {
    if sample.connections * 4 >= UInt64(threshold.connectionsPerSecond) * scale {
      return "\(sample.connections) connections a second"
    }
    if sample.failures * 4 >= UInt64(threshold.failuresPerSecond) * scale {
      return "\(sample.failures) silent or failed connections a second"
    }
    let lag = (Instant(nanoseconds: 0) + threshold.loopLag).nanoseconds
    if sample.loopLagNanoseconds / scale * 4 >= lag {
      return "an event loop \(sample.loopLagNanoseconds / 1_000_000) ms late"
    }
    return nil
  }

  /// How much harder admission is in the present state.
  package var tightening: Tightening {
    guard settings.mode == .enforce else { return Tightening() }
    return switch state {
    case .normal: Tightening()
    case .elevated: Tightening(prefixFactor: 2)
    case .underAttack:
      Tightening(prefixFactor: 4, strangersPerSecond: settings.strangersPerSecond)
    }
  }

  /// The longest a client may take for its keys; nil for the usual.
  package var keys: Duration? {
    guard settings.mode == .enforce else { return nil }
    return switch state {
    case .normal: nil
    case .elevated: settings.elevated.keys
    case .underAttack: settings.underAttack.keys
    }
  }
}
