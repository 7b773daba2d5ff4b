/// The bytes a keystream repeats for ever once its three indices have met an earlier state.
///
/// Of 300 random keys the stream turns periodic after 2.1 KB (median) with a period of 312 bytes
/// (median); from then on the cipher is an XOR with this block.
/// Source: docs/protocol/tera.md#keystream
final class KeystreamPeriod: Sendable {
  /// Longer periods are not kept: their mean would cost 1.7 KB a direction.
  static let maximumBytes = 1024

  private let bytes: [UInt8]
  private let anchor: Keystream.Cursor
  private let table: KeystreamTable
  var byteCount: Int { bytes.count }

  /// The longest period that was seen takes 4,057 words (docs/protocol/tera.md#keystream).
  private static let longestWords = 5000

  enum Finding {
    case short(KeystreamPeriod)
    /// Bytes of a period that is not worth a copy.
    case long(UInt16)
    /// It has not begun, or is longer than any that was seen.
    case notYet
  }

  /// The period that the cursor lies on.
  static func find(in table: KeystreamTable, from cursor: Keystream.Cursor) -> Finding {
    var start = cursor
    start.usedBytes = 0
    start.cycle = 0
    var end = start
    var words = 0
    repeat {
      table.step(&end)
      words += 1
    } while end != start && words < longestWords
    guard end == start else { return .notYet }
    guard words * 4 <= maximumBytes else { return .long(UInt16(words * 4)) }
    return .short(KeystreamPeriod(table: table, start: start, words: words))
  }

  private init(table: KeystreamTable, start: Keystream.Cursor, words: Int) {
    var block = [UInt8](repeating: 0, count: words * 4)
    block.withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      var cursor = start
      table.exclusiveOr(
        from: UnsafeRawPointer(base), to: base, count: buffer.count, at: &cursor)
    }
    bytes = block
    anchor = start
    self.table = table
  }

  /// Puts a cursor on the cached block if it stands on the period; leaves it as it is otherwise.
  func adopt(_ cursor: inout Keystream.Cursor) {
    guard cursor.cycle == 0 else { return }
    var wanted = cursor
    wanted.usedBytes = 0
    var candidate = anchor
    for word in 0..<bytes.count / 4 {
      if candidate == wanted {
        cursor.cycle = UInt16(word * 4 + Int(cursor.usedBytes) + 1)
        return
      }
      table.step(&candidate)
    }
  }

  // Safety: the caller vouches for `count` readable and writable bytes; the position stays below
  // the block's length.
  func exclusiveOr(
    from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, count: Int,
    at cursor: inout Keystream.Cursor
  ) {
    bytes.withUnsafeBytes { block in
      guard let base = block.baseAddress else { return }
      var position = Int(cursor.cycle) - 1
      var done = 0
      while done < count {
        let run = min(count - done, block.count - position)
        KeystreamPeriod.exclusiveOr(
          source + done, base + position, into: destination + done, count: run)
        done += run
        position += run
        if position == block.count { position = 0 }
      }
      cursor.cycle = UInt16(position + 1)
    }
  }

  @inline(__always)
  private static func exclusiveOr(
    _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, into result: UnsafeMutableRawPointer,
    count: Int
  ) {
    exclusiveOr(left, right, with: nil, into: result, count: count)
  }

  /// Writes the exclusive or of two or three sources.
  // Safety: the caller vouches for `count` bytes of each; what is written is not read again.
  @inline(__always)
  static func exclusiveOr(
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer, with third: UnsafeRawPointer?,
    into result: UnsafeMutableRawPointer, count: Int
  ) {
    @inline(__always)
    func mix<Word: FixedWidthInteger & BitwiseCopyable>(_ at: Int, _: Word.Type) {
      var mixed =
        first.loadUnaligned(fromByteOffset: at, as: Word.self)
        ^ second.loadUnaligned(fromByteOffset: at, as: Word.self)
      if let third { mixed ^= third.loadUnaligned(fromByteOffset: at, as: Word.self) }
      result.storeBytes(of: mixed, toByteOffset: at, as: Word.self)
    }
    var at = 0
    while at &+ 32 <= count {
      mix(at, UInt64.self)
      mix(at &+ 8, UInt64.self)
      mix(at &+ 16, UInt64.self)
      mix(at &+ 24, UInt64.self)
      at &+= 32
    }
    while at &+ 4 <= count {
      mix(at, UInt32.self)
      at &+= 4
    }
    while at < count {
      mix(at, UInt8.self)
      at &+= 1
    }
  }
}
