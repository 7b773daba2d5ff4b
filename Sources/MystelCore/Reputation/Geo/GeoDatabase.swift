import MystelWire

/// A MaxMind DB file: which country and which autonomous system an address belongs to.
///
/// The whole file is held in memory, so that a file that is replaced or cut off meanwhile does no
/// harm. Nothing in it is trusted: every read has bounds, pointers are followed once, and a look-up
/// ends after a fixed number of steps. What makes no sense is nil.
///
/// Source: MaxMind DB File Format Specification 2.0.
package struct GeoDatabase: Sendable {
  /// Why a file is no database.
  package struct Fault: Error, Equatable, CustomStringConvertible {
    package var description: String
    package init(description: String) { self.description = description }
  }

  /// Largest file read: city files of the whole world are below 130 MB.
  package static let maximumBytes = 256 << 20

  /// `GeoLite2-Country` or the like; what the file says of itself.
  package let type: String
  /// When it was made, in seconds since 1970.
  package let buildSeconds: UInt64
  private let bytes: [UInt8]
  private let nodeCount: Int
  private let recordBits: Int
  private let isIPv6: Bool
  private let ipv4Start: Int
  private let data: GeoData

  /// - Throws: `Fault`, which says what is wrong with the file.
  package init(_ bytes: [UInt8]) throws(Fault) {
    guard let marker = GeoDatabase.marker(in: bytes) else {
      throw Fault(
        description: "is no MaxMind DB file: the mark that every one has near its end is missing")
    }
    let metadata = GeoData(
      bytes: bytes, section: marker + GeoDatabase.markerText.count..<bytes.count)
    guard let major = metadata.number(["binary_format_major_version"], at: 0),
      let nodes = metadata.number(["node_count"], at: 0),
      let bits = metadata.number(["record_size"], at: 0),
      let version = metadata.number(["ip_version"], at: 0)
    else { throw Fault(description: "is damaged: its description cannot be read") }
    guard major == 2, [24, 28, 32].contains(bits), [4, 6].contains(version) else {
      throw Fault(
        description: """
          is of a kind that cannot be read: format \(major), records of \(bits) bits, IP version \
          \(version)
          """)
    }
    // Two records a node, and 16 zero bytes before the data.
    let (treeBytes, overflow) = Int(clamping: nodes).multipliedReportingOverflow(
      by: Int(bits) / 4)
    guard !overflow, nodes > 0, treeBytes <= marker - 16 else {
      throw Fault(description: "is cut off: it says it is larger than it is")
    }
    self.bytes = bytes
    nodeCount = Int(nodes)
    recordBits = Int(bits)
    isIPv6 = version == 6
    data = GeoData(bytes: bytes, section: treeBytes + 16..<marker)
    type = metadata.text(["database_type"], at: 0) ?? ""
    buildSeconds = metadata.number(["build_epoch"], at: 0) ?? 0
    var start = 0
    if version == 6 {
      for _ in 0..<96 where start < nodeCount {
        start = GeoDatabase.record(
          bytes, node: start, isRight: false, bits: Int(bits))
      }
    }
    ipv4Start = start
  }

  /// The country that an address is used in, as the file says.
  package func country(of address: IPAddress) -> CountryCode? {
    guard let at = place(of: address) else { return nil }
    for path in [["country", "iso_code"], ["country_code"], ["country"]] {
      if let text = data.text(path, at: at) { return CountryCode(text) }
    }
    return data.text(["registered_country", "iso_code"], at: at).flatMap { CountryCode($0) }
  }

  /// The number of the autonomous system that announces an address.
  package func system(of address: IPAddress) -> UInt32? {
    guard let at = place(of: address) else { return nil }
    for path in [["autonomous_system_number"], ["asn"]] {
      if let number = data.number(path, at: at) { return UInt32(exactly: number) }
      if let text = data.text(path, at: at), text.hasPrefix("AS") {
        return UInt32(text.dropFirst(2))
      }
    }
    return nil
  }

  // MARK: The tree

  /// Where in the data an address leads; nil where the file says nothing of it.
  private func place(of address: IPAddress) -> Int? {
    let address = address.canonical
    var node = 0
    if let bits = address.ipv4Bits {
      if isIPv6 { node = ipv4Start }
      for shift in stride(from: 31, through: 0, by: -1) where node < nodeCount {
        node = next(node, isRight: bits >> UInt32(shift) & 1 == 1)
      }
    } else {
      guard isIPv6 else { return nil }
      for word in [address.high, address.low] {
        for shift in stride(from: 63, through: 0, by: -1) where node < nodeCount {
          node = next(node, isRight: word >> UInt64(shift) & 1 == 1)
        }
      }
    }
    // The node count itself means that nothing is known.
    let place = node - nodeCount - 16
    return place >= 0 ? place : nil
  }

  private func next(_ node: Int, isRight: Bool) -> Int {
    GeoDatabase.record(bytes, node: node, isRight: isRight, bits: recordBits)
  }

  /// One record of a node below the node count: the tree was found to lie in the file.
  private static func record(_ bytes: [UInt8], node: Int, isRight: Bool, bits: Int) -> Int {
    let at = node * (bits / 4)
    switch bits {
    case 24:
      let first = at + (isRight ? 3 : 0)
      return Int(bytes[first]) << 16 | Int(bytes[first + 1]) << 8 | Int(bytes[first + 2])
    case 28:
      let middle = Int(bytes[at + 3])
      let first = at + (isRight ? 4 : 0)
      let low = Int(bytes[first]) << 16 | Int(bytes[first + 1]) << 8 | Int(bytes[first + 2])
      return (isRight ? middle & 15 : middle >> 4) << 24 | low
    default:
      let first = at + (isRight ? 4 : 0)
      return Int(bytes[first]) << 24 | Int(bytes[first + 1]) << 16 | Int(bytes[first + 2]) << 8
        | Int(bytes[first + 3])
    }
  }

  // MARK: The mark before the description

  private static let markerText: [UInt8] = [0xab, 0xcd, 0xef] + Array("MaxMind.com".utf8)

  /// Where the last mark begins, in the last 128 KiB.
  private static func marker(in bytes: [UInt8]) -> Int? {
    let first = max(0, bytes.count - (128 << 10))
    var at = bytes.count - markerText.count
    while at >= first {
      if bytes[at] == markerText[0], bytes[at..<at + markerText.count].elementsEqual(markerText) {
        return at
      }
      at -= 1
    }
    return nil
  }
}

/// A country by its two letters of ISO 3166-1, such as `DE`.
package struct CountryCode: Hashable, Sendable, CustomStringConvertible {
  private let first: UInt8
  private let second: UInt8

  /// Two letters; small ones are made large. Nil for anything else.
  package init?(_ text: some StringProtocol) {
    let letters = text.utf8.map { (97...122).contains($0) ? $0 - 32 : $0 }
    guard letters.count == 2, letters.allSatisfy({ (65...90).contains($0) }) else { return nil }
    (first, second) = (letters[0], letters[1])
  }

  package var description: String { String(decoding: [first, second], as: UTF8.self) }
}
