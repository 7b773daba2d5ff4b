import MystelWire

/// Networks to values, by the longest that an address lies in. Immutable.
///
/// Nested networks are flattened into ranges that do not overlap, so a look-up is one binary search
/// and allocates nothing.
package struct PrefixTable: Sendable {
  package struct Match: Sendable, Equatable {
    package var value: UInt32
    /// Of the network that matched.
    package var length: UInt8
  }

  private var ipv4 = RangeList<UInt32>()
  private var ipv6 = RangeList<UInt128>()
  package let count: Int

  /// Of two values for the very same network the first counts.
  package init(_ entries: [(prefix: AddressPrefix, value: UInt32)] = []) {
    var four: [RangeList<UInt32>.Network] = []
    var six: [RangeList<UInt128>.Network] = []
    for (prefix, value) in entries {
      if let bits = prefix.address.ipv4Bits {
        four.append(.init(start: bits, length: prefix.length, value: value))
      } else {
        six.append(.init(start: prefix.address.bits, length: prefix.length, value: value))
      }
    }
    count = entries.count
    ipv4 = RangeList(four)
    ipv6 = RangeList(six)
  }

  package var isEmpty: Bool { count == 0 }

  /// The longest network that the canonical form of an address lies in.
  package func longestMatch(_ address: IPAddress) -> Match? {
    guard count > 0 else { return nil }
    let address = address.canonical
    if let bits = address.ipv4Bits { return ipv4.match(bits) }
    return ipv6.match(address.bits)
  }
}

extension IPAddress {
  /// The 128 bits of an IPv6 address.
  fileprivate var bits: UInt128 { UInt128(high) << 64 | UInt128(low) }
}

/// Ranges of numbers, each from its start to the next one's, with the network it belongs to.
private struct RangeList<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
  struct Network {
    var start: Key
    var length: UInt8
    var value: UInt32

    var last: Key {
      let free = Key.bitWidth - Int(length)
      return free >= Key.bitWidth ? .max : start | ((1 << Key(free)) - 1)
    }
  }

  /// Sorted; the first is always 0.
  private var starts: [Key] = []
  /// A length of `nothing` where no network is.
  private var matches: [PrefixTable.Match] = []

  private static var nothing: PrefixTable.Match { .init(value: 0, length: .max) }

  init() {}

  init(_ networks: [Network]) {
    guard !networks.isEmpty else { return }
    // Wider ones first, so that what follows lies inside or behind. The sort keeps equals in order.
    let sorted = networks.sorted { ($0.start, $0.length) < ($1.start, $1.length) }
    starts.reserveCapacity(2 * sorted.count + 1)
    matches.reserveCapacity(2 * sorted.count + 1)
    append(0, Self.nothing)
    var open: [Network] = []
    for network in sorted {
      while let inner = open.last, inner.last < network.start { close(&open) }
      if let inner = open.last, inner.start == network.start, inner.length == network.length {
        continue
      }
      open.append(network)
      append(network.start, .init(value: network.value, length: network.length))
    }
    while !open.isEmpty { close(&open) }
  }

  /// Ends the innermost network: behind it the one around it goes on.
  private mutating func close(_ open: inout [Network]) {
    let ended = open.removeLast()
    guard ended.last < .max else { return }
    let around = open.last.map { PrefixTable.Match(value: $0.value, length: $0.length) }
    append(ended.last + 1, around ?? Self.nothing)
  }

  private mutating func append(_ start: Key, _ match: PrefixTable.Match) {
    if starts.last == start {
      matches[matches.count - 1] = match
    } else {
      starts.append(start)
      matches.append(match)
    }
  }

  func match(_ key: Key) -> PrefixTable.Match? {
    var low = 0
    var high = starts.count
    guard high > 0 else { return nil }
    // The last start that is not beyond the key; the first is 0.
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= key { low = middle } else { high = middle }
    }
    let match = matches[low]
    return match.length == .max ? nil : match
  }
}
