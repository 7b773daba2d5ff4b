import MystelWire

/// Why an operator's ban is not made.
package enum BanRefusal: Error, Equatable, CustomStringConvertible {
  /// It would meet an address of the gateway itself, a backend, a trusted proxy or management, or lies
  /// in such a network.
  case protected(AddressPrefix)
  /// It would meet a large part of the world.
  case tooWide(AddressPrefix)
  /// There are as many bans of its kind as are kept.
  case full(Int)

  package var description: String {
    switch self {
    case .protected(let network):
      """
      \(network.shortText) is of the gateway, a backend, a trusted proxy or management, and cannot be \
      banned; ban networks that leave it out
      """
    case .tooWide(let network):
      "\(network) is too wide: at least /8 of IPv4 or /16 of IPv6"
    case .full(let count): "there are \(count) bans already, which is the most that is kept"
    }
  }
}
