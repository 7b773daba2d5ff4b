import Foundation
import MystelConfig
import MystelCore
import Testing

@Suite("GeoIP in the configuration") struct GeoConfigurationTests {
  private let files = repository.appending(path: "Tests/Geo")

  @Test("a file is loaded, and a reload that cannot read it is a problem")
  func loads() throws {
    let path = files.appending(path: "country-24.mmdb").path
    let text =
      minimal
      + "reputation: { geoip: { mode: enforce, database: \(path), deny_countries: [de] } }\n"
    let loaded = try ConfigurationLoader.load(text: text, name: "mystel.yaml")
    #expect(loaded.configuration.geoip.denyCountries == [CountryCode("DE")].compactMap { $0 })
    #expect(try GeoLoader.load(loaded.configuration.geoip) != nil)
    #expect(try GeoLoader.load(Configuration.GeoIP()) == nil)
  }

  @Test("a file that is missing, a directory, or no database is a problem with its key")
  func broken() throws {
    for (path, words) in [
      ("/nonexistent/x.mmdb", "cannot be opened"), ("/", "no regular file"),
      (files.appending(path: "expected.txt").path, "no MaxMind DB file"),
    ] {
      var rules = Configuration.GeoIP()
      rules.mode = .shadow
      rules.database = path
      do throws(ConfigurationProblems) {
        _ = try GeoLoader.load(rules)
        Issue.record("\(path) was taken")
      } catch {
        #expect(error.description.contains("reputation.geoip.database: "))
        #expect(error.description.contains(words), "\(error)")
      }
    }
  }

  @Test(
    "rules that cannot work are told",
    arguments: [
      ("mode: enforce", "no country and no network is named"),
      ("mode: enforce, deny_countries: [DE]", "geoip.database: is missing"),
      ("mode: shadow, deny_asns: [64500]", "asn_database: is missing"),
      ("deny_countries: [DE], allow_countries: [FR, DE]", "allow_countries[1]: DE is in"),
      ("deny_countries: [DEU]", "write two letters"),
      ("deny_countries: [NO]", "\"NO\""), ("deny_asns: [0]", "1 to 4294967295"),
      ("database: x.mmdb", "must begin with /"),
    ])
  func told(rules: String, words: String) {
    let found = problems(minimal + "reputation: { geoip: { \(rules) } }\n")
    #expect(found.count == 1)
    #expect(found.first?.contains(words) == true, "\(found)")
  }
}
