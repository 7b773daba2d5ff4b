import MystelCore

/// What `mystel check` prints, and its exit status.
package struct CheckReport: Sendable, Equatable {
  /// The resolved configuration as YAML, and as comments below what packets would be held to; empty
  /// where either was refused. For standard output.
  package var output: String
  /// Problems and warnings, one a line. For standard error.
  package var diagnostics: String
  /// 0, or `ConfigurationProblems.exitStatus`.
  package var status: Int32

  /// Checks the configuration, the packs and the rules that `mystel run` would load.
  package init(path: String?, environment: [String: String]) {
    var warnings: [Problem] = []
    do throws(ConfigurationProblems) {
      let loaded = try ConfigurationLoader.load(path: path, environment: environment)
      warnings = loaded.warnings
      let inspection = try CheckReport.load(loaded.configuration)
      warnings += inspection.warnings
      output =
        resolvedYAML(loaded.configuration)
        + CheckReport.summary(of: inspection, profile: loaded.configuration.inspection.profile)
      diagnostics = CheckReport.lines(warnings: warnings)
      status = 0
    } catch {
      output = ""
      diagnostics = "\(error)\n" + CheckReport.lines(warnings: warnings + error.warnings)
      status = ConfigurationProblems.exitStatus
    }
  }

  /// Loads every file that the configuration names, and reports the problems of all of them.
  private static func load(
    _ configuration: Configuration
  ) throws(ConfigurationProblems) -> LoadedInspection {
    var problems: [Problem] = []
    do throws(ConfigurationProblems) {
      _ = try GeoLoader.load(configuration.geoip)
    } catch {
      problems += error.problems
    }
    do throws(ConfigurationProblems) {
      let inspection = try InspectionLoader.load(for: configuration)
      if problems.isEmpty { return inspection }
    } catch {
      problems += error.problems
    }
    throw ConfigurationProblems(problems: problems, warnings: [])
  }

  /// What there is to hold packets to, as YAML comments, so that the whole stays a configuration.
  private static func summary(
    of inspection: LoadedInspection, profile: InspectionPolicy.Profile
  ) -> String {
    let builds = inspection.packs.packs.map { pack in
      "\(pack.build)" + (inspection.packs.imported.contains(pack.build) ? " (imported)" : "")
    }
    let modes = Configuration.Mode.allCases.reversed().map { mode in
      "\(inspection.policy.modes.count { $0 == mode }) \(mode.rawValue)"
    }
    return """
      # packs \(inspection.packs.contentHash): \(builds.count) builds, \
      \(builds.joined(separator: ", "))
      # profile \(profile.rawValue): \(inspection.policy.rules.count) rules, \
      \(modes.joined(separator: ", "))

      """
  }

  private static func lines(warnings: [Problem]) -> String {
    warnings.prefix(ConfigurationProblems.printedProblems).map { "warning: \($0)\n" }.joined()
  }
}
