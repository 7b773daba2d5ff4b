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
    do throws(ConfigurationProblems) {
      let sources = try ConfigurationSources(path: path, environment: environment)
      let file = try Candidate(sources)
      let (candidate, note) = CheckReport.withChanges(file, environment)
      output =
        resolvedYAML(candidate.configuration)
        + CheckReport.summary(
          of: candidate.inspection, profile: candidate.configuration.inspection.profile)
      diagnostics = CheckReport.lines(warnings: candidate.warnings) + note
      status = 0
    } catch {
      output = ""
      diagnostics = "\(error)\n" + CheckReport.lines(warnings: error.warnings)
      status = ConfigurationProblems.exitStatus
    }
  }

  /// A configuration with what operators changed on top, as `mystel run` would take it, and what is to
  /// be said of that.
  private static func withChanges(
    _ file: Candidate, _ environment: [String: String]
  ) -> (Candidate, note: String) {
    guard
      let path = ChangeFile.place(file.configuration.management, environment)
    else { return (file, "") }
    do {
      let book = try ChangeFile(path: path).read()
      guard book.patch != .empty else { return (file, "") }
      let change = ConfigurationChange(number: book.number, patch: book.patch)
      let candidate = try Candidate(file.sources, change: change)
      return (candidate, "note: change \(book.number) of \(path) is on top of the file\n")
    } catch {
      return (file, "warning: changes of operators would be set aside: \(error)\n")
    }
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
