/// The configuration in force.
package struct ConfigurationAnswer: Codable, Sendable, Equatable {
  /// Changes with every change of what is in force: what `ifMatch` is compared with.
  package var version: String
  /// Of the latest change; 0 where there was none.
  package var number: Int
  /// Every key with the value in force, as a file that could be loaded.
  package var yaml: String
  /// Of the file; nil where there is none.
  package var path: String?
  /// What operators have changed, as a merge patch on the file.
  package var patch: JSONValue
  /// Whether changes outlive the gateway.
  package var isStored: Bool
  /// Why the changes are not in force; nil where they are.
  package var setAside: String?
  /// Keys whose value waits for the next start.
  package var awaitsRestart: [String]
  package var keys: [ConfigurationKey]

  package init(
    version: String, number: Int, yaml: String, path: String?, patch: JSONValue, isStored: Bool,
    setAside: String?, awaitsRestart: [String], keys: [ConfigurationKey]
  ) {
    self.version = version
    self.number = number
    self.yaml = yaml
    self.path = path
    self.patch = patch
    self.isStored = isStored
    self.setAside = setAside
    self.awaitsRestart = awaitsRestart
    self.keys = keys
  }
}

package struct ConfigurationKey: Codable, Sendable, Equatable {
  package var path: String
  package var type: String
  package var range: String
  package var summary: String
  package var value: JSONValue
  /// Nil where the key is required.
  package var usual: JSONValue?
  /// `file`, `environment`, `change` or `usual`.
  package var origin: String
  package var needsRestart: Bool
  /// Whether a change may not set it.
  package var isFileOnly: Bool

  package init(
    path: String, type: String, range: String, summary: String, value: JSONValue,
    usual: JSONValue?, origin: String, needsRestart: Bool, isFileOnly: Bool
  ) {
    self.path = path
    self.type = type
    self.range = range
    self.summary = summary
    self.value = value
    self.usual = usual
    self.origin = origin
    self.needsRestart = needsRestart
    self.isFileOnly = isFileOnly
  }
}

package struct ConfigurationDifference: Codable, Sendable, Equatable {
  package var path: String
  package var before: JSONValue
  package var after: JSONValue

  package init(path: String, before: JSONValue, after: JSONValue) {
    self.path = path
    self.before = before
    self.after = after
  }
}

/// One thing that is wrong, or doubtful.
package struct ConfigurationProblem: Codable, Sendable, Equatable, CustomStringConvertible {
  /// `mystel.yaml:12:5`, `change 12`, or a variable of the environment.
  package var place: String
  package var key: String
  package var message: String
  package var suggestion: String?

  package init(place: String, key: String, message: String, suggestion: String?) {
    self.place = place
    self.key = key
    self.message = message
    self.suggestion = suggestion
  }

  package var description: String {
    place + (key.isEmpty ? "" : ": \(key)") + ": \(message)"
      + (suggestion.map { "; did you mean \($0)?" } ?? "")
  }
}

package struct ConfigurationOrder: Codable, Sendable, Equatable {
  /// A merge patch (RFC 7396) on what operators have changed: null takes a change back.
  package var patch: JSONValue
  /// The version that it was made for; nil for whichever there is.
  package var ifMatch: String?
  /// For the history.
  package var note: String?

  package init(patch: JSONValue, ifMatch: String? = nil, note: String? = nil) {
    self.patch = patch
    self.ifMatch = ifMatch
    self.note = note
  }
}

package struct RollbackOrder: Codable, Sendable, Equatable {
  /// The change whose state comes back; 0 for the file alone.
  package var number: Int
  package var ifMatch: String?

  package init(number: Int, ifMatch: String? = nil) {
    self.number = number
    self.ifMatch = ifMatch
  }
}

package struct RuleModeOrder: Codable, Sendable, Equatable {
  package var id: String
  /// `off`, `shadow` or `enforce`.
  package var mode: String

  package init(id: String, mode: String) {
    self.id = id
    self.mode = mode
  }
}

/// What would become of a patch.
package struct ValidationAnswer: Codable, Sendable, Equatable {
  package var isValid: Bool
  package var problems: [ConfigurationProblem]
  package var warnings: [ConfigurationProblem]
  package var changes: [ConfigurationDifference]
  package var needsRestart: [String]

  package init(
    problems: [ConfigurationProblem] = [], warnings: [ConfigurationProblem] = [],
    changes: [ConfigurationDifference] = [], needsRestart: [String] = []
  ) {
    isValid = problems.isEmpty
    self.problems = problems
    self.warnings = warnings
    self.changes = changes
    self.needsRestart = needsRestart
  }
}

/// A change that is in force.
package struct AppliedAnswer: Codable, Sendable, Equatable {
  package var number: Int
  package var version: String
  package var changes: [ConfigurationDifference]
  package var warnings: [ConfigurationProblem]
  package var needsRestart: [String]
  package var isStored: Bool

  package init(
    number: Int, version: String, changes: [ConfigurationDifference],
    warnings: [ConfigurationProblem], needsRestart: [String], isStored: Bool
  ) {
    self.number = number
    self.version = version
    self.changes = changes
    self.warnings = warnings
    self.needsRestart = needsRestart
    self.isStored = isStored
  }
}

/// A change of the history.
package struct ChangeAnswer: Codable, Sendable, Equatable {
  package var number: Int
  /// Of the configuration that it made.
  package var version: String
  /// By the wall clock, as `2026-11-24 10:00:00` UTC.
  package var at: String
  package var by: String
  package var note: String
  /// `apply` or `rollback`.
  package var kind: String
  package var changes: [ConfigurationDifference]

  package init(
    number: Int, version: String, at: Int64, by: String, note: String, kind: String,
    changes: [ConfigurationDifference]
  ) {
    self.number = number
    self.version = version
    self.at = CalendarTime.text(at)
    self.by = by
    self.note = note
    self.kind = kind
    self.changes = changes
  }
}
