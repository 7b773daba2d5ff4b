import MystelCore

/// A secret as it is used; never printed.
package struct SecretText: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  package let text: String
  package init(_ text: String) { self.text = text }
  package var description: String { "***" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The secrets that a configuration names, read from where they stand.
package struct Secrets: Sendable, Equatable {
  /// By the key of the configuration that names them: `launcher.key`, `webhooks[0].url`.
  private var texts: [String: SecretText] = [:]

  package init() {}

  package subscript(_ key: String) -> SecretText? { texts[key] }

  /// The fewest characters of a key that others must not guess: 128 bits in hex are 32, in base64 22.
  private static let leastKeyCharacters = 22
  private static let mostBytes = 4096

  /// Reads all of them.
  ///
  /// - Throws: every one that cannot be used, and why; never what it says.
  package static func load(
    _ configuration: Configuration, environment: [String: String]
  ) throws(ConfigurationProblems) -> Secrets {
    var secrets = Secrets()
    var problems: [Problem] = []
    func read(_ source: SecretSource?, _ key: String, least: Int, maker: String? = nil) {
      guard let source else { return }
      switch text(of: source, environment, least: least) {
      case .success(let text): secrets.texts[key] = SecretText(text)
      case .failure(let complaint):
        var message = "\(source) \(complaint.message)"
        if let maker, case .file(let path) = source, !ConfigurationFile.exists(path) {
          message += ": `\(maker) \(path)` makes it"
        }
        problems.append(Problem(file: "configuration", key: key, message: message))
      }
    }
    read(configuration.launcher.key, "launcher.key", least: leastKeyCharacters)
    read(configuration.teraAPI.key, "tera_api.key", least: 1)
    for (index, webhook) in configuration.webhooks.enumerated() {
      read(webhook.secret, "webhooks[\(index)].secret", least: leastKeyCharacters)
      guard case .secret(let source) = webhook.place else { continue }
      let key = "webhooks[\(index)].url"
      read(source, key, least: 1)
      if let text = secrets[key]?.text, WebAddress(text, allowingQuery: true) == nil {
        problems.append(
          Problem(file: "configuration", key: key, message: "\(source) holds no http or https URL"))
      }
    }
    for (index, listener) in configuration.listeners.enumerated() {
      // What a key of the tunnel has to be is said by whoever uses it.
      let maker = "mystel tunnel keygen" + (listener.tunnel.suite == .psk ? " --psk" : "")
      read(listener.tunnel.key, "listeners[\(index)].tunnel.key", least: 1, maker: maker)
    }
    for (index, backend) in configuration.backends.enumerated() {
      read(
        backend.tunnel.key, "backends[\(index)].tunnel.key", least: 1, maker: "mystel tunnel keygen"
      )
    }
    guard problems.isEmpty else { throw ConfigurationProblems(problems: problems, warnings: []) }
    return secrets
  }

  private static func text(
    of source: SecretSource, _ environment: [String: String], least: Int
  ) -> Result<String, Complaint> {
    var text: String
    switch source {
    case .variable(let name):
      guard let value = environment[name] else { return .failure(Complaint("is not set")) }
      text = value
    case .file(let path):
      if let complaint = ConfigurationFile.exposure(of: path) { return .failure(complaint) }
      switch ConfigurationFile.read(path, onlyRegular: true, most: mostBytes) {
      case .failure(let complaint): return .failure(complaint)
      case .success(let bytes):
        guard bytes.count <= mostBytes else {
          return .failure(Complaint("is longer than \(mostBytes) bytes"))
        }
        text = String(decoding: bytes, as: UTF8.self)
      }
    }
    while let last = text.unicodeScalars.last, "\r\n".unicodeScalars.contains(last) {
      text.unicodeScalars.removeLast()
    }
    // It becomes part of a request's head.
    guard text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      return .failure(Complaint("holds something else than one line of plain characters"))
    }
    guard text.utf8.count >= least else {
      return .failure(
        Complaint(
          text.isEmpty
            ? "is empty"
            : "is shorter than \(least) characters, and could be guessed: `openssl rand -hex 32`"))
    }
    return .success(text)
  }
}

extension ConfigurationProblems {
  /// Of keys whose values were read well and cannot be used.
  package init(of keys: [(key: String, message: String)], in places: KeyPlaces) {
    self.init(
      problems: keys.map {
        places.placed(Problem(file: "configuration", key: $0.key, message: $0.message))
      }, warnings: [])
  }
}
