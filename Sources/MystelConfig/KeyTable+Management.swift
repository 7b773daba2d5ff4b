import MystelCore

extension KeyTable {
  static var managementSection: Table<Document>.Section {
    .init(
      path: "management",
      reason: """
        Where HTTP is spoken to operators and monitoring, on a thread that gives way to players. See \
        monitor.md. Read at the start only.
        """)
  }

  static var managementTLSSection: Table<Document>.Section {
    .init(
      path: "management.tls",
      reason: """
        With both files `http` speaks TLS 1.2 and 1.3, and nothing else. The files themselves are read \
        again at each reload; which they are, at the start only.
        """)
  }

  static var managementRows: [Row<Document>] {
    let rows: [Row<Document>] = [
      .scalar(
        "management.socket", \.configuration.management.socket, .controlSocket,
        """
        A Unix socket for its owner and root. `auto` is `http.sock` beside the control socket.
        """),
      .scalar(
        "management.http", \.configuration.management.http, .addressOrOff,
        "A TCP address, such as 127.0.0.1:9180 for a Prometheus on this machine."),
      .scalar(
        "management.exposed", \.configuration.management.isExposed, .flag,
        """
        Lets `http` be an address that other machines reach without `tls`. What is asked and answered \
        then crosses the network in the clear: only inside a network of your own.
        """),
      .scalar(
        "management.tls.certificate", \.configuration.management.certificatePath, .path,
        """
        A file in PEM: the certificate that `http` shows, and those that lead to a root. A reload reads \
        it again.
        """),
      .scalar(
        "management.tls.key", \.configuration.management.keyPath, .path,
        "Its private key, in PEM; a file that not everybody may open."),
      .list(
        "management.hosts", \.configuration.management.hosts, of: .hostName, atMost: 64,
        """
        Names by which it is called over TCP. Addresses and `localhost` always are; other names are \
        refused, since a page on the web can give its name any address.
        """),
      .scalar(
        "management.require_audit", \.configuration.management.requiresAudit, .flag,
        """
        Records what an operator asks for before it is done, and refuses it where that cannot be \
        recorded: needs `reputation.store`.
        """),
      .scalar(
        "management.online", \.configuration.management.showsOnline, .flag,
        "Tells everybody who reaches `http` how many play, at `/status/online`: a number, no names."
      ),
      .scalar(
        "management.tokens", \.configuration.management.tokensPath, .path,
        """
        The file of the API's tokens, of which it holds digests alone. Empty takes `tokens.json` in the \
        directory that systemd keeps for the service, or else memory.
        """),
      .scalar(
        "management.changes", \.configuration.management.changesPath, .path,
        """
        The file of what operators change by API, dashboard and `mystel config`: it is laid over this \
        one. Empty takes `changes.json` in the directory that systemd keeps for the service, or else \
        memory. See changes.md.
        """),
    ]
    return rows.map { $0.inFileOnly().atStart() }
  }
}

extension Grammar where Value == Configuration.Address? {
  /// An address to listen at, or none.
  static let addressOrOff: Grammar = {
    let address = Grammar<Configuration.Address>.address(ports: 0...65535, isPeer: false)
    return Grammar(
      type: "address or `off`", range: address.range,
      schema: .object([
        .init(
          "anyOf",
          .array([.object([.init("enum", .array(["off", .bool(false)]))]), address.schema]))
      ]),
      parse: { scalar in
        if scalar.isPlain
          ? ["off", "no", "false"].contains(scalar.text.lowercased())
          : scalar.text == "off"
        {
          return .success(nil)
        }
        return address.parse(scalar).map { $0 }
      },
      print: { $0.map { address.print($0) } ?? "off" })
  }()
}

extension Grammar where Value == String {
  /// A DNS name, in lower case.
  static let hostName = Grammar(
    type: "host name", range: "without a port",
    schema: .object([
      .init("type", "string"), .init("pattern", "^[A-Za-z0-9._-]{1,253}$"),
    ]),
    parse: { parseHostName($0.text[...]) },
    print: { JSON.quote($0) })
}

extension CrossChecks {
  func management(_ findings: inout Findings) {
    let management = configuration.management
    let key = "management.http"
    if (management.certificatePath == nil) != (management.keyPath == nil) {
      let missing = management.keyPath == nil ? "key" : "certificate"
      findings.report(
        Complaint("management.tls.\(missing) is missing: a certificate goes with its key"),
        at: "management.tls", findings.origin(of: "management.tls"))
    }
    if management.requiresAudit, configuration.reputation.storePath == nil,
      findings.isSound("reputation.store")
    {
      let required = "management.require_audit"
      findings.report(
        Complaint("needs reputation.store, the file that records are kept in"), at: required,
        findings.origin(of: required))
    }
    guard let address = management.http, findings.isSound(key) else { return }
    let isClear = management.certificatePath == nil
    if !address.isLoopback, isClear, !management.isExposed,
      findings.isSound("management.exposed"), findings.isSound("management.tls")
    {
      findings.report(
        Complaint(
          """
          \(address) can be reached from other machines, in the clear: take 127.0.0.1, name \
          a certificate in management.tls, or set management.exposed if that is meant
          """), at: key, findings.origin(of: key))
    }
    guard address.port != 0 else { return }
    for (index, listener) in configuration.listeners.enumerated()
    where findings.isSound("listeners[\(index)].bind") {
      guard
        listener.bind == address || listener.bind.isWildcard(over: address)
          || address.isWildcard(over: listener.bind)
      else { continue }
      findings.report(
        Complaint("\(address) is where listeners[\(index)] listens (\(listener.bind))"), at: key,
        findings.origin(of: key))
    }
  }
}
