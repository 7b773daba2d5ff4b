/// The bytes of one direction between two ends that live in the same process: the sender takes
/// what is not sent yet, the receiver compares what arrives with what was appended.
///
/// A ring of fixed capacity; positions count from the first byte of the stream.
package struct ByteQueue: Sendable {
  /// Bytes appended so far.
  package private(set) var appended = 0
  /// Bytes handed to the transport so far; never above `appended`.
  package private(set) var sent = 0
  /// Bytes that arrived unchanged so far; never above `sent`.
  package private(set) var verified = 0
  private var ring: [UInt8]

  /// - Parameter capacity: Bytes appended and not yet verified; at least 1.
  package init(capacity: Int) {
    ring = Array(repeating: 0, count: max(1, capacity))
  }

  /// Bytes that still fit.
  package var room: Int { ring.count - (appended - verified) }
  package var unsentBytes: Int { appended - sent }

  /// Appends all of `bytes`, or nothing and returns false when they do not fit.
  package mutating func append(_ bytes: [UInt8]) -> Bool {
    guard bytes.count <= room else { return false }
    var index = appended % ring.count
    for byte in bytes {
      ring[index] = byte
      index += 1
      if index == ring.count { index = 0 }
    }
    appended += bytes.count
    return true
  }

  /// Calls `transport` with the unsent bytes that lie in one piece, and counts what it took.
  ///
  /// Call again until `unsentBytes` is 0 or `transport` takes less than it was given.
  /// - Returns: What `transport` returned: bytes taken, or a negative number.
  package mutating func send(_ transport: (Span<UInt8>) -> Int) -> Int {
    let start = sent % ring.count
    let end = min(start + unsentBytes, ring.count)
    let taken = transport(ring.span.extracting(start..<end))
    sent += min(max(taken, 0), end - start)
    return taken
  }

  /// Compares bytes that arrived with those sent. False when they differ or nobody sent them.
  package mutating func verify(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count <= sent - verified else { return false }
    let start = verified % ring.count
    let firstPart = min(bytes.count, ring.count - start)
    let same =
      Self.equal(bytes.extracting(first: firstPart), ring.span.extracting(droppingFirst: start))
      && Self.equal(bytes.extracting(droppingFirst: firstPart), ring.span)
    guard same else { return false }
    verified += bytes.count
    return true
  }

  /// Whether `bytes` is what `expected`, at least as long, begins with.
  private static func equal(_ bytes: Span<UInt8>, _ expected: Span<UInt8>) -> Bool {
    guard bytes.count <= expected.count else { return false }
    var difference: UInt8 = 0
    for index in 0..<bytes.count { difference |= bytes[index] ^ expected[index] }
    return difference == 0
  }
}
