import MystelCore

/// The configuration of another TERA proxy, read, and written as one of ours.
///
/// Sources: github.com/justkeepquiet/tera-proxy-server `config.json`,
/// github.com/sasha5434/tera-server-proxy `Config/config.json`.
package struct ProxyImport: Sendable {
  /// Whose configuration it is; the names are those of the programs.
  package enum Program: String, Sendable, CaseIterable {
    case teraProxyServer = "tera-proxy-server"
    case teraServerProxy = "tera-server-proxy"
  }

  /// A configuration that loads, with comments on what was read and what has no counterpart.
  package let yaml: String
  /// What has to be done or known before it is used; among the comments, too.
  package let notes: [String]

  /// Reads a file.
  ///
  /// - Throws: every problem of the file, or of what it amounts to.
  package static func read(
    path: String, of program: Program
  ) throws(ConfigurationProblems) -> ProxyImport {
    switch ConfigurationFile.read(path) {
    case .success(let bytes): return try read(bytes: bytes, name: path, of: program)
    case .failure(let complaint):
      throw ConfigurationProblems(
        problems: [Problem(file: path, key: "", message: complaint.message)], warnings: [])
    }
  }

  /// Reads the bytes of a file.
  ///
  /// - Throws: every problem of the file, or of what it amounts to.
  package static func read(
    bytes: [UInt8], name: String, of program: Program
  ) throws(ConfigurationProblems) -> ProxyImport {
    var findings = Findings(file: name)
    // JSON allows tabs between values and nowhere else, YAML not everywhere.
    let spaced = bytes.map { $0 == UInt8(ascii: "\t") ? UInt8(ascii: " ") : $0 }
    var servers: [ForeignServer] = []
    if let tree = YAMLReader.tree(of: spaced, into: &findings) {
      switch program {
      case .teraProxyServer: servers = ForeignServer.teraProxyServer(tree, &findings)
      case .teraServerProxy: servers = ForeignServer.teraServerProxy(tree, &findings)
      }
    }
    guard findings.problems.isEmpty else {
      throw ConfigurationProblems(problems: findings.sorted(findings.problems), warnings: [])
    }
    let writer = MigrationWriter(program: program, file: name, servers: servers)
    let made = ProxyImport(yaml: writer.yaml, notes: writer.notes)
    // Nobody should have to mend what we wrote: what does not load is not handed out.
    _ = try ConfigurationLoader.load(text: made.yaml, name: "the configuration made of \(name)")
    return made
  }
}

/// One game server as another proxy's configuration describes it.
struct ForeignServer: Sendable {
  var name: String?
  var listen = Configuration.Address.name("", port: 0)
  var server = Configuration.Address.name("", port: 0)
  var build: UInt32 = 0
  /// Of the patch: 92.
  var majorPatch: Int?
  var serverID: UInt64?
  var webPort: UInt16?
  /// Keys that were read and have no counterpart, and why.
  var without: [(key: String, why: String)] = []
  /// Keys that the program does not know either, as far as we know.
  var unknown: [String] = []
}

// MARK: tera-proxy-server

extension ForeignServer {
  static func teraProxyServer(_ tree: Tree, _ findings: inout Findings) -> [ForeignServer] {
    guard let reader = ForeignSection(tree, at: "", &findings) else { return [] }
    guard let list = reader.value("servers"), case .list(let elements) = list.content else {
      findings.report(
        Complaint("is missing: this is no config.json of tera-proxy-server"), at: "servers",
        tree.origin)
      return []
    }
    guard !elements.isEmpty else {
      findings.report(Complaint("must not be empty"), at: "servers", list.origin)
      return []
    }
    var servers: [ForeignServer] = []
    for (index, element) in elements.enumerated() {
      guard let section = ForeignSection(element, at: "servers[\(index)]", &findings) else {
        continue
      }
      var server = ForeignServer()
      server.name = section.text("name")
      server.listen = section.address("listenIp", "listenPort", isPeer: false, &findings)
      server.server = section.address("serverIp", "serverPort", isPeer: true, &findings)
      server.build = section.build("protocolVersion", &findings)
      server.majorPatch = section.text("patchVersion")
        .flatMap { Int($0.prefix { $0 != "." }) }
      server.serverID = section.text("serverId").flatMap { UInt64($0) }
      server.without = [
        ("serverId", "the game server knows its own number; players are passed on as they come"),
        ("publisher", "no mod asks for it here"),
        ("language", "no mod asks for it here"),
        ("patchVersion", "the build says which patch it is"),
        ("integrity", "packets pass with the check values that the client gave them"),
      ].filter { section.value($0.0) != nil }
      server.unknown = section.others([
        "name", "listenIp", "listenPort", "serverIp", "serverPort", "protocolVersion",
        "patchVersion", "serverId", "publisher", "language", "integrity",
      ])
      servers.append(server)
    }
    if !servers.isEmpty { servers[0].unknown += reader.others(["servers"]) }
    return servers
  }
}

