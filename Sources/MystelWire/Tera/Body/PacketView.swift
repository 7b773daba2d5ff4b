/// Exactly one packet, seen through its bytes: length, opcode, body.
///
/// One check at the start; after it every read is either inside the packet or nil.
/// Source: docs/protocol/tera.md#framing
public struct PacketView: ~Escapable {
  private enum Field {
    static let byteCount = 0
    static let opcode = 2
    static let integrityCount = 4
    static let integrityHash = 8
  }

  /// The bytes of the length and the opcode, 4: where a plain body starts.
  public static let headerBytes = 4
  /// The bytes of a header with a count and a hash, 12: where a stamped body starts.
  public static let integrityHeaderBytes = 12
  /// The longest packet that its own length field can state, 65535.
  public static let maximumBytes = 65535

  /// The whole packet, its header included.
  public let bytes: RawSpan

  /// The packet in `bytes`; nil unless the length field states exactly `bytes.byteCount`,
  /// and that is at least the header.
  @_lifetime(copy bytes)
  public init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.headerBytes else { return nil }
    // Safety: the guard leaves at least four bytes, the load takes two.
    let stated = bytes.unsafeLoadUnaligned(fromByteOffset: Field.byteCount, as: UInt16.self)
    guard Int(UInt16(littleEndian: stated)) == bytes.byteCount else { return nil }
    self.bytes = bytes
  }

  /// What the packet claims to be; its meaning depends on the build.
  public var opcode: UInt16 {
    // Safety: `init` checked that the header is there.
    let raw = bytes.unsafeLoadUnaligned(fromByteOffset: Field.opcode, as: UInt16.self)
    return UInt16(littleEndian: raw)
  }

  /// The length of the packet, header included: 4...65535.
  public var byteCount: Int { bytes.byteCount }

  /// The count and the hash behind the opcode; nil where the packet is too short for both.
  ///
  /// Whether they *are* a count and a hash, the packet does not say: build and opcode do.
  /// Source: docs/protocol/tera.md#integrity
  public var integrityHeader: IntegrityHeader? {
    guard let count = u32(at: Field.integrityCount), let hash = u32(at: Field.integrityHash)
    else { return nil }
    return IntegrityHeader(count: count, hash: hash)
  }
}

/// Little-endian reads at absolute offsets: nil where any byte would lie outside the packet.
extension PacketView {
  /// One byte.
  public func u8(at offset: Int) -> UInt8? { load(offset) }
  /// Two bytes, unsigned.
  public func u16(at offset: Int) -> UInt16? { load(offset) }
  /// Four bytes, unsigned.
  public func u32(at offset: Int) -> UInt32? { load(offset) }
  /// Eight bytes, unsigned.
  public func u64(at offset: Int) -> UInt64? { load(offset) }
  /// Two bytes, two's complement.
  public func i16(at offset: Int) -> Int16? { load(offset) }
  /// Four bytes, two's complement.
  public func i32(at offset: Int) -> Int32? { load(offset) }
  /// Eight bytes, two's complement.
  public func i64(at offset: Int) -> Int64? { load(offset) }
  /// Four bytes, IEEE 754; any bit pattern, NaN and infinity included.
  public func f32(at offset: Int) -> Float? { u32(at: offset).map(Float.init(bitPattern:)) }
  /// Eight bytes, IEEE 754; any bit pattern, NaN and infinity included.
  public func f64(at offset: Int) -> Double? { u64(at: offset).map(Double.init(bitPattern:)) }
  /// One byte; every value but zero is true.
  public func bool(at offset: Int) -> Bool? { u8(at: offset).map { $0 != 0 } }

  private func load<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Value? {
    guard offset >= 0, offset <= bytes.byteCount - MemoryLayout<Value>.size else { return nil }
    // Safety: the guard keeps the first and the last byte inside the span, and the subtraction
    // cannot overflow: a packet is never longer than 65535 bytes.
    return Value(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
  }
}
