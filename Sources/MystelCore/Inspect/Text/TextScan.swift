/// Looks over UTF-16 text where it lies in a packet, eight bytes at a time.
package enum TextScan {
  private static let lows: UInt64 = 0x0001_0001_0001_0001
  private static let highs: UInt64 = 0x8000_8000_8000_8000

  /// The units from `start` up to a NUL, or up to `end` where there is none.
  ///
  /// Reads `start..<end` and nothing else; an odd byte at the end belongs to no unit.
  package static func length(
    _ bytes: UnsafeRawPointer, from start: Int, end: Int
  ) -> (units: Int, isTerminated: Bool) {
    var at = start
    while at + 8 <= end {
      // Safety: the eight bytes end at `end` at the latest.
      let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      let zeros = (word &- lows) & ~word & highs
      if zeros != 0 {
        return ((at - start) / 2 + zeros.trailingZeroBitCount / 16, true)
      }
      at += 8
    }
    while at + 2 <= end {
      // Safety: the two bytes end at `end` at the latest.
      if bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self) == 0 {
        return ((at - start) / 2, true)
      }
      at += 2
    }
    return ((at - start) / 2, false)
  }

  /// Whether text has no control characters but tab and line ends, no lone surrogates, and
  /// nothing that is no character at all.
  package static func isWellFormed(_ text: UnsafeRawBufferPointer) -> Bool {
    var units = Utf16Units(text)
    while let unit = units.next() {
      guard Utf16Units.isPlain(unit) || units.completes(unit) else { return false }
    }
    return true
  }

  /// Copies text without what `isWellFormed` objects to.
  package static func wellForm(_ text: UnsafeRawBufferPointer, into output: inout ScratchBuffer) {
    var units = Utf16Units(text)
    while let unit = units.next() {
      if Utf16Units.isPlain(unit) {
        output.append(unit: unit)
      } else if units.completes(unit) {
        output.append(unit: unit)
        output.append(unit: units.last)
      }
    }
  }

  /// The longest prefix of at most `limit` units that does not end inside a pair, in bytes.
  package static func prefix(
    _ text: UnsafeRawBufferPointer, units limit: Int
  ) -> UnsafeRawBufferPointer {
    var count = max(0, min(limit, text.count / 2))
    if count > 0, count < text.count / 2 {
      // Safety: the last unit kept lies inside the text.
      let last = text.loadUnaligned(fromByteOffset: 2 * (count - 1), as: UInt16.self)
      if last & 0xfc00 == 0xd800 { count -= 1 }
    }
    return UnsafeRawBufferPointer(rebasing: text[0..<(2 * count)])
  }
}

/// The units of a text, one after the other.
struct Utf16Units {
  private let text: UnsafeRawBufferPointer
  /// The bytes taken.
  private(set) var position = 0
  /// The second half of the pair that `completes` found.
  private(set) var last: UInt16 = 0

  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  @inline(__always)
  mutating func next() -> UInt16? {
    guard let unit = peek() else { return nil }
    position += 2
    return unit
  }

  @inline(__always)
  func peek() -> UInt16? {
    guard position + 2 <= text.count else { return nil }
    // Safety: the guard keeps both bytes inside the text.
    return text.loadUnaligned(fromByteOffset: position, as: UInt16.self)
  }

  /// Goes on at another byte.
  mutating func seek(_ position: Int) { self.position = position }

  /// Whether a unit stands for a character by itself, and one that belongs into text.
  @inline(__always)
  static func isPlain(_ unit: UInt16) -> Bool {
    switch unit {
    case 0x20...0x7e, 0xa0...0xd7ff, 0xe000...0xfdcf, 0xfdf0...0xfefe, 0xff00...0xfffd: true
    case 0x09, 0x0a, 0x0d: true
    default: false
    }
  }

  /// Whether `unit` begins a pair whose other half comes next; takes that half.
  mutating func completes(_ unit: UInt16) -> Bool {
    guard unit & 0xfc00 == 0xd800, let second = peek(), second & 0xfc00 == 0xdc00 else {
      return false
    }
    position += 2
    last = second
    return true
  }
}

extension ScratchBuffer {
  /// Two bytes, the lower first.
  mutating func append(unit: UInt16) {
    // Safety: the room has the two bytes that are stored.
    room(2).storeBytes(of: unit.littleEndian, as: UInt16.self)
    commit(2)
  }
}
