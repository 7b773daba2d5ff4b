import MystelCore
import MystelWire

/// What is wrong between keys that are each right. Keys with problems of their own are left alone,
/// so that one slip is reported once.
struct CrossChecks {
  let configuration: Configuration

  static func check(_ configuration: Configuration, _ findings: inout Findings) {
    let checks = CrossChecks(configuration: configuration)
    checks.names(&findings)
    checks.binds(&findings)
    checks.references(&findings)
    checks.builds(&findings)
    checks.trust(&findings)
    checks.families(&findings)
    checks.loops(&findings)
    checks.limits(&findings)
    checks.geoip(&findings)
    checks.reputation(&findings)
    checks.rates(&findings)
    checks.management(&findings)
    checks.launcher(&findings)
    checks.tunnels(&findings)
  }

  // MARK: Names and addresses

  private func names(_ findings: inout Findings) {
    for (list, names) in [
      ("listeners", configuration.listeners.map(\.name)),
      ("backends", configuration.backends.map(\.name)),
    ] {
      var first: [String: Int] = [:]
      for (index, name) in names.enumerated() {
        let key = "\(list)[\(index)].name"
        guard findings.isSound(key) else { continue }
        if let earlier = first[name] {
          report("\(name) is also the name of \(list)[\(earlier)]", key, &findings)
        } else {
          first[name] = index
        }
      }
    }
  }

  private func binds(_ findings: inout Findings) {
    for (index, listener) in configuration.listeners.enumerated() {
      let key = "listeners[\(index)].bind"
      guard findings.isSound(key), listener.bind.port != 0 else { continue }
      for (other, earlier) in configuration.listeners.prefix(index).enumerated()
      where findings.isSound("listeners[\(other)].bind") {
        if listener.bind == earlier.bind {
          report("\(listener.bind) is also the bind of listeners[\(other)]", key, &findings)
        } else if listener.bind.isWildcard(over: earlier.bind)
          || earlier.bind.isWildcard(over: listener.bind)
        {
          report(
            "\(listener.bind) overlaps \(earlier.bind), the bind of listeners[\(other)]", key,
            &findings)
        }
      }
    }
    var first: [Configuration.Address: Int] = [:]
    for (index, backend) in configuration.backends.enumerated() {
      let key = "backends[\(index)].address"
      guard findings.isSound(key) else { continue }
      guard let earlier = first[backend.address] else {
        first[backend.address] = index
        continue
      }
      findings.warn(
        Complaint(
          """
          \(backend.address) is also the address of backends[\(earlier)]: the server gets the \
          half-open connections of both
          """), at: key, findings.origin(of: key))
    }
  }

  private func loops(_ findings: inout Findings) {
    for (index, backend) in configuration.backends.enumerated() {
      let key = "backends[\(index)].address"
      guard findings.isSound(key) else { continue }
      for (other, listener) in configuration.listeners.enumerated()
      where findings.isSound("listeners[\(other)].bind") {
        guard listener.bind == backend.address || listener.bind.answers(backend.address) else {
          continue
        }
        report(
          """
          \(backend.address) is where listeners[\(other)] listens (\(listener.bind)): the gateway \
          would connect to itself
          """, key, &findings)
      }
    }
  }

  // MARK: Listeners and backends

  private func references(_ findings: inout Findings) {
    let names = configuration.backends.map(\.name)
    let knowsBackends =
      findings.isSound("backends")
      && names.indices.allSatisfy { findings.isSound("backends[\($0)].name") }
    var used: Set<String> = []
    for (index, listener) in configuration.listeners.enumerated() {
      let key = "listeners[\(index)].backend"
      guard findings.isSound(key) else { continue }
      used.insert(listener.backend)
      guard knowsBackends, !names.contains(listener.backend) else { continue }
      let meant = nearest(to: listener.backend, among: names)
      if let meant { used.insert(meant) }
      findings.report(
        Complaint(
          "there is no backend \(listener.backend)"
            + (meant == nil ? ", only: \(shown(names.joined(separator: ", ")))" : ""),
          meant: meant), at: key, findings.origin(of: key))
    }
    let knowsListeners =
      findings.isSound("listeners")
      && configuration.listeners.indices.allSatisfy { findings.isSound("listeners[\($0)].backend") }
    guard knowsListeners else { return }
    for (index, name) in names.enumerated() where !used.contains(name) {
      let key = "backends[\(index)].name"
      guard findings.isSound(key) else { continue }
      findings.warn(
        Complaint("no listener uses backend \(name)"), at: key, findings.origin(of: key))
    }
  }

