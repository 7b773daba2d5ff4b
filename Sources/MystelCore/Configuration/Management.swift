extension Configuration {
  /// Where HTTP is spoken to operators and monitoring: metrics, health, and what steers the gateway.
  package struct Management: Sendable, Equatable {
    /// A socket that only the gateway's own user and root can open.
    package var socket = Control.Socket.auto
    /// A TCP address; nil for none.
    package var http: Address?
    /// Whether `http` may be an address that other machines reach, in the clear.
    package var isExposed = false
    /// The certificate that `http` shows, and its key, as files in PEM; nil for no TLS.
    package var certificatePath: String?
    package var keyPath: String?
    /// Names by which browsers and scrapers call it, beside addresses and `localhost`.
    package var hosts: [String] = []
    /// The file of the tokens; nil for the usual place.
    package var tokensPath: String?
    /// The file of changes by operators; nil for the usual place.
    package var changesPath: String?
    /// Whether nothing is changed that cannot be recorded first.
    package var requiresAudit = false
    /// Whether everybody is told how many play, at `/status/online`.
    package var showsOnline = false
    package init() {}

    /// Clients at once, at all places together.
    package static let connections = 96

    /// Open files it may need.
    package var descriptors: Int {
      socket == .off && http == nil ? 0 : Management.connections + 6
    }
  }
}

extension Configuration.Address {
  /// Whether only this machine reaches it, as far as its text tells.
  package var isLoopback: Bool {
    switch self {
    case .endpoint(let endpoint): endpoint.address.isLoopback
    case .name(let name, _): name == "localhost"
    }
  }
}
