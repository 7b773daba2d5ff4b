/// Limits as the table takes them.
struct AddressPaces: Sendable {
  let limits: AddressLimits
  let connections: Pace
  /// Five times the rate: beyond it an address is blocked.
  let excess: Pace
  let handshakes: Pace
  let logins: Pace
  let network: Pace
  let gateway: Pace
  let blockNanoseconds: UInt64
  /// The most connections open at once.
  let hostOpen: Int
  let networkOpen: Int

  init(_ limits: AddressLimits) {
    self.limits = limits
    let address = limits.address
    func pace(_ rate: Int?, _ burst: Int?, _ mode: Configuration.Mode, times: Int = 1) -> Pace {
      guard mode != .off, let rate else { return Pace(perSecond: nil, burst: 0) }
      return Pace(perSecond: rate * times, burst: max(burst ?? rate * 2, rate) * times)
    }
    connections = pace(address.connectionsPerSecond, address.burstConnections, address.mode)
    excess = pace(
      address.connectionsPerSecond, address.burstConnections, address.mode, times: 5)
    handshakes = pace(address.handshakesPerSecond, address.burstConnections, address.mode)
    logins = pace(address.loginsPerSecond, address.burstConnections, address.mode)
    network = pace(
      limits.prefix.connectionsPerSecond, limits.prefix.burstConnections, limits.prefix.mode)
    gateway = pace(
      limits.gateway.connectionsPerSecond, limits.gateway.burstConnections, limits.gateway.mode)
    hostOpen = address.mode == .off ? .max : address.concurrentConnections ?? .max
    networkOpen = limits.prefix.mode == .off ? .max : limits.prefix.concurrentConnections ?? .max
    blockNanoseconds = (Instant(nanoseconds: 0) + address.block).nanoseconds
  }
}

/// How much harder than usual admission is; never a matter of sessions that exist.
package struct Tightening: Sendable, Equatable {
  /// How many connections one of a network counts for.
  package var prefixFactor = 1
  /// Connections a second of addresses that never played here, all together; nil for no limit.
  package var strangersPerSecond: Int?

  package init(prefixFactor: Int = 1, strangersPerSecond: Int? = nil) {
    self.prefixFactor = prefixFactor
    self.strangersPerSecond = strangersPerSecond
  }
}
