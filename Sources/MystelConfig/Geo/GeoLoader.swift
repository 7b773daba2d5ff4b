import Foundation
import MystelCore

/// GeoIP files to a policy: everything or nothing.
package enum GeoLoader {
  /// - Returns: nil where the mode is off.
  /// - Throws: every problem; a policy in force stays so.
  package static func load(
    _ rules: Configuration.GeoIP
  ) throws(ConfigurationProblems) -> GeoPolicy? {
    guard rules.mode != .off else { return nil }
    var problems: [Problem] = []
    let countries = read(rules.database, "reputation.geoip.database", &problems)
    let systems = read(rules.asnDatabase, "reputation.geoip.asn_database", &problems)
    guard problems.isEmpty else {
      throw ConfigurationProblems(problems: problems, warnings: [])
    }
    return GeoPolicy(rules: rules, countries: countries, systems: systems)
  }

  private static func read(
    _ path: String?, _ key: String, _ problems: inout [Problem]
  ) -> GeoDatabase? {
    guard let path else { return nil }
    do throws(GeoDatabase.Fault) {
      return try GeoDatabase(bytes(of: path))
    } catch {
      problems.append(
        Problem(
          file: path, line: nil, column: nil, key: key, message: error.description,
          suggestion: nil))
      return nil
    }
  }

  private static func bytes(of path: String) throws(GeoDatabase.Fault) -> [UInt8] {
    let attributes: [FileAttributeKey: Any]
    do {
      attributes = try FileManager.default.attributesOfItem(
        atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
    } catch {
      throw GeoDatabase.Fault(description: "cannot be opened: is it there, and may it be read?")
    }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw GeoDatabase.Fault(description: "is no regular file")
    }
    guard (attributes[.size] as? NSNumber)?.intValue ?? .max <= GeoDatabase.maximumBytes else {
      throw GeoDatabase.Fault(
        description: "is larger than \(GeoDatabase.maximumBytes >> 20) MiB, the most it may be")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw GeoDatabase.Fault(description: "cannot be read: may this user read it?")
    }
    return Array(data)
  }
}

extension CrossChecks {
  /// GeoIP that is on needs something to decide, and files to decide by.
  func geoip(_ findings: inout Findings) {
    let rules = configuration.geoip
    let section = "reputation.geoip"
    for (index, country) in rules.allowCountries.enumerated()
    where rules.denyCountries.contains(country) {
      let key = "\(section).allow_countries[\(index)]"
      findings.report(
        Complaint("\(country) is in deny_countries too"), at: key, findings.origin(of: key))
    }
    guard rules.mode != .off, findings.isSound("\(section).mode") else { return }
    let countries = rules.denyCountries + rules.allowCountries
    let complaints: [(key: String, isWrong: Bool, message: String)] = [
      (
        "database", rules.database == nil && !countries.isEmpty,
        "is missing: name the file that knows countries, or leave countries out"
      ),
      (
        "asn_database", rules.asnDatabase == nil && !rules.denyASNs.isEmpty,
        "is missing: name the file that knows autonomous systems, or leave deny_asns out"
      ),
      (
        "mode", countries.isEmpty && rules.denyASNs.isEmpty,
        "is \(rules.mode.rawValue), but no country and no network is named"
      ),
    ]
    let lists = ["deny_countries", "allow_countries", "deny_asns"]
    guard lists.allSatisfy({ findings.isSound("\(section).\($0)") }) else { return }
    for complaint in complaints where complaint.isWrong {
      let key = "\(section).\(complaint.key)"
      guard findings.isSound(key) else { continue }
      findings.report(Complaint(complaint.message), at: key, findings.origin(of: key))
    }
  }
}
