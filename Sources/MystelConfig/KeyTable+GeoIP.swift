import MystelCore

extension KeyTable {
  static let geoipSection = Table<Document>.Section(
    path: "reputation.geoip",
    reason: """
      Which countries and networks may play, asked once a session. The files are the operator's \
      own (MaxMind, DB-IP, IPinfo); a reload reads them again.
      """)

  static var geoipRows: [Row<Document>] {
    [
      .scalar(
        "reputation.geoip.mode", \.configuration.geoip.mode, .choice(),
        "`shadow` counts whom it would refuse, `enforce` refuses them."),
      .scalar(
        "reputation.geoip.database", \.configuration.geoip.database, .path,
        "A MaxMind DB file (`.mmdb`) that knows the countries of addresses."
      ).inFileOnly(),
      .scalar(
        "reputation.geoip.asn_database", \.configuration.geoip.asnDatabase, .path,
        "A MaxMind DB file that knows their autonomous systems."
      ).inFileOnly(),
      .list(
        "reputation.geoip.deny_countries", \.configuration.geoip.denyCountries, of: .country,
        atMost: 250, "Countries that nobody may play from."),
      .list(
        "reputation.geoip.allow_countries", \.configuration.geoip.allowCountries, of: .country,
        atMost: 250,
        """
        If any, the only countries to play from; addresses that the file does not know are refused \
        too, private ones are not.
        """),
      .list(
        "reputation.geoip.deny_asns", \.configuration.geoip.denyASNs, of: .integer(1...UInt32.max),
        atMost: 10_000,
        "Numbers of autonomous systems that nobody may play from, such as those of data centres."),
    ]
  }
}

extension Grammar where Value == CountryCode {
  /// Two letters.
  static let country = Grammar(
    type: "country", range: "two letters of ISO 3166-1, such as `DE`",
    schema: .object([.init("type", "string"), .init("pattern", "^[A-Za-z]{2}$")]),
    parse: { scalar in
      guard let code = CountryCode(scalar.text) else {
        return .failure(
          Complaint("\(shown(scalar.text)) is no country: write two letters, such as DE"))
      }
      // Norway's letters are a boolean to YAML 1.1.
      guard !scalar.isPlain || code != CountryCode("NO") else {
        return .failure(
          Complaint(
            "\(scalar.text) without quotes is not text to every YAML reader", meant: "\"NO\""))
      }
      return .success(code)
    },
    print: { JSON.quote($0.description) })
}
