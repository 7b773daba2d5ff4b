/// The memory that all sockets of a loop receive into: a buffer is used only while there is data.
///
/// What is sent on as it came is sent from where it lies: the buffer is then lent until the kernel has
/// taken the bytes. Half of the buffers are never lent.
final class ReceiveBuffers {
  /// A power of two.
  static let count = 128
  static let size = 16 * 1024
  /// Beginnings of buffers, which are all that most reads touch, should not share a cache line's set.
  private static let stride = size + 64

  private static let lentAtMost = count / 2

  /// The buffer whose bytes are being handed out.
  private var current: Int?
  private var loans = ContiguousArray<UInt16>(repeating: 0, count: ReceiveBuffers.count)
  private var lent = 0
  /// Not in use any more, and not yet the kernel's again.
  private var free = ContiguousArray(0..<ReceiveBuffers.count)

  private let memory = UnsafeMutableRawBufferPointer.allocate(
    byteCount: ReceiveBuffers.count * ReceiveBuffers.stride, alignment: 64)

  deinit { memory.deallocate() }

  // MARK: Loans

  /// Hands out the bytes of a buffer, and takes it back unless it was lent meanwhile.
  func handOut(_ number: Int, _ body: () -> Void) {
    guard loans.indices.contains(number) else { return body() }
    current = number
    body()
    current = nil
    if loans[number] == 0 { free.append(number) }
  }

  /// Lends the buffer that bytes lie in. - Returns: its number; nil where they must be copied.
  func lend(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let current, let room = room(current), let start = bytes.baseAddress,
      let first = room.baseAddress, start >= UnsafeRawPointer(first),
      start + bytes.count <= UnsafeRawPointer(first) + room.count,
      lent < Self.lentAtMost || loans[current] > 0
    else { return nil }
    if loans[current] == 0 { lent += 1 }
    loans[current] += 1
    return current
  }

  /// A loan is over.
  func giveBack(_ number: Int) {
    guard loans.indices.contains(number), loans[number] > 0 else { return }
    loans[number] -= 1
    guard loans[number] == 0 else { return }
    lent -= 1
    if current != number { free.append(number) }
  }

  /// Gives every buffer that is free to `body`.
  func takeFree(_ body: (Int) -> Void) {
    for number in free { body(number) }
    free.removeAll(keepingCapacity: true)
  }

  // MARK: Memory

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
