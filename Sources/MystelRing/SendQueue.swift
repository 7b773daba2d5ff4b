import CLiburing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A piece of memory that holds bytes until the kernel has taken them: this with room behind it, or
/// a receive buffer on loan.
struct SendChunk {
  var next: UnsafeMutablePointer<SendChunk>?
  /// The bytes: `capacity` of them.
  let base: UnsafeMutableRawPointer
  /// The number of the receive buffer that the bytes lie in.
  let loan: Int?
  /// What lies before it is with the kernel.
  var start: Int
  var end: Int
  let capacity: Int
}

/// The chunks that no socket of a loop needs now.
///
/// Most sockets need one for the length of a turn; an idle one has none.
final class ChunkPool {
  /// Room in a chunk for the packets of a turn, and in one for a burst.
  static let small = 4096
  static let large = 64 * 1024
  /// Chunks kept; more are given back to the system.
  private static let keptSmall = 1024
  private static let keptLarge = 16

  private struct Free {
    var small: [UnsafeMutablePointer<SendChunk>] = []
    var large: [UnsafeMutablePointer<SendChunk>] = []
    var loans: [UnsafeMutablePointer<SendChunk>] = []
  }
  private var free = Free()
  private let buffers: ReceiveBuffers

  init(buffers: ReceiveBuffers) { self.buffers = buffers }

  deinit {
    for chunk in free.small + free.large + free.loans {
      UnsafeMutableRawPointer(chunk).deallocate()
    }
  }

  /// A chunk that has these bytes where they lie; nil where they must be copied.
  func lend(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutablePointer<SendChunk>? {
    guard let start = bytes.baseAddress, let number = buffers.lend(bytes) else { return nil }
    let chunk = free.loans.popLast() ?? Self.allocate(0)
    chunk.initialize(
      to: SendChunk(
        next: nil, base: UnsafeMutableRawPointer(mutating: start), loan: number, start: 0,
        end: bytes.count, capacity: bytes.count))
    return chunk
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<SendChunk> {
    UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<SendChunk>.stride + capacity, alignment: 64
    ).bindMemory(to: SendChunk.self, capacity: 1)
  }

  /// A chunk for that many bytes, or for the first of them.
  func take(for count: Int) -> UnsafeMutablePointer<SendChunk> {
    let isLarge = count > Self.small
    let kept = isLarge ? free.large.popLast() : free.small.popLast()
    let capacity = isLarge ? Self.large : Self.small
    let chunk = kept ?? Self.allocate(capacity)
    chunk.initialize(
      to: SendChunk(
        next: nil, base: UnsafeMutableRawPointer(chunk + 1), loan: nil, start: 0, end: 0,
        capacity: capacity))
    return chunk
  }

  func giveBack(_ chunk: UnsafeMutablePointer<SendChunk>) {
    if let number = chunk.pointee.loan {
      buffers.giveBack(number)
      free.loans.append(chunk)
    } else if chunk.pointee.capacity == Self.small, free.small.count < Self.keptSmall {
      free.small.append(chunk)
    } else if chunk.pointee.capacity == Self.large, free.large.count < Self.keptLarge {
      free.large.append(chunk)
    } else {
      UnsafeMutableRawPointer(chunk).deallocate()
    }
  }
}

/// What a socket has to send, in order. Bytes stay where they are until they are dropped.
struct SendQueue: ~Copyable {
  private var first: UnsafeMutablePointer<SendChunk>?
  private var last: UnsafeMutablePointer<SendChunk>?
  private let pool: ChunkPool
  private(set) var count = 0

  init(pool: ChunkPool) { self.pool = pool }

  deinit {
    var next = first
    while let chunk = next {
      next = chunk.pointee.next
      pool.giveBack(chunk)
    }
  }

  var isEmpty: Bool { count == 0 }

  /// Whether one operation takes everything: so far it is a single chunk.
  var isSentAtOnce: Bool { first == last }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    // Behind others, small pieces are better off together.
    if isEmpty || bytes.count > ChunkPool.small, let chunk = pool.lend(bytes) {
      link(chunk)
      count += bytes.count
      return
    }
    var rest = bytes
    while !rest.isEmpty {
      let chunk = roomyChunk(for: rest.count)
      let (end, capacity) = (chunk.pointee.end, chunk.pointee.capacity)
      let part = min(rest.count, capacity - end)
      // Safety: the room behind a chunk is `capacity` bytes long, and the kernel reads none behind
      // `end`.
      UnsafeMutableRawBufferPointer(start: chunk.pointee.base + end, count: part)
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<part]))
      chunk.pointee.end = end + part
      count += part
      rest = UnsafeRawBufferPointer(rebasing: rest[part...])
    }
  }

  private mutating func roomyChunk(for count: Int) -> UnsafeMutablePointer<SendChunk> {
    if let last, last.pointee.end < last.pointee.capacity { return last }
    let chunk = pool.take(for: count)
    link(chunk)
    return chunk
  }

  private mutating func link(_ chunk: UnsafeMutablePointer<SendChunk>) {
    if let last { last.pointee.next = chunk } else { first = chunk }
    last = chunk
  }

  /// Copies what lies in receive buffers, which are everybody's: the peer is slow to take it. Not while
  /// the kernel reads it.
  mutating func takeHome() {
    var (previous, next): (UnsafeMutablePointer<SendChunk>?, UnsafeMutablePointer<SendChunk>?) =
      (nil, first)
    while let chunk = next {
      next = chunk.pointee.next
      guard chunk.pointee.loan != nil else {
        previous = chunk
        continue
      }
      let length = chunk.pointee.end - chunk.pointee.start
      let own = pool.take(for: length)
      own.pointee.base.copyMemory(
        from: chunk.pointee.base + chunk.pointee.start, byteCount: length)
      own.pointee.end = length
      own.pointee.next = next
      if let previous { previous.pointee.next = own } else { first = own }
      if last == chunk { last = own }
      previous = own
      pool.giveBack(chunk)
    }
  }

  /// Where the bytes lie that one operation can send. Reused: valid until it is asked for again, the
  /// bytes until they are dropped.
  struct Pieces: ~Copyable {
    let memory = UnsafeMutablePointer<iovec>.allocate(capacity: Pieces.most)
    private(set) var count = 0
    private(set) var byteCount = 0
    static let most = Int(CLIBURING_PIECES)

    deinit { memory.deallocate() }

    mutating func fill(from first: UnsafeMutablePointer<SendChunk>?) {
      (count, byteCount) = (0, 0)
      var next = first
      while let chunk = next, count < Self.most {
        let length = chunk.pointee.end - chunk.pointee.start
        let start = chunk.pointee.base + chunk.pointee.start
        (memory + count).initialize(to: iovec(iov_base: start, iov_len: length))
        count += 1
        byteCount += length
        next = chunk.pointee.next
      }
    }
  }

  func fill(_ pieces: inout Pieces) { pieces.fill(from: first) }

  /// The kernel has taken the first bytes.
  mutating func drop(_ taken: Int) {
    var rest = taken
    while rest > 0, let chunk = first {
      let part = min(rest, chunk.pointee.end - chunk.pointee.start)
      rest -= part
      count -= part
      chunk.pointee.start += part
      guard chunk.pointee.start == chunk.pointee.end else { return }
      first = chunk.pointee.next
      if first == nil { last = nil }
      pool.giveBack(chunk)
    }
  }

  mutating func removeAll() { drop(count) }
}
