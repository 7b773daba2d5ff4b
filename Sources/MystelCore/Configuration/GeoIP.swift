extension Configuration {
  /// Which countries and networks may play, by files that the operator supplies.
  package struct GeoIP: Sendable, Equatable {
    package var mode = Mode.off
    /// A MaxMind DB file that knows countries.
    package var database: String?
    /// A MaxMind DB file that knows autonomous systems.
    package var asnDatabase: String?
    package var denyCountries: [CountryCode] = []
    /// If any, only these may play.
    package var allowCountries: [CountryCode] = []
    package var denyASNs: [UInt32] = []
    package init() {}
  }
}
