import CLiburing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// There can be no ring here.
package struct RingUnavailable: Error, CustomStringConvertible, Sendable {
  /// The system's reason: a number of `errno`.
  package var errno: CInt

  package var description: String { "io_uring: \(String(cString: strerror(errno)))\(hint)" }

  private var hint: String {
    switch errno {
    case ENOSYS: "; this kernel was built without it"
    case EPERM, EACCES:
      """
      ; it is forbidden here: kernel.io_uring_disabled should be 0, and a container's seccomp \
      profile must allow io_uring_setup, io_uring_enter and io_uring_register
      """
    case EINVAL: "; Linux 6.1 or later is needed"
    case ENOMEM: "; raise the limit on locked memory (ulimit -l, or LimitMEMLOCK= in the unit)"
    default: ""
    }
  }
}

/// Which operation a completion belongs to: the socket's place in its loop's table, and how often
/// that place was given away before. A late completion can thus never reach another socket.
struct OperationTag: Equatable {
  enum Kind: UInt8 {
    case wake = 1
    case receive, send, connect, end
  }

  var kind: Kind
  /// 24 bits are kept.
  var generation: UInt32
  var place: UInt32

  init(_ kind: Kind, place: UInt32 = 0, generation: UInt32 = 0) {
    self.kind = kind
    self.place = place
    self.generation = generation & 0xff_ffff
  }

  /// Nil for completions that nobody wants.
  init?(bits: UInt64) {
    guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: bits)) else { return nil }
    self.kind = kind
    generation = UInt32(truncatingIfNeeded: bits >> 8) & 0xff_ffff
    place = UInt32(truncatingIfNeeded: bits >> 32)
  }

  var bits: UInt64 { UInt64(kind.rawValue) | UInt64(generation) << 8 | UInt64(place) << 32 }
}

/// One io_uring and its receive buffers. Used on one thread, the one that called `begin`.
///
/// Descriptors and memory of an operation must outlast it; `RingSocket` sees to that.
final class Ring {
  private static let entries: UInt32 = 1024
  private static let completions: UInt32 = 8192

  private let ring: OpaquePointer
  let buffers = ReceiveBuffers()
  private let taken = UnsafeMutablePointer<cliburing_completion>.allocate(capacity: Ring.batch)
  private static let batch = 256

  /// - Throws: `RingUnavailable`.
  init() throws {
    var made: OpaquePointer?
    let status = cliburing_open(
      Ring.entries, Ring.completions, UInt32(ReceiveBuffers.count), &made)
    guard status == 0, let made else { throw RingUnavailable(errno: -status) }
    ring = made
  }

  deinit {
    // Before the buffers: the kernel may still fill them.
    cliburing_close(ring)
    taken.deallocate()
  }

  /// Makes the ring the calling thread's, and gives the thread a name.
  ///
  /// - Throws: `RingUnavailable`.
  func begin(_ name: String) throws {
    let status = cliburing_begin(ring, name)
    guard status == 0 else { throw RingUnavailable(errno: -status) }
  }

  // MARK: Operations

  /// Takes a socket over, until `shut`.
  func adopt(_ descriptor: CInt) { cliburing_adopt(ring, descriptor) }

  /// Closes a socket that has no operation underway.
  func shut(_ descriptor: CInt) { cliburing_shut(ring, descriptor) }

  func receive(_ descriptor: CInt, again: Bool, _ tag: OperationTag) {
    cliburing_receive(ring, descriptor, again ? 1 : 0, tag.bits)
  }

  /// How a send is over.
  enum SendKind {
    /// With the turn, and without a completion if the kernel has taken everything.
    case quiet
    /// With the turn, and with a completion.
    case atOnce
    /// When the kernel has taken something.
    case waiting
  }

  func send(
    _ descriptor: CInt, _ pieces: borrowing SendQueue.Pieces, _ kind: SendKind,
    _ tag: OperationTag
  ) {
    let sort =
      switch kind {
      case .quiet: CLIBURING_QUIET
      case .atOnce: CLIBURING_AT_ONCE
      case .waiting: CLIBURING_WAITS
      }
    cliburing_send(ring, descriptor, pieces.memory, UInt32(pieces.count), sort, tag.bits)
  }

  /// - Parameter address: must stay until the next turn.
  func connect(
    _ descriptor: CInt, to address: UnsafePointer<RingAddress>, nanoseconds: UInt64,
    _ tag: OperationTag
  ) {
    let length = address.pointee.length
    address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      cliburing_connect(ring, descriptor, $0, length, nanoseconds, tag.bits)
    }
  }

  /// Is over when the peer is gone, or has sent everything.
  func watchEnd(_ descriptor: CInt, _ tag: OperationTag) {
    cliburing_watch_end(ring, descriptor, tag.bits)
  }

  func read(_ descriptor: CInt, into word: UnsafeMutablePointer<UInt64>, _ tag: OperationTag) {
    cliburing_read(ring, descriptor, word, 8, tag.bits)
  }

  func cancel(_ tag: OperationTag) { cliburing_cancel(ring, tag.bits) }

  // MARK: Turns

  /// Submits everything, and waits for something to be over.
  ///
  /// - Parameter nanoseconds: the longest wait; 0 for none, nil for as long as it takes.
  func turn(waiting nanoseconds: UInt64?) {
    giveBuffers()
    _ = cliburing_turn(ring, nanoseconds ?? .max)
  }

  /// Something that is over. Its bytes are valid until `body` returns.
  struct Completion {
    var tag: OperationTag
    var result: CInt
    var hasMore: Bool
    var bytes: UnsafeRawBufferPointer
  }

  /// Calls `body` for what is over, up to a batch. - Returns: whether there was anything.
  func forEachCompletion(_ body: (Completion) -> Void) -> Bool {
    let count = Int(cliburing_take(ring, taken, UInt32(Ring.batch)))
    for index in 0..<count {
      let completion = taken[index]
      let number = Int(completion.buffer)
      guard let tag = OperationTag(bits: completion.tag) else {
        buffers.handOut(number) {}
        continue
      }
      buffers.handOut(number) {
        body(
          Completion(
            tag: tag, result: completion.result, hasMore: completion.has_more != 0,
            bytes: buffers.bytes(of: number, count: Int(completion.result))))
      }
    }
    giveBuffers()
    return count > 0
  }

  /// Gives the kernel the buffers that nobody uses any more.
  private func giveBuffers() {
    buffers.takeFree { number in
      guard let room = buffers.room(number) else { return }
      cliburing_give(ring, room.baseAddress, UInt32(room.count), UInt16(number))
    }
    cliburing_publish(ring)
  }
}
