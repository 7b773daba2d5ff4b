import MystelCore

/// One thing wrong with the configuration: where, in which key, what, and what was probably meant.
package struct Problem: Error, Equatable, CustomStringConvertible {
  /// The configuration file as the operator named it, the `MYSTEL_` variable, or `environment`.
  package var file: String
  /// 1-based; nil where the problem is not in a file.
  package var line: Int?
  /// 1-based, counted in Unicode scalars (a tab is one); nil where the problem is not in a file.
  package var column: Int?
  /// The dotted path, such as `listeners[0].bind`; empty for a problem of the whole source.
  package var key: String
  package var message: String
  /// What the operator probably meant, ready to paste.
  package var suggestion: String?

  /// `file:line:column: key: message; did you mean suggestion?`
  package var description: String {
    var text = file
    if let line { text += ":\(line)" }
    if let column { text += ":\(column)" }
    if !key.isEmpty { text += ": \(key)" }
    text += ": \(message)"
    if let suggestion { text += "; did you mean \(suggestion)?" }
    return text
  }
}

/// Why a configuration was refused: every problem found in one pass.
package struct ConfigurationProblems: Error, Equatable, CustomStringConvertible {
  /// Exit status of a command that was given an unusable configuration: `EX_CONFIG`.
  package static let exitStatus: Int32 = 78
  /// Problems printed before the rest is only counted.
  package static let printedProblems = 100

  /// In the order of the source; never empty.
  package var problems: [Problem]
  /// What else is doubtful, but would not have been refused.
  package var warnings: [Problem]

  /// One line a problem.
  package var description: String {
    var lines = problems.prefix(Self.printedProblems).map(\.description)
    if problems.count > Self.printedProblems {
      lines.append("and \(problems.count - Self.printedProblems) more problems")
    }
    return lines.joined(separator: "\n")
  }
}

/// A configuration that may be used, and what is doubtful in it.
package struct LoadedConfiguration: Sendable, Equatable {
  package var configuration: Configuration
  /// In the order of the source.
  package var warnings: [Problem]
  /// Where keys have their values from, by path; those that are missing have their usual ones.
  package var origins: [String: KeyOrigin] = [:]
  /// Where keys stand that were given.
  package var places = KeyPlaces()
}

/// Where a key has its value from.
package enum KeyOrigin: String, Sendable, Equatable {
  case file, environment, change, usual
}
