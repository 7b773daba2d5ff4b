import CLiburing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Wakes a loop from other threads: an eventfd that the loop always has an operation on.
final class Wake: Sendable {
  private let descriptor: CInt
  /// What the kernel reads into.
  private let word: Word

  // Safety: written by the kernel alone, and read by nobody.
  private struct Word: @unchecked Sendable {
    let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
  }

  /// - Throws: `RingUnavailable`.
  init() throws {
    descriptor = cliburing_event()
    guard descriptor >= 0 else { throw RingUnavailable(errno: -descriptor) }
    word = Word()
    word.memory.initialize(to: 0)
  }

  deinit {
    _ = close(descriptor)
    word.memory.deallocate()
  }

  /// From any thread.
  func ring() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  /// Has the ring be told of the next call of `ring`.
  func await(on ring: Ring) { ring.read(descriptor, into: word.memory, OperationTag(.wake)) }
}
