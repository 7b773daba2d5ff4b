/// One direction of TERA's cipher: an immutable table and, for each user of it, a cursor.
///
/// The keystream depends on the position alone, never on the data. Three generators step through
/// tables of 55, 57 and 58 entries; each entry has a 32-bit sum and a carry bit that follow from its
/// index, and a generator steps where its carry agrees with the majority of the three carries. The
/// tables are never written, so a cursor is three indices and a byte offset.
/// Source: docs/protocol/tera.md#keystream
public struct Keystream: Sendable {
  /// A position in the stream: cheap to copy, meaningless with another session's table.
  public struct Cursor: Equatable, Sendable {
    var first: UInt8 = 0
    var second: UInt8 = 0
    var third: UInt8 = 0
    /// Bytes of the current word already used, 0...3.
    var usedBytes: UInt8 = 0
    /// 1 + the byte position in the cached period; 0 while the cursor is not known to be on one, and
    /// `onLongPeriod` on one that is too long for a copy.
    var cycle: UInt16 = 0
    static let onLongPeriod = UInt16.max
    var isOnCachedPeriod: Bool { cycle != 0 && cycle != Cursor.onLongPeriod }

    init() {}
  }

  let table: KeystreamTable
  /// The position of the first payload byte.
  public let origin: Cursor
  private(set) var period: KeystreamPeriod?
  /// The bytes of a period that is too long for a copy; 0 while none is known.
  private var longPeriod: UInt16 = 0

  /// The stream for an (already mixed) 128-byte key.
  init(key: SessionKey) {
    table = KeystreamTable(expansion: KeyExpansion(key: key))
    origin = Cursor()
  }

  private init(table: KeystreamTable, origin: Cursor) {
    self.table = table
    self.origin = origin
  }

  /// The same stream with its payload starting at another position.
  func starting(at cursor: Cursor) -> Keystream { Keystream(table: table, origin: cursor) }

  /// Enciphers or deciphers in place and moves the cursor behind the bytes.
  public func apply(to bytes: inout MutableRawSpan, at cursor: inout Cursor) {
    bytes.withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      exclusiveOr(from: UnsafeRawPointer(base), to: base, count: buffer.count, at: &cursor)
    }
  }

  /// Enciphers or deciphers an array in place and moves the cursor behind the bytes.
  public func apply(to bytes: inout [UInt8], at cursor: inout Cursor) {
    bytes.withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      exclusiveOr(from: UnsafeRawPointer(base), to: base, count: buffer.count, at: &cursor)
    }
  }

  /// Reads `source` and writes it, enciphered or deciphered, to `destination`.
  ///
  /// - Precondition: `destination` has room for `source.byteCount` bytes.
  public func apply(
    from source: RawSpan, to destination: UnsafeMutableRawBufferPointer, at cursor: inout Cursor
  ) {
    precondition(destination.count >= source.byteCount, "keystream: destination too small")
    source.withUnsafeBytes { buffer in
      guard let from = buffer.baseAddress, let to = destination.baseAddress else { return }
      exclusiveOr(from: from, to: to, count: buffer.count, at: &cursor)
    }
  }

  /// Moves the cursor over bytes that somebody else took care of. Linear in `count` off the cached
  /// period.
  public func skip(_ count: Int, at cursor: inout Cursor) {
    if let period, cursor.isOnCachedPeriod {
      let position = (Int(cursor.cycle) - 1 + count) % period.byteCount
      cursor.cycle = UInt16(position + 1)
    } else {
      table.skip(count, at: &cursor)
    }
  }

  /// Looks for the point where the stream repeats itself, and from there on serves the cursors from a
  /// copy of the repeated bytes. Where those are more than `KeystreamPeriod.maximumBytes`, only their
  /// number is kept, which makes long runs of `cursor` cheaper. Costs up to some thousand steps; does
  /// nothing where the period has not begun yet.
  ///
  /// - Returns: true once there is a copy, whether or not every cursor has reached it.
  public mutating func cachePeriod(for cursor: inout Cursor, and other: inout Cursor) -> Bool {
    if period == nil, longPeriod == 0 {
      switch KeystreamPeriod.find(in: table, from: cursor) {
      case .short(let found): period = found
      case .long(let bytes):
        longPeriod = bytes
        cursor.cycle = Cursor.onLongPeriod
      case .notYet: break
      }
    }
    guard let period else { return false }
    period.adopt(&cursor)
    period.adopt(&other)
    return true
  }

  /// Bytes of the cached period; nil while none is known.
  public var cachedPeriodBytes: Int? { period?.byteCount }

  private func exclusiveOr(
    from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, count: Int,
    at cursor: inout Cursor
  ) {
    if let period, cursor.isOnCachedPeriod {
      period.exclusiveOr(from: source, to: destination, count: count, at: &cursor)
    } else if cursor.cycle == Cursor.onLongPeriod, count >= 2 * Int(longPeriod),
      source + count <= UnsafeRawPointer(destination) || destination + count <= source
    {
      repeatPeriod(from: source, to: destination, count: count, at: &cursor)
    } else {
      table.exclusiveOr(from: source, to: destination, count: count, at: &cursor)
    }
  }

  /// Makes each byte of the stream once: what is one period further on is the same.
  // Safety: source and destination do not overlap, and the caller vouches for `count` bytes of both.
  private func repeatPeriod(
    from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, count: Int,
    at cursor: inout Cursor
  ) {
    let period = Int(longPeriod)
    let head = count % period
    table.exclusiveOr(from: source, to: destination, count: head, at: &cursor)
    // Behind whole periods the cursor is where it is now.
    var ahead = cursor
    table.exclusiveOr(
      from: source + head, to: destination + head, count: period, at: &ahead)
    var at = head + period
    while at < count {
      KeystreamPeriod.exclusiveOr(
        source + at - period, destination + at - period, with: source + at,
        into: destination + at, count: period)
      at += period
    }
  }
}
