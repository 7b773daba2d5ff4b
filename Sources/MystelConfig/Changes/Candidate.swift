import MystelCore

/// A configuration with everything that it names loaded, ready to be put into force.
package struct Candidate: Sendable {
  package let sources: ConfigurationSources
  /// What operators changed; nil for the file alone.
  package let change: ConfigurationChange?
  package let loaded: LoadedConfiguration
  package let inspection: LoadedInspection
  package let geo: GeoPolicy?
  package let secrets: Secrets

  package var configuration: Configuration { loaded.configuration }
  package var version: String { sources.version(change) }
  package var warnings: [Problem] { loaded.warnings + inspection.warnings }

  /// Loads the configuration, then every file that it names.
  ///
  /// - Throws: every problem.
  package init(
    _ sources: ConfigurationSources, change: ConfigurationChange? = nil
  ) throws(ConfigurationProblems) {
    // An empty patch is none.
    let change = change?.patch == .empty ? nil : change
    self.sources = sources
    self.change = change
    // The next start may have to do without the change.
    if change != nil { _ = try sources.load() }
    loaded = try sources.load(change)
    var problems: [Problem] = []
    var geo: GeoPolicy?
    do throws(ConfigurationProblems) {
      geo = try GeoLoader.load(loaded.configuration.geoip)
    } catch {
      problems += error.problems
    }
    var secrets = Secrets()
    do throws(ConfigurationProblems) {
      secrets = try Secrets.load(loaded.configuration, environment: sources.environment)
    } catch {
      let places = loaded.places
      problems += error.problems.map { places.placed($0) }
    }
    do throws(ConfigurationProblems) {
      let inspection = try InspectionLoader.load(for: loaded.configuration)
      if problems.isEmpty {
        (self.inspection, self.geo, self.secrets) = (inspection, geo, secrets)
        return
      }
    } catch {
      problems += error.problems
    }
    throw ConfigurationProblems(
      problems: problems.map { Candidate.placed($0, change) }, warnings: loaded.warnings)
  }

  /// What is wrong with a value that the change has put there is the change's.
  private static func placed(_ problem: Problem, _ change: ConfigurationChange?) -> Problem {
    // `backends[0].builds` is of the list `backends`.
    let key = String(problem.key.prefix { $0 != "[" })
    guard let change, problem.line == nil, change.patch[key] != nil else { return problem }
    var problem = problem
    problem.file = "change \(change.number)"
    return problem
  }
}

extension ConfigurationProblem {
  package init(_ problem: Problem) {
    let places = [problem.line, problem.column].compactMap { $0.map { ":\($0)" } }
    self.init(
      place: problem.file + places.joined(), key: problem.key, message: problem.message,
      suggestion: problem.suggestion)
  }
}
