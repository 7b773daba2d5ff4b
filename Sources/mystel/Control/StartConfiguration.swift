import Logging
import MystelConfig
import MystelCore

/// What a gateway starts with: the file, and what operators had changed.
struct StartConfiguration: Sendable {
  let candidate: Candidate
  let keeper: ChangeKeeper

  /// The file alone must hold. Changes that do not fit it are set aside, and are no reason not to
  /// start.
  ///
  /// - Parameter ignoringChanges: whether the file alone is to hold.
  /// - Throws: every problem of the file.
  init(
    path: String?, environment: [String: String], ignoringChanges: Bool = false
  ) throws(ConfigurationProblems) {
    let sources = try ConfigurationSources(path: path, environment: environment)
    let file = try sources.load().configuration
    var keeper = ChangeKeeper(file.management, environment: environment)
    if ignoringChanges, keeper.change != nil {
      keeper.putAside("--ignore-changes: the gateway was started without them")
    }
    do throws(ConfigurationProblems) {
      candidate = try Candidate(sources, change: keeper.change)
    } catch {
      guard keeper.change != nil else { throw error }
      keeper.putAside("\(error)")
      candidate = try Candidate(sources)
    }
    self.keeper = keeper
  }

  /// A configuration that no file says, with changes in memory.
  ///
  /// - Throws: every problem of it.
  init(_ configuration: Configuration, name: String) throws(ConfigurationProblems) {
    candidate = try Candidate(
      ConfigurationSources(text: resolvedYAML(configuration), name: name))
    keeper = ChangeKeeper(Configuration.Management(), environment: [:])
  }

  /// Tells what is doubtful.
  func report(to logger: Logger) {
    for warning in candidate.warnings { logger.warning("\(warning)") }
    if let cause = keeper.setAside {
      logger.error(
        """
        changes of operators are set aside, and the file alone is in force: \(cause)
        """)
    } else if let change = keeper.change {
      logger.notice(
        "changes of operators are on top of the file", metadata: ["change": "\(change.number)"])
    }
  }
}