  private func builds(_ findings: inout Findings) {
    var complained: Set<Int> = []
    for (index, listener) in configuration.listeners.enumerated() {
      let key = "listeners[\(index)]"
      guard findings.isSound("\(key).game") else { continue }
      switch listener.game {
      case .none:
        if findings.isSound("\(key).build"), listener.build != .auto {
          report("means nothing with game: none, which reads no build", "\(key).build", &findings)
        }
      case .tera:
        guard let (other, backend) = soundBackend(of: index, findings),
          findings.isSound("backends[\(other)].builds")
        else { continue }
        guard !backend.builds.isEmpty else {
          if complained.insert(other).inserted {
            report(
              """
              lists no build, but listener \(listener.name) plays tera on this backend: list the \
              builds the server speaks
              """, "backends[\(other)].builds", &findings)
          }
          continue
        }
        guard findings.isSound("\(key).build"), case .only(let build) = listener.build,
          !backend.builds.contains(build)
        else { continue }
        let listed = backend.builds.map { String($0) }
        findings.report(
          Complaint(
            "backend \(backend.name) does not list build \(build), but "
              + shown(listed.joined(separator: ", ")),
            meant: listed.count == 1 ? listed[0] : nearest(to: String(build), among: listed)),
          at: "\(key).build", findings.origin(of: "\(key).build"))
      }
    }
  }

  private func families(_ findings: inout Findings) {
    for (index, listener) in configuration.listeners.enumerated()
    where findings.isSound("listeners[\(index)].bind") {
      guard let (other, backend) = soundBackend(of: index, findings),
        findings.isSound("backends[\(other)].source_address"),
        findings.isSound("backends[\(other)].address"),
        backend.sourceAddress == .transparent,
        let players = listener.bind.family, let server = backend.address.family, players != server
      else { continue }
      report(
        """
        transparent needs one address family, but listener \(listener.name) is \(players.label) \
        and the backend \(server.label)
        """, "backends[\(other)].source_address", &findings)
    }
  }

  /// The backend that a listener names, where that is beyond doubt.
  private func soundBackend(
    of listener: Int, _ findings: Findings
  ) -> (index: Int, backend: Configuration.Backend)? {
    let name = configuration.listeners[listener].backend
    guard findings.isSound("listeners[\(listener)].backend"),
      let index = configuration.backends.firstIndex(where: { $0.name == name }),
      findings.isSound("backends[\(index)].name")
    else { return nil }
    return (index, configuration.backends[index])
  }

  // MARK: Trust

  private func trust(_ findings: inout Findings) {
    for (index, listener) in configuration.listeners.enumerated() {
      let key = "listeners[\(index)].proxy_protocol"
      let accept = listener.proxyProtocol
      guard findings.isSound("\(key).accept"), findings.isSound("\(key).trusted") else { continue }
      switch accept.mode {
      case .off where !accept.trusted.isEmpty:
        // An error rather than a warning: whoever lists proxies has them send headers, which
        // without `accept` would be taken for the game's first bytes and cost every session.
        report("names trusted proxies, but accept is off", "\(key).trusted", &findings)
      case .v1, .v2, .any:
        if accept.trusted.isEmpty {
          report(
            "must name the proxies that may send a header (accept is \(accept.mode.rawValue))",
            "\(key).trusted", &findings)
        }
      case .off: break
      }
      doubtful(accept.trusted, "\(key).trusted", &findings)
    }
  }

