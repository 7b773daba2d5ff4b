extension ProxyTLV {
  /// Where one TLV lies in a header: its type and the range of its value.
  private struct Extent {
    /// The length of type and length fields, in bytes.
    static let overhead = 3

    let type: UInt8
    let value: Range<Int>

    /// The TLV at `offset`, which must end by `end`.
    ///
    /// - Throws: `.tlvTrailingBytes` if not even type and length fit, `.tlvOverflow` if the value
    ///   does not.
    init(in bytes: RawSpan, at offset: Int, end: Int) throws(ProxyHeaderFault) {
      guard end - offset >= Extent.overhead, let type = bytes.octet(at: offset),
        let count = bytes.bigEndian16(at: offset + 1)
      else { throw .tlvTrailingBytes }
      let start = offset + Extent.overhead
      guard end - start >= Int(count) else { throw .tlvOverflow }
      self.type = type
      value = start..<start + Int(count)
    }
  }

  /// Parses the TLVs that fill a complete header from `start` to its end, and verifies the
  /// checksum if there is one. Never reads past `header`, so a payload behind it is safe.
  static func parse(
    in header: RawSpan, from start: Int
  ) throws(ProxyHeaderFault) -> [ProxyTLV] {
    var tlvs: [ProxyTLV] = []
    var checksum: Range<Int>?
    var offset = start
    while offset < header.byteCount {
      guard tlvs.count < ProxyHeader.maximumTLVs else { throw .tooManyTLVs }
      let extent = try Extent(in: header, at: offset, end: header.byteCount)
      if extent.type == ProxyTLVType.crc32c {
        guard checksum == nil else { throw .checksumDuplicate }
        checksum = extent.value
      }
      tlvs.append(try ProxyTLV(extent, in: header))
      offset = extent.value.upperBound
    }
    if let checksum { try verify(checksum, of: header) }
    return tlvs
  }

  private init(_ extent: Extent, in header: RawSpan) throws(ProxyHeaderFault) {
    let value = header.octets(in: extent.value)
    switch extent.type {
    case ProxyTLVType.alpn: self = .alpn(value)
    case ProxyTLVType.authority:
      guard value.count <= ProxyHeader.maximumAuthorityBytes else { throw .authorityTooLong }
      self = .authority(value)
    case ProxyTLVType.crc32c:
      guard value.count == CRC32C.byteCount else { throw .checksumBadLength }
      self = .crc32c
    case ProxyTLVType.noop: self = .noop(value)
    case ProxyTLVType.uniqueID:
      guard value.count <= ProxyHeader.maximumUniqueIDBytes else { throw .uniqueIDTooLong }
      self = .uniqueID(value)
    case ProxyTLVType.ssl: self = .ssl(try ProxyTLV.parseSSL(in: header, extent.value))
    case ProxyTLVType.netns: self = .netns(value)
    case let type: self = .custom(type: type, value)
    }
  }

  /// One level only: an SSL TLV inside an SSL TLV is a fault, not a deeper call.
  private static func parseSSL(
    in header: RawSpan, _ range: Range<Int>
  ) throws(ProxyHeaderFault) -> ProxySSL {
    guard range.count >= 5, let client = header.octet(at: range.lowerBound),
      let verify = header.bigEndian32(at: range.lowerBound + 1)
    else { throw .sslTooShort }
    var ssl = ProxySSL(client: client, verify: verify)
    var offset = range.lowerBound + 5
    while offset < range.upperBound {
      guard ssl.subTLVs.count < ProxyHeader.maximumTLVs else { throw .tooManyTLVs }
      let sub: Extent
      do {
        sub = try Extent(in: header, at: offset, end: range.upperBound)
      } catch {
        throw .sslSubTLVOverflow
      }
      guard sub.type != ProxyTLVType.ssl else { throw .sslNesting }
      ssl.subTLVs.append(
        ProxySSL.SubTLV(type: sub.type, value: header.octets(in: sub.value)))
      offset = sub.value.upperBound
    }
    return ssl
  }

  private static func verify(
    _ checksum: Range<Int>, of header: RawSpan
  ) throws(ProxyHeaderFault) {
    let claimed = header.bigEndian32(at: checksum.lowerBound)
    var crc = CRC32C()
    for offset in 0..<header.byteCount {
      crc.update(checksum.contains(offset) ? 0 : header.octet(at: offset) ?? 0)
    }
    guard claimed == crc.value else { throw .checksumMismatch }
  }
}
