/// One direction of a TCP connection, put together from captured segments: each byte once, in order.
///
/// What came twice is passed over, and of parts that overlap the bytes delivered first count.
struct StreamReassembly {
  /// Why the stream does not go on.
  enum Fault: Error, Equatable {
    /// Bytes that were never captured, while later ones were.
    case missing(count: Int)
  }

  /// The most that may wait for bytes missing before it, and in how many parts: more than a
  /// window of TCP, so what is missing will not come any more.
  static let mostWaitingBytes = 8 << 20
  static let mostWaitingParts = 8192

  private struct Part {
    /// Its place in the stream.
    var start: Int
    var bytes: ArraySlice<UInt8>
    var end: Int { start + bytes.count }
  }

  /// How many bytes were delivered: the place of the next one.
  private(set) var delivered = 0
  /// Bytes that wait for others.
  private(set) var waitingBytes = 0
  /// Whether bytes were cut off frames when capturing.
  private(set) var sawCut = false
  private var nextSequence: UInt32?
  /// By their places.
  private var waiting: [Part] = []
  /// Where the stream ends, once that was said.
  private var end: Int?

  /// Whether everything up to the end of the stream was delivered.
  var isOver: Bool { end.map { delivered >= $0 } ?? false }

  /// The number that the connection's first segment gives to its first byte.
  mutating func begin(at sequence: UInt32) {
    if nextSequence == nil { nextSequence = sequence }
  }

  /// Takes in a segment.
  ///
  /// - Parameter missing: how many bytes behind `bytes` belong to it and were not captured.
  /// - Returns: what can be delivered now.
  /// - Throws: `Fault.missing`.
  mutating func add(
    _ bytes: ArraySlice<UInt8>, at sequence: UInt32, missing: Int, isLast: Bool
  ) throws(Fault) -> [UInt8] {
    begin(at: sequence)
    // Half of all numbers lie before any number, and the other half behind it.
    let distance = Int(Int32(bitPattern: sequence &- (nextSequence ?? sequence)))
    let part = Part(start: delivered + distance, bytes: bytes)
    if missing > 0, part.end + missing > delivered { sawCut = true }
    if isLast, part.end + missing >= delivered { end = end ?? part.end + missing }
    guard part.end > delivered, !bytes.isEmpty else { return [] }
    guard distance > 0 else { return deliver(part) }
    try keep(part)
    return []
  }

  /// What will never be delivered.
  ///
  /// - Throws: `Fault.missing` where later bytes than the delivered ones are known of.
  func finish() throws(Fault) {
    if let first = waiting.first { throw .missing(count: first.start - delivered) }
    if let end, end > delivered { throw .missing(count: end - delivered) }
  }

  private mutating func keep(_ part: Part) throws(Fault) {
    guard waitingBytes + part.bytes.count <= Self.mostWaitingBytes,
      waiting.count < Self.mostWaitingParts, part.start - delivered <= Self.mostWaitingBytes
    else { throw .missing(count: (waiting.first?.start ?? part.start) - delivered) }
    // Mostly it belongs at the end.
    var place = waiting.count
    while place > 0, waiting[place - 1].start > part.start { place -= 1 }
    if place > 0, waiting[place - 1].end >= part.end { return }
    waiting.insert(part, at: place)
    waitingBytes += part.bytes.count
  }

  private mutating func deliver(_ part: Part) -> [UInt8] {
    var bytes = Array(part.bytes.dropFirst(delivered - part.start))
    var used = 0
    while used < waiting.count, waiting[used].start <= delivered + bytes.count {
      let next = waiting[used]
      bytes += next.bytes.dropFirst(min(next.bytes.count, delivered + bytes.count - next.start))
      waitingBytes -= next.bytes.count
      used += 1
    }
    waiting.removeFirst(used)
    delivered += bytes.count
    nextSequence = nextSequence.map { $0 &+ UInt32(truncatingIfNeeded: bytes.count) }
    return bytes
  }
}
