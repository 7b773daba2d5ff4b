/// Why a header cannot be written in its version.
public enum ProxyHeaderEncodingError: Error, Equatable, Sendable {
  /// Version 1 has no LOCAL command and no TLVs.
  case needsVersion2
  /// Version 1 names one family for both ends.
  case mixedFamilies
  /// A TLV, or all of them with the addresses, exceed the 16-bit length.
  case tooLong
  /// A unique ID is over 128 bytes.
  case uniqueIDTooLong
  /// Two checksums would each have to cover the other.
  case duplicateChecksum
  /// A custom or SSL record has a type that would be read as something else.
  case reservedType(UInt8)
}

extension ProxyHeader {
  /// The header as bytes, to be written before anything else on the connection.
  ///
  /// In version 2, ends of different families are both written as IPv6, IPv4 in mapped form, and
  /// `.crc32c` is computed. Emission is bound by the wire format, not by what `parse` takes.
  ///
  /// - Throws: every case of `ProxyHeaderEncodingError`.
  public func encoded() throws(ProxyHeaderEncodingError) -> [UInt8] {
    switch version {
    case .v1: try encodedV1()
    case .v2: try encodedV2()
    }
  }

  private func encodedV1() throws(ProxyHeaderEncodingError) -> [UInt8] {
    guard command == .proxy, tlvs.isEmpty else { throw .needsVersion2 }
    guard let endpoints else { return Array("PROXY UNKNOWN\r\n".utf8) }
    let source = endpoints.source
    let destination = endpoints.destination
    guard source.address.family == destination.address.family else { throw .mixedFamilies }
    let name = source.address.family == .ipv4 ? "TCP4" : "TCP6"
    // The specification's IPv6 text has hexadecimal groups only, mapped addresses included.
    let line = """
      PROXY \(name) \(source.address.groupedText) \(destination.address.groupedText) \
      \(source.port) \(destination.port)\r\n
      """
    return Array(line.utf8)
  }

  private func encodedV2() throws(ProxyHeaderEncodingError) -> [UInt8] {
    var bytes = ProxyHeader.v2Signature
    bytes.append(command == .local ? 0x20 : 0x21)
    bytes.append(familyByte)
    bytes.append(bigEndian: UInt16(0))
    if let endpoints { bytes.append(endpoints) }

    var checksumOffset: Int?
    for tlv in tlvs {
      if tlv == .crc32c {
        guard checksumOffset == nil else { throw .duplicateChecksum }
        checksumOffset = bytes.count + 3
      }
      try bytes.append(tlv)
    }

    guard let length = UInt16(exactly: bytes.count - ProxyHeader.fixedByteCount) else {
      throw .tooLong
    }
    bytes.overwrite(at: 14, bigEndian: length)
    if let checksumOffset {
      var crc = CRC32C()
      for byte in bytes { crc.update(byte) }
      bytes.overwrite(at: checksumOffset, bigEndian: crc.value)
    }
    return bytes
  }

  private var familyByte: UInt8 {
    guard let endpoints else { return 0x00 }
    return endpoints.areBothIPv4 ? 0x11 : 0x21
  }
}

extension ProxyHeader.Endpoints {
  fileprivate var areBothIPv4: Bool {
    source.address.family == .ipv4 && destination.address.family == .ipv4
  }
}

extension [UInt8] {
  fileprivate mutating func append(bigEndian value: some FixedWidthInteger & UnsignedInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }

  /// Replaces bytes that were reserved before.
  fileprivate mutating func overwrite(
    at offset: Int, bigEndian value: some FixedWidthInteger & UnsignedInteger
  ) {
    Swift.withUnsafeBytes(of: value.bigEndian) {
      replaceSubrange(offset..<offset + $0.count, with: $0)
    }
  }

  fileprivate mutating func append(_ endpoints: ProxyHeader.Endpoints) {
    let isIPv4 = endpoints.areBothIPv4
    for address in [endpoints.source.address, endpoints.destination.address] {
      if isIPv4 {
        append(bigEndian: UInt32(truncatingIfNeeded: address.low))
      } else {
        append(bigEndian: address.high)
        append(bigEndian: address.low)
      }
    }
    append(bigEndian: endpoints.source.port)
    append(bigEndian: endpoints.destination.port)
  }

  fileprivate mutating func append(_ tlv: ProxyTLV) throws(ProxyHeaderEncodingError) {
    switch tlv {
    case .alpn(let value): try append(type: ProxyTLVType.alpn, value)
    case .authority(let value): try append(type: ProxyTLVType.authority, value)
    case .crc32c: try append(type: ProxyTLVType.crc32c, [0, 0, 0, 0])
    case .noop(let value): try append(type: ProxyTLVType.noop, value)
    case .uniqueID(let value):
      guard value.count <= ProxyHeader.maximumUniqueIDBytes else { throw .uniqueIDTooLong }
      try append(type: ProxyTLVType.uniqueID, value)
    case .ssl(let ssl): try append(ssl)
    case .netns(let value): try append(type: ProxyTLVType.netns, value)
    case .custom(let type, let value):
      guard !ProxyTLVType.hasCase(type) else { throw .reservedType(type) }
      try append(type: type, value)
    }
  }

  private mutating func append(_ ssl: ProxySSL) throws(ProxyHeaderEncodingError) {
    var value: [UInt8] = [ssl.client]
    value.append(bigEndian: ssl.verify)
    for sub in ssl.subTLVs {
      guard sub.type != ProxyTLVType.ssl else { throw .reservedType(sub.type) }
      try value.append(type: sub.type, sub.value)
    }
    try append(type: ProxyTLVType.ssl, value)
  }

  private mutating func append(
    type: UInt8, _ value: [UInt8]
  ) throws(ProxyHeaderEncodingError) {
    guard let length = UInt16(exactly: value.count) else { throw .tooLong }
    append(type)
    append(bigEndian: length)
    append(contentsOf: value)
  }
}