  private func doubtful(_ networks: [AddressPrefix], _ key: String, _ findings: inout Findings) {
    for (index, network) in networks.enumerated() {
      let elementKey = "\(key)[\(index)]"
      let isWide = network.length < (network.address.family == .ipv4 ? 8 : 16)
      let wider = networks.first {
        $0.length < network.length && $0.contains(network.address)
      }
      let message: String
      if isWide {
        message = "\(network) trusts a large part of the internet"
      } else if let wider {
        message = "\(network) lies in \(wider), which is listed too"
      } else {
        continue
      }
      findings.warn(Complaint(message), at: elementKey, findings.origin(of: elementKey))
    }
  }

  // MARK: Limits

  private func limits(_ findings: inout Findings) {
    let limits = configuration.limits
    let packet = "limits.client_packet_bytes"
    if findings.isSound(packet), findings.isSound("limits.queue_bytes"),
      limits.clientPacketBytes > limits.queueBytes
    {
      let sizes = Quantity.sizes
      let key = findings.origins[packet] == nil ? "limits.queue_bytes" : packet
      report(
        """
        a packet of \(sizes.text(UInt64(limits.clientPacketBytes))) (client_packet_bytes) does not \
        fit in a queue of \(sizes.text(UInt64(limits.queueBytes))) (queue_bytes)
        """, key, &findings)
    }
    let halfOpen = "limits.half_open_per_backend"
    if findings.isSound(halfOpen), let sessions = limits.sessions,
      findings.isSound("limits.sessions"), findings.origins[halfOpen] != nil,
      limits.halfOpenPerBackend > sessions
    {
      findings.warn(
        Complaint("\(limits.halfOpenPerBackend) is never reached with \(sessions) sessions"),
        at: halfOpen, findings.origin(of: halfOpen))
    }
    let header = "timeouts.proxy_header"
    if findings.isSound(header), configuration.timeouts.proxyHeader < .seconds(3) {
      findings.warn(
        Complaint("the PROXY protocol asks for at least 3s"), at: header,
        findings.origin(of: header))
    }
  }

  private func report(_ message: String, _ key: String, _ findings: inout Findings) {
    findings.report(Complaint(message), at: key, findings.origin(of: key))
  }
}

extension Configuration.Address {
  var port: UInt16 {
    switch self {
    case .endpoint(let endpoint): endpoint.port
    case .name(_, let port): port
    }
  }

  /// Nil for a name, whose address is not known yet.
  var family: IPAddress.Family? {
    switch self {
    case .endpoint(let endpoint): endpoint.address.family
    case .name: nil
    }
  }

  /// Whether this is every address of a port, and `other` is one of them. `[::]` is every address
  /// of both families, so the kernel has no room for an IPv4 listener beside it.
  func isWildcard(over other: Configuration.Address) -> Bool {
    guard case .endpoint(let endpoint) = self, endpoint.isWildcard else { return false }
    guard port == other.port, let family = other.family else { return false }
    return family == endpoint.address.family || endpoint.address.family == .ipv6
  }

  /// Whether a socket bound here would take connections to `other`. Of other addresses than its
  /// own a wildcard is known to answer loopback only, `[::]` that of both families.
  fileprivate func answers(_ other: Configuration.Address) -> Bool {
    guard port == other.port, case .endpoint(let bound) = self else { return false }
    switch other {
    case .name(let host, _):
      return host == "localhost" && (bound.isWildcard || bound.address.isLoopback)
    case .endpoint(let wanted):
      return bound.isWildcard && wanted.address.isLoopback
        && (bound.address.family == wanted.address.family || bound.address.family == .ipv6)
    }
  }
}

extension Endpoint {
  /// `0.0.0.0` or `[::]`.
  fileprivate var isWildcard: Bool {
    address.ipv4Bits.map { $0 == 0 } ?? (address.high == 0 && address.low == 0)
  }
}

extension IPAddress.Family {
  fileprivate var label: String {
    switch self {
    case .ipv4: "IPv4"
    case .ipv6: "IPv6"
    }
  }
}
