import NIOCore

/// The size of a socket's next read: grows with what the socket delivers, and shrinks again.
///
/// A channel keeps its first buffer, of the smallest size, for good. Larger ones are made for one
/// read each and not kept, so that a burst leaves no memory behind.
struct ReadSizes: RecvByteBufferAllocator {
  /// Most packets of a game are shorter.
  static let smallest = 512
  static let largest = 64 * 1024

  private var size = ReadSizes.smallest
  private var isShrinking = false

  func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { allocator.buffer(capacity: size) }

  /// Nil: the channel must not enlarge the buffer that it keeps.
  func nextBufferSize() -> Int? { nil }

  /// - Returns: whether the next read needs a buffer of its own.
  mutating func record(actualReadBytes bytes: Int) -> Bool {
    if bytes >= size {
      size = min(size * 2, ReadSizes.largest)
      isShrinking = false
    } else if bytes <= size / 2, size > ReadSizes.smallest {
      // One short read may be the end of a burst; the second one in a row counts.
      if isShrinking { size /= 2 }
      isShrinking.toggle()
    } else {
      isShrinking = false
    }
    return size > ReadSizes.smallest
  }
}
