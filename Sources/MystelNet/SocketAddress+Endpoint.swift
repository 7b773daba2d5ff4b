import MystelCore
import MystelWire
import NIOCore

extension Endpoint {
  /// The endpoint of an IPv4 or IPv6 socket address; nil for other families.
  init?(_ address: SocketAddress) {
    switch address {
    case .v4(let v4):
      self.init(
        IPAddress(ipv4: UInt32(bigEndian: v4.address.sin_addr.s_addr)),
        port: UInt16(bigEndian: v4.address.sin_port))
    case .v6(let v6):
      let halves = withUnsafeBytes(of: v6.address.sin6_addr) { bytes in
        (
          bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
          bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        )
      }
      self.init(
        IPAddress(ipv6High: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1)),
        port: UInt16(bigEndian: v6.address.sin6_port))
    case .unixDomainSocket:
      return nil
    }
  }

  /// The same as a socket address.
  ///
  /// - Throws: what NIO throws for texts that are no addresses; ours always are.
  func socketAddress() throws -> SocketAddress {
    try SocketAddress(ipAddress: address.description, port: Int(port))
  }
}

extension Configuration.Address {
  /// The endpoint, after asking the system's resolver where a name is given. Blocks.
  ///
  /// - Throws: `SocketAddressError.unknown` where the name has no address.
  func resolved() throws -> Endpoint {
    switch self {
    case .endpoint(let endpoint):
      return endpoint
    case .name(let host, let port):
      let address = try SocketAddress.makeAddressResolvingHost(host, port: Int(port))
      guard let endpoint = Endpoint(address) else {
        throw SocketAddressError.unsupported
      }
      return endpoint
    }
  }
}

extension Instant {
  /// The engine's monotonic clock.
  static var now: Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }
}
