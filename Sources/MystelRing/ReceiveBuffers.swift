/// The memory that all sockets of a loop receive into: a buffer is used only while there is data.
final class ReceiveBuffers {
  /// A power of two.
  static let count = 128
  static let size = 16 * 1024
  /// Beginnings of buffers, which are all that most reads touch, should not share a cache line's set.
  private static let stride = size + 64

  private let memory = UnsafeMutableRawBufferPointer.allocate(
    byteCount: ReceiveBuffers.count * ReceiveBuffers.stride, alignment: 64)

  deinit { memory.deallocate() }

  /// Nil where there is no such buffer.
  func room(_ number: Int) -> UnsafeMutableRawBufferPointer? {
    guard (0..<Self.count).contains(number) else { return nil }
    let start = number * Self.stride
    return UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + Self.size])
  }

  /// What was received into a buffer; empty where there is no such buffer or nothing in it.
  func bytes(of number: Int, count: Int) -> UnsafeRawBufferPointer {
    guard count > 0, let room = room(number) else { return .init(start: nil, count: 0) }
    return UnsafeRawBufferPointer(rebasing: room[..<min(count, room.count)])
  }
}
