/// Reads of network-order fields that answer nil, or nothing, where the span ends.
extension RawSpan {
  func octet(at offset: Int) -> UInt8? {
    guard offset >= 0, offset < byteCount else { return nil }
    return unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  func bigEndian16(at offset: Int) -> UInt16? {
    bigEndian(byteCount: 2, at: offset).map { UInt16(truncatingIfNeeded: $0) }
  }

  func bigEndian32(at offset: Int) -> UInt32? {
    bigEndian(byteCount: 4, at: offset).map { UInt32(truncatingIfNeeded: $0) }
  }

  func bigEndian64(at offset: Int) -> UInt64? {
    bigEndian(byteCount: 8, at: offset)
  }

  /// A copy of the bytes in `range`, as far as they exist.
  func octets(in range: Range<Int>) -> [UInt8] {
    let range = range.clamped(to: 0..<byteCount)
    return range.map { unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
  }

  private func bigEndian(byteCount width: Int, at offset: Int) -> UInt64? {
    guard offset >= 0, offset <= byteCount - width else { return nil }
    var value: UInt64 = 0
    for index in offset..<offset + width {
      value = value << 8 | UInt64(unsafeLoad(fromByteOffset: index, as: UInt8.self))
    }
    return value
  }
}
