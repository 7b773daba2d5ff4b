import MystelWire

/// What one address, its network and all of them together may ask of the gateway, with defaults and
/// their reasons. Mirrors `limits.address`, `limits.prefix` and `limits.gateway`.
///
/// An address is a whole one of IPv4, and a /64 of IPv6, which is what one customer has. See
/// docs/operating/limits.md.
package struct AddressLimits: Sendable, Equatable {
  /// Of one address.
  package struct Address: Sendable, Equatable {
    package var mode = Configuration.Mode.enforce
    /// Connections a second; nil for no limit. Default 10: a player needs one, a shared address
    /// after a restart of the server a few, and a flood hundreds.
    package var connectionsPerSecond: Int? = 10
    /// Connections, handshakes or logins at once; nil takes twice their rate.
    package var burstConnections: Int?
    /// Default 128: twice the players that were seen behind one address of a provider.
    package var concurrentConnections: Int? = 128
    /// Sessions whose client has sent a key, a second: each costs a connection to the server.
    package var handshakesPerSecond: Int? = 10
    /// Logins a second: each costs the server a look into its database.
    package var loginsPerSecond: Int? = 5
    /// How long an address is refused that goes on at five times its rate. Default 60 s.
    package var block = Duration.seconds(60)
    /// Networks that are never limited. Peers that send a PROXY header are none anyway.
    package var exempt: [AddressPrefix] = []
    /// Addresses and networks remembered at once. Default 65,536, which takes 6 MB at most.
    package var keys = 65536
    package init() {}
  }

  /// Of one network: a /24 of IPv4; of IPv6 a /56 and a /48, once they have shown to be one source.
  package struct Prefix: Sendable, Equatable {
    package var mode = Configuration.Mode.enforce
    package var connectionsPerSecond: Int? = 50
    package var burstConnections: Int?
    package var concurrentConnections: Int? = 1024
    /// Abusive networks inside of a larger one of IPv6 that make it one source. Default 4.
    package var widenAfter = 4
    package init() {}
  }

  /// Of everybody together.
  package struct Gateway: Sendable, Equatable {
    package var mode = Configuration.Mode.enforce
    /// Connections a second of addresses that never played here; nil for no limit. Default 1,000:
    /// five thousand players come back within five seconds.
    package var connectionsPerSecond: Int? = 1000
    package var burstConnections: Int?
    package init() {}
  }

  package var address = Address()
  package var prefix = Prefix()
  package var gateway = Gateway()

  package init() {}

  /// Nothing is limited.
  package static var none: AddressLimits {
    var limits = AddressLimits()
    limits.address.mode = .off
    limits.prefix.mode = .off
    limits.gateway.mode = .off
    return limits
  }
}
