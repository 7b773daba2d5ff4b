import MystelCore

extension KeyTable {
  static let tunnelSection = Table<Configuration.Listener>.Section(
    path: "tunnel",
    reason: """
      Experimental: encryption between a player's agent, or another gateway, and this listener. See \
      tunnel.md.
      """)

  static var tunnelRows: [Row<Configuration.Listener>] {
    [
      .scalar(
        "tunnel.mode", \.tunnel.mode, .choice(),
        """
        `required` takes nothing but the tunnel here. Players with and without it have two listeners: \
        what arrives is never guessed at.
        """),
      .scalar(
        "tunnel.suite", \.tunnel.suite, .choice(),
        """
        Who proves what: `nk` the gateway, by a key that players have; `ik` other gateways as well, whose \
        PROXY header then comes inside the tunnel; `psk` whoever has one secret, for closed test groups.
        """),
      .scalar(
        "tunnel.key", \.tunnel.key, .secret,
        "The gateway's private key, or the group's secret: the file that `mystel tunnel keygen` makes."
      ),
      .list(
        "tunnel.peers", \.tunnel.peers, of: .tunnelKey, atMost: 1024,
        "With `suite: ik`: the public keys of the gateways that may connect."),
      .scalar(
        "tunnel.padding", \.tunnel.padding, .choice(),
        """
        What the gateway adds so that lengths tell less: `block` makes steps of 256 bytes, \
        `constant_rate` sends a record each 50 ms, said or not. What that costs is in tunnel.md.
        """),
    ]
  }
}

extension KeyTable {
  static let backendTunnelSection = Table<Configuration.Backend>.Section(
    path: "tunnel",
    reason: """
      Experimental: another gateway stands there, and is reached by its tunnel, suite `ik`; empty for a \
      game server. All three or none. See tunnel.md.
      """)

  static var backendTunnelRows: [Row<Configuration.Backend>] {
    [
      .scalar(
        "tunnel.key", \.tunnel.key, .secret,
        """
        This gateway's own private key: the file that `mystel tunnel keygen` makes. Its public key stands in \
        `tunnel.peers` of the gateway there.
        """),
      .scalar(
        "tunnel.peer", \.tunnel.peer, .tunnelKeyOrEmpty,
        "The public key of the gateway there: `mystel tunnel fingerprint` prints it."),
      .scalar(
        "tunnel.name", \.tunnel.name, .nameOrEmpty,
        "What the listener there is called."),
    ]
  }
}

extension Grammar where Value == String? {
  static let tunnelKeyOrEmpty = Grammar(orEmpty: .tunnelKey)
  static let nameOrEmpty = Grammar(orEmpty: .name)

  private init(orEmpty grammar: Grammar<String>) {
    self.init(
      type: grammar.type, range: grammar.range + "; or empty",
      schema: .object([
        .init("anyOf", .array([grammar.schema, .object([.init("const", .string(""))])]))
      ]),
      parse: { $0.text.isEmpty ? .success(nil) : grammar.parse($0).map { $0 } },
      print: { $0.map { grammar.print($0) } ?? "\"\"" })
  }
}

extension Grammar where Value == String {
  /// A public key of the tunnel; its digits are the value.
  static let tunnelKey = Grammar(
    type: "public key", range: "`mystel-tunnel-public:` and 64 hexadecimal digits",
    schema: .object([
      .init("type", "string"), .init("pattern", "^mystel-tunnel-public:[0-9a-fA-F]{64}$"),
    ]),
    parse: { scalar in
      let word = "mystel-tunnel-public:"
      let digits = scalar.text.dropFirst(word.count)
      guard scalar.text.hasPrefix(word), digits.utf8.count == 64,
        digits.allSatisfy({ $0.isASCII && $0.isHexDigit })
      else {
        // Not shown: it may be a private key.
        return .failure(
          Complaint("is no public key: `mystel tunnel fingerprint FILE` prints it"))
      }
      return .success(digits.lowercased())
    },
    print: { JSON.quote("mystel-tunnel-public:\($0)") })
}

extension CrossChecks {
  func tunnels(_ findings: inout Findings) {
    for (index, listener) in configuration.listeners.enumerated() {
      let tunnel = listener.tunnel
      let key = "listeners[\(index)].tunnel"
      func report(_ message: String, _ name: String) {
        guard findings.isSound("\(key).\(name)") else { return }
        findings.report(
          Complaint(message), at: "\(key).\(name)", findings.origin(of: "\(key).\(name)"))
      }
      guard findings.isSound("\(key).mode"), findings.isSound("\(key).suite") else { continue }
      guard tunnel.mode == .required else {
        if tunnel.key != nil { report("means nothing with tunnel.mode: off", "key") }
        if !tunnel.peers.isEmpty { report("means nothing with tunnel.mode: off", "peers") }
        continue
      }
      if tunnel.key == nil {
        report(
          "is missing: write file:/a/path of what `mystel tunnel keygen` has made", "key")
      }
      if tunnel.suite == .ik, tunnel.peers.isEmpty {
        report("must not be empty with suite: ik, or nobody could connect", "peers")
      } else if tunnel.suite != .ik, !tunnel.peers.isEmpty {
        report("means nothing with suite: \(tunnel.suite.rawValue)", "peers")
      }
      if tunnel.suite == .psk {
        findings.warn(
          Complaint("psk is for closed test groups: each member can pose as the gateway"),
          at: "\(key).suite", findings.origin(of: "\(key).suite"))
      }
    }
    backendTunnels(&findings)
  }

  private func backendTunnels(_ findings: inout Findings) {
    for (index, backend) in configuration.backends.enumerated() where backend.tunnel.isWanted {
      let key = "backends[\(index)].tunnel"
      let tunnel = backend.tunnel
      let missing = [
        (
          "key", tunnel.key == nil,
          "write file:/a/path of what `mystel tunnel keygen` has made for this gateway"
        ),
        (
          "peer", tunnel.peer == nil,
          "write what `mystel tunnel fingerprint` prints of the key of the gateway there"
        ),
        ("name", tunnel.name == nil, "write what the listener there is called"),
      ]
      for (name, isMissing, advice) in missing
      where isMissing && findings.isSound("\(key).\(name)") {
        findings.report(
          Complaint("is missing: \(advice)"), at: "\(key).\(name)",
          findings.origin(of: "\(key).\(name)"))
      }
      if backend.proxyProtocol == .off, findings.isSound("backends[\(index)].proxy_protocol") {
        findings.warn(
          Complaint("off: the gateway there takes all players for this gateway; write v2"),
          at: "backends[\(index)].proxy_protocol",
          findings.origin(of: "backends[\(index)].proxy_protocol"))
      }
    }
  }
}
