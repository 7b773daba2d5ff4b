/// An IPv4 or IPv6 address as a value: 128 bits and a family, no scope, no port.
///
/// IPv4 is kept in its IPv4-mapped form, so comparing and hashing cost two words.
public struct IPAddress: Hashable, Sendable {
  /// The address family a socket for this address has.
  public enum Family: UInt8, Hashable, Sendable {
    case ipv4 = 4
    case ipv6 = 6
  }

  /// The family; an IPv4-mapped IPv6 address is `.ipv6` until `canonical` folds it.
  public let family: Family
  /// The upper 64 bits in host order; zero for IPv4.
  public let high: UInt64
  /// The lower 64 bits in host order; `0x0000ffff` and the IPv4 address for IPv4.
  public let low: UInt64

  /// An IPv4 address from its 32 bits in host order (`127.0.0.1` is `0x7f000001`).
  public init(ipv4 bits: UInt32) {
    family = .ipv4
    high = 0
    low = 0x0000_ffff_0000_0000 | UInt64(bits)
  }

  /// An IPv6 address from its two halves in host order.
  public init(ipv6High high: UInt64, low: UInt64) {
    family = .ipv6
    self.high = high
    self.low = low
  }

  /// The 32 bits of an IPv4 address in host order, nil for IPv6.
  public var ipv4Bits: UInt32? {
    family == .ipv4 ? UInt32(truncatingIfNeeded: low) : nil
  }

  /// The identity used for trust, limits and bans: IPv4-mapped and NAT64 (`64:ff9b::/96`)
  /// addresses become IPv4, everything else stays. One host has one canonical address.
  public var canonical: IPAddress {
    guard family == .ipv6 else { return self }
    let isMapped = high == 0 && low >> 32 == 0xffff
    let isNAT64 = high == 0x0064_ff9b_0000_0000 && low >> 32 == 0
    return isMapped || isNAT64 ? IPAddress(ipv4: UInt32(truncatingIfNeeded: low)) : self
  }

  /// True where no single host can be the sender: unspecified, multicast, or IPv4 broadcast.
  public var isUnusableAsSource: Bool {
    let address = canonical
    if let bits = address.ipv4Bits {
      return bits == 0 || bits >> 28 == 0xe || bits == 0xffff_ffff
    }
    return (address.high == 0 && address.low == 0) || address.high >> 56 == 0xff
  }

  /// True for `127.0.0.0/8` and `::1`.
  public var isLoopback: Bool {
    let address = canonical
    if let bits = address.ipv4Bits { return bits >> 24 == 127 }
    return address.high == 0 && address.low == 1
  }

  /// True where the address means something only near its host: loopback, link-local, RFC 1918,
  /// carrier-grade NAT (RFC 6598) and unique local (RFC 4193). A claimed source of this kind is
  /// accepted, but is never a reason for trust.
  public var isLocallyScoped: Bool {
    let address = canonical
    if isLoopback { return true }
    guard let bits = address.ipv4Bits else {
      return address.high >> 57 == 0xfc >> 1 || address.high >> 54 == 0xfe80 >> 6
    }
    return bits >> 24 == 10 || bits >> 20 == 0xac1 || bits >> 16 == 0xc0a8
      || bits >> 16 == 0xa9fe || bits >> 22 == 0x6440 >> 6
  }
}

extension IPAddress: LosslessStringConvertible {
  /// Parses dotted IPv4 (four decimal octets, no leading zeros) or RFC 4291 IPv6 text (an
  /// embedded IPv4 tail is allowed, a zone is not). Anything else is nil.
  public init?(_ text: some StringProtocol) {
    let characters = Array(text.utf8)
    if characters.contains(UInt8(ascii: ":")) {
      guard let halves = IPAddress.parseIPv6(characters[...]) else { return nil }
      self.init(ipv6High: halves.high, low: halves.low)
    } else {
      guard let bits = IPAddress.parseIPv4(characters[...]) else { return nil }
      self.init(ipv4: bits)
    }
  }

  /// Canonical text: dotted IPv4, or IPv6 as RFC 5952 writes it.
  public var description: String {
    if let bits = ipv4Bits {
      return "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
    }
    if high == 0 && low >> 32 == 0xffff {
      return "::ffff:" + IPAddress(ipv4: UInt32(truncatingIfNeeded: low)).description
    }
    return groupedText
  }

  /// Like `description`, but an IPv4-mapped address is written in hexadecimal groups too.
  var groupedText: String {
    guard family == .ipv6 else { return description }
    let groups = (0..<8).map { index in
      UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4)))
    }
    let run = IPAddress.longestZeroRun(groups)
    func text(_ range: Range<Int>) -> String {
      groups[range].map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard run.count >= 2 else { return text(0..<8) }
    return text(0..<run.lowerBound) + "::" + text(run.upperBound..<8)
  }

  private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int> {
    var best = 0..<0
    var start = 0
    for index in 0...8 where index == 8 || groups[index] != 0 {
      if index - start > best.count { best = start..<index }
      start = index + 1
    }
    return best
  }

  static func parseIPv4(_ text: ArraySlice<UInt8>) -> UInt32? {
    let octets = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard octets.count == 4 else { return nil }
    var bits: UInt32 = 0
    for octet in octets {
      guard (1...3).contains(octet.count), octet.count == 1 || octet.first != UInt8(ascii: "0"),
        let value = decimal(octet), value <= 255
      else { return nil }
      bits = bits << 8 | value
    }
    return bits
  }

  private static func decimal(_ digits: ArraySlice<UInt8>) -> UInt32? {
    var value: UInt32 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
    }
    return value
  }

  static func parseIPv6(_ text: ArraySlice<UInt8>) -> (high: UInt64, low: UInt64)? {
    let colon = UInt8(ascii: ":")
    var head: [UInt16] = []
    var tail: [UInt16] = []
    var sawGap = false
    var rest = text
    if rest.starts(with: [colon, colon]) {
      sawGap = true
      rest = rest.dropFirst(2)
    }
    while !rest.isEmpty {
      let end = rest.firstIndex(of: colon) ?? rest.endIndex
      let part = rest[rest.startIndex..<end]
      if part.contains(UInt8(ascii: ".")) {
        guard end == rest.endIndex, let bits = parseIPv4(part) else { return nil }
        let words = [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
        if sawGap { tail += words } else { head += words }
        rest = rest[end...]
        break
      }
      guard let group = hexGroup(part) else { return nil }
      if sawGap { tail.append(group) } else { head.append(group) }
      guard end < rest.endIndex else {
        rest = rest[end...]
        break
      }
      rest = rest[(end + 1)...]
      if rest.first == colon {
        guard !sawGap else { return nil }
        sawGap = true
        rest = rest.dropFirst()
      } else if rest.isEmpty {
        return nil
      }
    }
    let count = head.count + tail.count
    guard sawGap ? count <= 7 : count == 8 else { return nil }
    let groups = head + Array(repeating: 0, count: 8 - count) + tail
    let high = groups[0..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
    let low = groups[4..<8].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
    return (high, low)
  }

  private static func hexGroup(_ digits: ArraySlice<UInt8>) -> UInt16? {
    guard (1...4).contains(digits.count) else { return nil }
    var value: UInt16 = 0
    for digit in digits {
      let nibble: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): nibble = digit - UInt8(ascii: "A") + 10
      default: return nil
      }
      value = value << 4 | UInt16(nibble)
    }
    return value
  }
}
