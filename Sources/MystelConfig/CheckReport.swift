/// What `mystel check` prints, and its exit status.
package struct CheckReport: Sendable, Equatable {
  /// The resolved configuration as YAML, empty where it was refused. For standard output.
  package var output: String
  /// Problems and warnings, one a line. For standard error.
  package var diagnostics: String
  /// 0, or `ConfigurationProblems.exitStatus`.
  package var status: Int32

  /// Checks the configuration that `mystel run` would load.
  package init(path: String?, environment: [String: String]) {
    do throws(ConfigurationProblems) {
      let loaded = try ConfigurationLoader.load(path: path, environment: environment)
      _ = try GeoLoader.load(loaded.configuration.geoip)
      output = resolvedYAML(loaded.configuration)
      diagnostics = CheckReport.lines(warnings: loaded.warnings)
      status = 0
    } catch {
      output = ""
      diagnostics = "\(error)\n" + CheckReport.lines(warnings: error.warnings)
      status = ConfigurationProblems.exitStatus
    }
  }

  private static func lines(warnings: [Problem]) -> String {
    warnings.prefix(ConfigurationProblems.printedProblems).map { "warning: \($0)\n" }.joined()
  }
}