// MARK: tera-server-proxy

extension ForeignServer {
  /// The file of one server, or the older form: sections of servers by name.
  static func teraServerProxy(_ tree: Tree, _ findings: inout Findings) -> [ForeignServer] {
    guard let reader = ForeignSection(tree, at: "", &findings) else { return [] }
    let nested = reader.entries.filter { entry in
      if case .section = entry.value.content { true } else { false }
    }
    guard !nested.isEmpty else {
      return [teraServerProxy(reader, name: nil, &findings)]
    }
    return nested.compactMap { entry in
      ForeignSection(entry.value, at: shown(entry.name), &findings)
        .map { teraServerProxy($0, name: entry.name, &findings) }
    }
  }

  private static func teraServerProxy(
    _ section: ForeignSection, name: String?, _ findings: inout Findings
  ) -> ForeignServer {
    var server = ForeignServer()
    server.name = name
    server.listen = section.address("localIp", "localPort", isPeer: false, &findings)
    server.server = section.address("forwardIp", "forwardPort", isPeer: true, &findings)
    server.build = section.build("protocol", &findings)
    server.webPort = section.text("webPort").flatMap { UInt16($0) }
    server.without = [
      ("logging", "connections and their ends are logged; log.level says how much"),
      ("hexy", "packets are never logged; `mystel inspect` shows those of a captured session"),
    ].filter { section.value($0.0) != nil }
    server.unknown = section.others([
      "localIp", "localPort", "forwardIp", "forwardPort", "protocol", "webPort", "logging", "hexy",
    ])
    return server
  }
}

/// The keys of one JSON object, asked for by name.
struct ForeignSection {
  let key: String
  let origin: Origin
  let entries: [Tree.Entry]

  /// Nil, with a problem, where the value is no object.
  init?(_ tree: Tree, at key: String, _ findings: inout Findings) {
    guard case .section(let entries) = tree.content else {
      findings.report(
        Complaint("must be an object { ... }, not \(tree.kind)"), at: key, tree.origin)
      return nil
    }
    self.key = key
    self.origin = tree.origin
    self.entries = entries
  }

  func value(_ name: String) -> Tree? {
    entries.first { $0.name == name && !$0.value.isNull }?.value
  }

  func text(_ name: String) -> String? {
    guard let tree = value(name), case .scalar(let scalar) = tree.content else { return nil }
    return scalar.text
  }

  /// An address of two keys; both are needed.
  func address(
    _ host: String, _ port: String, isPeer: Bool, _ findings: inout Findings
  ) -> Configuration.Address {
    let none = Configuration.Address.name("", port: 0)
    guard let hostText = required(host, &findings), let portText = required(port, &findings) else {
      return none
    }
    let text =
      hostText.contains(":") ? "[\(hostText)]:\(portText)" : "\(hostText):\(portText)"
    let grammar = Grammar.address(ports: 1...65535, isPeer: isPeer)
    switch grammar.parse(Scalar(text: text, isPlain: false)) {
    case .success(let address): return address
    case .failure(let complaint):
      let isPort = UInt16(portText).map { $0 > 0 } ?? false
      let faulty = isPort ? host : port
      findings.report(complaint, at: join(key, faulty), value(faulty)?.origin ?? origin)
      return none
    }
  }

  func build(_ name: String, _ findings: inout Findings) -> UInt32 {
    guard let text = required(name, &findings) else { return 0 }
    guard let build = UInt32(text), build > 0 else {
      findings.report(
        Complaint("\(shown(text)) is no build: a number such as 376012"), at: join(key, name),
        value(name)?.origin ?? origin)
      return 0
    }
    return build
  }

  /// Names beside those, in the order of the file.
  func others(_ known: Set<String>) -> [String] {
    entries.map(\.name).filter { !known.contains($0) }
  }

  private func required(_ name: String, _ findings: inout Findings) -> String? {
    if let text = text(name), !text.isEmpty { return text }
    findings.report(Complaint("is missing"), at: join(key, name), value(name)?.origin ?? origin)
    return nil
  }
}
