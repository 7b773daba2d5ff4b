import MystelCore

extension Limits {
  /// The default limits without those on rates, for tests that let no time pass.
  package static var unmetered: Limits {
    var limits = Limits()
    limits.session = .none
    limits.sources = .none
    return limits
  }
}
