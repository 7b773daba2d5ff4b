/// One level of a packet: its fixed part, and the references that its fixed part holds.
///
/// The packet itself is the first level, every array element is one more. Offsets given to a
/// reader count from the start of its level (for the packet: from its length field), and are
/// checked against the fixed part; what a reference points to must lie behind the fixed part
/// and before the end of the level. An element's level ends where the next element starts, so
/// no two elements can share data and the work is linear in the packet's length.
/// Source: docs/protocol/tera.md#body
public struct PacketReader: ~Escapable {
  /// The packet this is a level of.
  public let packet: PacketView
  /// The absolute offset of the level.
  public let start: Int
  /// The absolute offset behind the fixed part.
  public let fixedEnd: Int
  /// The absolute offset behind everything that belongs to the level.
  public let end: Int

  /// The first level of `packet`, whose header, references and fixed fields take `fixedBytes`;
  /// nil where the packet is shorter than that, or that is shorter than a header.
  ///
  /// A count and hash behind the opcode belong to the fixed part like any other field.
  @_lifetime(copy packet)
  public init?(_ packet: PacketView, fixedBytes: Int) {
    guard fixedBytes >= PacketView.headerBytes, fixedBytes <= packet.byteCount else { return nil }
    self.init(packet, start: 0, fixedEnd: fixedBytes, end: packet.byteCount)
  }

  /// A level whose bounds are known to be ordered and inside the packet.
  @_lifetime(copy packet)
  init(_ packet: PacketView, start: Int, fixedEnd: Int, end: Int) {
    self.packet = packet
    self.start = start
    self.fixedEnd = fixedEnd
    self.end = end
  }

  /// The text that the u16 at `offset` points to: UTF-16LE up to a NUL inside this level.
  @_lifetime(copy self)
  public func string(at offset: Int) -> Result<Utf16View, BodyFault> {
    guard let target = u16(at: offset) else { return .failure(.fieldOutOfRange) }
    let textStart = Int(target)
    if let fault = fault(ofDataAt: textStart) { return .failure(fault) }
    var textEnd = textStart
    while let unit = unit(at: textEnd) {
      if unit == 0 {
        return .success(Utf16View(packet.bytes.extracting(textStart..<textEnd)))
      }
      textEnd += 2
    }
    return .failure(.unterminatedString)
  }

  /// The bytes that the u16 offset at `offset` and the u16 count behind it point to.
  ///
  /// No bytes at all may be written with the offset 0 or with a real one; both are in use.
  @_lifetime(copy self)
  public func bytes(at offset: Int) -> Result<RawSpan, BodyFault> {
    guard let target = u16(at: offset), let count = u16(after: offset)
    else { return .failure(.fieldOutOfRange) }
    if target == 0 && count == 0 { return .success(packet.bytes.extracting(0..<0)) }
    let dataStart = Int(target)
    let dataEnd = dataStart + Int(count)
    if let fault = fault(ofDataAt: dataStart) { return .failure(fault) }
    guard dataEnd <= end else { return .failure(.offsetOutOfRange) }
    return .success(packet.bytes.extracting(dataStart..<dataEnd))
  }

  /// The count and the offset of the array whose u16 count stands at `offset`.
  public func arrayHeader(at offset: Int) -> ArrayHeader? {
    guard let count = u16(at: offset), let target = u16(after: offset) else { return nil }
    return ArrayHeader(count: Int(count), offset: Int(target))
  }

  /// The elements of the array whose u16 count stands at `offset`.
  ///
  /// `elementBytes` is the fixed part of one element with its two link words, at least 4.
  /// An array without elements has no data, so that its offset says nothing and is not read.
  @_lifetime(copy self)
  public func array(at offset: Int, elementBytes: Int) -> Result<ArrayElements, BodyFault> {
    guard let header = arrayHeader(at: offset) else { return .failure(.fieldOutOfRange) }
    let elementBytes = max(elementBytes, ArrayElements.linkBytes)
    if header.count > 0 {
      if let fault = fault(ofDataAt: header.offset) { return .failure(fault) }
      guard header.count <= (end - header.offset) / elementBytes
      else { return .failure(.countTooLarge) }
    }
    return .success(
      ArrayElements(packet, header: header, elementBytes: elementBytes, end: end))
  }

  /// The elements of two arrays that are written in turns; see `ArrayPair`.
  @_lifetime(copy self)
  public func interleavedArrays(
    at firstOffset: Int, elementBytes firstBytes: Int,
    and secondOffset: Int, elementBytes secondBytes: Int
  ) -> Result<ArrayPair, BodyFault> {
    switch array(at: firstOffset, elementBytes: firstBytes) {
    case .failure(let fault): return .failure(fault)
    case .success(let first):
      switch array(at: secondOffset, elementBytes: secondBytes) {
      case .failure(let fault): return .failure(fault)
      case .success(let second): return .success(ArrayPair(first, second))
      }
    }
  }

  /// Why nothing of this level can stand at the absolute offset `target`, if so.
  private func fault(ofDataAt target: Int) -> BodyFault? {
    if target < fixedEnd { return .offsetInFixedPart }
    if target > end { return .offsetOutOfRange }
    return nil
  }

  /// The UTF-16 unit at the absolute offset `position`, which is not negative.
  private func unit(at position: Int) -> UInt16? {
    position <= end - 2 ? packet.u16(at: position) : nil
  }

  /// The second word of the reference at `offset`.
  private func u16(after offset: Int) -> UInt16? {
    offset < PacketView.maximumBytes ? u16(at: offset + 2) : nil
  }
}

/// Where an array says that it is, not yet checked.
public struct ArrayHeader: Equatable, Sendable {
  /// The number of elements claimed, 0...65535.
  public let count: Int
  /// The absolute offset of the first element, 0...65535; without meaning where `count` is 0.
  public let offset: Int
}
