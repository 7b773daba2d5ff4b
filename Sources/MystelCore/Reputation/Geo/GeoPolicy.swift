import MystelWire

/// Which countries and autonomous systems may play: asked once a session, never per packet.
package struct GeoPolicy: Sendable {
  package let rules: Configuration.GeoIP
  private let countries: GeoDatabase?
  private let systems: GeoDatabase?

  /// - Parameter countries: the file that countries are looked up in, nil where none are.
  /// - Parameter systems: the file that autonomous systems are looked up in, nil where none are.
  package init(rules: Configuration.GeoIP, countries: GeoDatabase?, systems: GeoDatabase?) {
    self.rules = rules
    self.countries = countries
    self.systems = systems
  }

  /// What the files know of an address.
  package struct Place: Sendable, Equatable {
    package var country: CountryCode?
    package var system: UInt32?
  }

  package func place(of address: IPAddress) -> Place {
    Place(country: countries?.country(of: address), system: systems?.system(of: address))
  }

  /// Why an address may not play, whatever the mode; nil if it may.
  ///
  /// Private and loopback addresses are in no country. With `allow_countries` an address that the
  /// file does not know is refused.
  package func refusal(of address: IPAddress) -> Reason? {
    guard rules.mode != .off, !address.isLocallyScoped else { return nil }
    if !rules.denyASNs.isEmpty, let system = systems?.system(of: address),
      rules.denyASNs.contains(system)
    {
      return .networkDenied
    }
    guard !rules.denyCountries.isEmpty || !rules.allowCountries.isEmpty else { return nil }
    let country = countries?.country(of: address)
    if let country, rules.denyCountries.contains(country) { return .countryDenied }
    if !rules.allowCountries.isEmpty, country.map({ !rules.allowCountries.contains($0) }) ?? true {
      return .countryDenied
    }
    return nil
  }
}
