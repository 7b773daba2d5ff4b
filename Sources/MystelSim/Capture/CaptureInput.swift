/// A file read once, from front to back, in pieces: never held as a whole.
package struct CaptureInput {
  private let more: () throws -> [UInt8]
  private var buffer: [UInt8] = []
  private var used = 0
  /// The place of the next byte in the file.
  package private(set) var offset: UInt64 = 0

  /// - Parameter more: the next bytes, as many as it likes; none at the end.
  package init(_ more: @escaping () throws -> [UInt8]) { self.more = more }

  /// A file that is there already.
  package init(_ bytes: [UInt8]) {
    var rest = [bytes]
    self.init { rest.popLast() ?? [] }
  }

  /// The next bytes, which stay there; fewer at the end.
  package mutating func peek(_ count: Int) throws -> [UInt8] {
    try fill(count)
    return Array(buffer[used...].prefix(count))
  }

  /// The next bytes; fewer at the end.
  package mutating func take(_ count: Int) throws -> [UInt8] {
    let bytes = try peek(count)
    used += bytes.count
    offset += UInt64(bytes.count)
    return bytes
  }

  /// Passes over bytes without keeping them.
  ///
  /// - Returns: how many there were.
  package mutating func skip(_ count: Int) throws -> Int {
    var left = count
    while left > 0 {
      try fill(1)
      let passed = min(left, buffer.count - used)
      guard passed > 0 else { break }
      used += passed
      offset += UInt64(passed)
      left -= passed
    }
    return count - left
  }

  /// Everything that is left, unless it is more than `limit` bytes.
  package mutating func rest(atMost limit: Int) throws -> [UInt8]? {
    let bytes = try take(limit)
    return try peek(1).isEmpty ? bytes : nil
  }

  private mutating func fill(_ count: Int) throws {
    guard buffer.count - used < count else { return }
    buffer.removeFirst(used)
    used = 0
    while buffer.count < count {
      let bytes = try more()
      if bytes.isEmpty { return }
      buffer += bytes
    }
  }
}

/// Why a capture cannot be read any further. Its description goes behind the file's name and a
/// colon.
package struct CaptureError: Error, Equatable, CustomStringConvertible {
  /// Where in the file.
  package var offset: UInt64
  /// The captured frame at fault, from 1; nil where none is.
  package var record: Int?
  package var problem: String

  package init(offset: UInt64, record: Int? = nil, problem: String) {
    self.offset = offset
    self.record = record
    self.problem = problem
  }

  package var description: String {
    "byte \(offset)" + (record.map { ", frame \($0)" } ?? "") + ": \(problem)"
  }
}

/// Numbers in bytes of either order; nil where they lie outside.
struct CaptureWords {
  let bytes: [UInt8]
  var isBig = true

  func u8(_ at: Int) -> Int? { bytes.indices.contains(at) ? Int(bytes[at]) : nil }

  func u16(_ at: Int) -> Int? { number(at, 2).map(Int.init) }

  func u32(_ at: Int) -> UInt32? { number(at, 4).map { UInt32(truncatingIfNeeded: $0) } }

  func u64(_ at: Int) -> UInt64? { number(at, 8) }

  private func number(_ at: Int, _ count: Int) -> UInt64? {
    guard at >= 0, at <= bytes.count - count else { return nil }
    let octets = bytes[at..<at + count]
    return isBig
      ? octets.reduce(0) { $0 << 8 | UInt64($1) }
      : octets.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
