/// A network in CIDR notation: an address whose bits beyond the length are zero.
public struct AddressPrefix: Hashable, Sendable, CustomStringConvertible {
  /// Why a text is no usable prefix.
  public enum ParseError: Error, Equatable {
    /// Not `ADDRESS` or `ADDRESS/LENGTH` with a plain decimal length.
    case malformed
    /// The length is over 32 (IPv4) or 128 (IPv6).
    case lengthOutOfRange
    /// Bits are set beyond the length; `meant` is the network they fall in.
    case hostBitsSet(meant: AddressPrefix)
    /// An IPv6 network of mapped or NAT64 IPv4 addresses: canonical addresses are IPv4 there, so
    /// it would never match.
    case ipv4Mapped
  }

  /// The first address of the network.
  public let address: IPAddress
  /// The number of leading bits that must match: 0...32 for IPv4, 0...128 for IPv6.
  public let length: UInt8

  /// The network of `length` bits that `address` lies in.
  ///
  /// A length beyond the family's maximum is taken as the maximum.
  public init(containing address: IPAddress, length: UInt8) {
    switch address.family {
    case .ipv4:
      self.length = min(length, 32)
      let mask: UInt32 = self.length == 0 ? 0 : ~0 << (32 - UInt32(self.length))
      self.address = IPAddress(ipv4: UInt32(truncatingIfNeeded: address.low) & mask)
    case .ipv6:
      self.length = min(length, 128)
      let bits = UInt64(self.length)
      let highMask: UInt64 = bits >= 64 ? ~0 : bits == 0 ? 0 : ~0 << (64 - bits)
      let lowMask: UInt64 = bits <= 64 ? 0 : bits == 128 ? ~0 : ~0 << (128 - bits)
      self.address = IPAddress(ipv6High: address.high & highMask, low: address.low & lowMask)
    }
  }

  /// Parses `ADDRESS/LENGTH`; a bare address means that host alone.
  ///
  /// - Throws: `ParseError.malformed`, `.lengthOutOfRange`, `.hostBitsSet`, `.ipv4Mapped`.
  public init(parsing text: some StringProtocol) throws(ParseError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let address = IPAddress(parts[0]) else {
      throw .malformed
    }
    guard address.canonical.family == address.family else { throw .ipv4Mapped }
    let maximum: UInt8 = address.family == .ipv4 ? 32 : 128
    var length = maximum
    if parts.count == 2 {
      let digits = parts[1].utf8
      guard digits.allSatisfy({ (48...57).contains($0) }), digits.count == 1 || digits.first != 48
      else { throw .malformed }
      guard !digits.isEmpty else { throw .malformed }
      guard let value = UInt8(parts[1]), value <= maximum else { throw .lengthOutOfRange }
      length = value
    }
    let prefix = AddressPrefix(containing: address, length: length)
    guard prefix.address == address else { throw .hostBitsSet(meant: prefix) }
    self = prefix
  }

  /// Whether the canonical form of `candidate` lies in this network.
  public func contains(_ candidate: IPAddress) -> Bool {
    let candidate = candidate.canonical
    guard candidate.family == address.family else { return false }
    return AddressPrefix(containing: candidate, length: length).address == address
  }

  /// `10.0.0.0/8`.
  public var description: String { "\(address)/\(length)" }
}
