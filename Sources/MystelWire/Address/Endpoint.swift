/// An address and a TCP port: one end of a connection.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// The address, in the spelling the socket or the PROXY header gave it.
  public var address: IPAddress
  /// The port, 0...65535; 0 where the sender claims none.
  public var port: UInt16

  /// An endpoint from its parts.
  public init(_ address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }

  /// `127.0.0.1:7801` or `[::1]:7801`.
  public var description: String {
    address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }
}
