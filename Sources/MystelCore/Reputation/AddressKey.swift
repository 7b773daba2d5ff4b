import MystelWire

/// The networks under which an address is known to limits and bans. All are of the canonical
/// address, so that one host has one identity: IPv4-mapped and NAT64 spellings are IPv4; 6to4 and
/// Teredo stay IPv6, because many hosts share what they embed.
package enum AddressKey {
  /// The bucket of one player's line: the address itself of IPv4, the /64 of IPv6, where a host
  /// chooses the rest as it likes.
  package static func host(of address: IPAddress) -> AddressPrefix {
    let address = address.canonical
    return AddressPrefix(containing: address, length: address.family == .ipv4 ? 32 : 64)
  }

  /// The bucket of a neighbourhood: the /24 of IPv4, the /64 of IPv6.
  package static func network(of address: IPAddress) -> AddressPrefix {
    let address = address.canonical
    return AddressPrefix(containing: address, length: address.family == .ipv4 ? 24 : 64)
  }

  /// The wider networks that a host's may be banned with, where many of one abuse: the /24 of
  /// IPv4; the /56 and /48 of IPv6, which are what customers are given.
  package static func wider(than host: AddressPrefix) -> [AddressPrefix] {
    switch host.address.family {
    case .ipv4: [AddressPrefix(containing: host.address, length: 24)]
    case .ipv6: [56, 48].map { AddressPrefix(containing: host.address, length: $0) }
    }
  }
}

extension AddressPrefix {
  /// Whether the prefix is one address.
  package var isAddress: Bool { length == (address.family == .ipv4 ? 32 : 128) }

  /// Whether every address of `other` lies in this network.
  package func covers(_ other: AddressPrefix) -> Bool {
    other.length >= length && contains(other.address)
  }

  /// `203.0.113.7`, and `203.0.113.0/24` where it is more than one address.
  package var shortText: String { isAddress ? "\(address)" : "\(self)" }
}
