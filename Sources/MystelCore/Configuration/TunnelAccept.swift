extension Configuration {
  /// Whether a listener speaks through the tunnel, and with whom. Source: docs/protocol/tunnel.md.
  package struct TunnelAccept: Sendable, Equatable {
    /// Presence is never guessed: a listener has the tunnel or has it not.
    package enum Mode: String, Sendable, CaseIterable { case off, required }
    package enum Suite: String, Sendable, CaseIterable {
      /// The gateway has a key that players know.
      case nk
      /// Other gateways prove a key of theirs as well.
      case ik
      /// A group of testers shares a secret with the gateway.
      case psk
    }
    package enum Padding: String, Sendable, CaseIterable {
      case none, block
      case constantRate = "constant_rate"
    }
    package var mode = Mode.off
    package var suite = Suite.nk
    /// Where the gateway's private key stands, or the group's secret.
    package var key: SecretSource?
    /// Keys that gateways may have which connect here, 64 hexadecimal digits each.
    package var peers: [String] = []
    package var padding = Padding.none

    package init() {}
  }

  /// How another gateway is reached by its tunnel, suite `ik`; not at all without a key.
  package struct TunnelConnect: Sendable, Equatable {
    /// Where this gateway's private key stands.
    package var key: SecretSource?
    /// The public key of the gateway there, 64 hexadecimal digits.
    package var peer: String?
    /// The name of the listener there.
    package var name: String?

    package init() {}

    /// Whether any of it is there.
    package var isWanted: Bool { key != nil || peer != nil || name != nil }
  }
}
