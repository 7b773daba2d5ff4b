import MystelCore

/// What a configuration is made of, as it was read: the bytes of the file, and the environment. Changes
/// of operators come on top of the file, and under the environment.
package struct ConfigurationSources: Sendable {
  /// What problems call the file; `environment` where there is none.
  package let name: String
  /// The file's path; nil where there is none.
  package let path: String?
  let bytes: [UInt8]?
  let environment: [String: String]

  /// Reads a file, or `MYSTEL_CONFIG`'s where `path` is nil. With neither there is the environment
  /// alone.
  ///
  /// - Throws: where the file cannot be read.
  package init(path: String?, environment: [String: String]) throws(ConfigurationProblems) {
    self.environment = environment
    self.path = path ?? environment[ConfigurationLoader.pathVariable]
    guard let path = self.path else {
      (name, bytes) = ("environment", nil)
      return
    }
    name = path.isEmpty ? "\"\"" : path
    switch ConfigurationFile.read(path) {
    case .success(let bytes): self.bytes = bytes
    case .failure(let complaint):
      let problem = Problem(
        file: name, line: nil, column: nil, key: "", message: complaint.message, suggestion: nil)
      throw ConfigurationProblems(problems: [problem], warnings: [])
    }
  }

  /// A text that stands for a file, without an environment.
  package init(text: String, name: String) {
    self.name = name
    (path, bytes, environment) = (nil, Array(text.utf8), [:])
  }

  /// The same file as it is now.
  ///
  /// - Throws: where it cannot be read.
  package func again() throws(ConfigurationProblems) -> ConfigurationSources {
    guard let path else { return self }
    return try ConfigurationSources(path: path, environment: environment)
  }

  /// The configuration, with an operator's change on top.
  ///
  /// - Throws: every problem; those of the change name it.
  package func load(
    _ change: ConfigurationChange? = nil
  ) throws(ConfigurationProblems) -> LoadedConfiguration {
    do throws(ConfigurationProblems) {
      return try ConfigurationLoader.load(
        bytes: bytes, name: name, environment: environment, change: change)
    } catch {
      guard bytes == nil, environment["MYSTEL_LISTENERS"] == nil,
        environment["MYSTEL_BACKENDS"] == nil
      else { throw error }
      // Who gives neither file nor lists has most likely forgotten the file.
      let problem = Problem(
        file: "environment", line: nil, column: nil, key: "",
        message:
          "no file was named: write --config FILE, or set \(ConfigurationLoader.pathVariable)",
        suggestion: nil)
      throw ConfigurationProblems(problems: [problem] + error.problems, warnings: error.warnings)
    }
  }

  /// A text that differs where the file, the change or the environment do.
  package func version(_ change: ConfigurationChange?) -> String {
    var hash = ContentHash()
    hash.add(String(decoding: bytes ?? [], as: UTF8.self))
    hash.add(change?.patch.text ?? "{}")
    for (name, value) in environment.sorted(by: { $0.key < $1.key })
    where name.hasPrefix("MYSTEL_") {
      hash.add("\(name)=\(value)")
    }
    return hash.text
  }

  /// Whether the file is another one by now.
  package var isOutdated: Bool {
    guard let path, case .success(let now) = ConfigurationFile.read(path, onlyRegular: true) else {
      return false
    }
    return now != bytes
  }
}
