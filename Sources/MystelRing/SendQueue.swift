import CLiburing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A piece of memory that holds bytes until the kernel has taken them: this, and room behind it.
struct SendChunk {
  var next: UnsafeMutablePointer<SendChunk>?
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

  private var free:
    (small: [UnsafeMutablePointer<SendChunk>], large: [UnsafeMutablePointer<SendChunk>]) =
      ([], [])

  deinit {
    for chunk in free.small + free.large { UnsafeMutableRawPointer(chunk).deallocate() }
  }

  /// A chunk for that many bytes, or for the first of them.
  func take(for count: Int) -> UnsafeMutablePointer<SendChunk> {
    let isLarge = count > Self.small
    let kept = isLarge ? free.large.popLast() : free.small.popLast()
    let capacity = isLarge ? Self.large : Self.small
    let chunk =
      kept
      ?? UnsafeMutableRawPointer.allocate(
        byteCount: MemoryLayout<SendChunk>.stride + capacity, alignment: 64
      ).bindMemory(to: SendChunk.self, capacity: 1)
    chunk.initialize(to: SendChunk(next: nil, start: 0, end: 0, capacity: capacity))
    return chunk
  }

  func giveBack(_ chunk: UnsafeMutablePointer<SendChunk>) {
    if chunk.pointee.capacity == Self.small, free.small.count < Self.keptSmall {
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
    var rest = bytes
    while !rest.isEmpty {
      let chunk = roomyChunk(for: rest.count)
      let (end, capacity) = (chunk.pointee.end, chunk.pointee.capacity)
      let part = min(rest.count, capacity - end)
      // Safety: the room behind a chunk is `capacity` bytes long, and the kernel reads none behind
      // `end`.
      UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(chunk + 1) + end, count: part)
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<part]))
      chunk.pointee.end = end + part
      count += part
      rest = UnsafeRawBufferPointer(rebasing: rest[part...])
    }
  }

  private mutating func roomyChunk(for count: Int) -> UnsafeMutablePointer<SendChunk> {
    if let last, last.pointee.end < last.pointee.capacity { return last }
    let chunk = pool.take(for: count)
    if let last { last.pointee.next = chunk } else { first = chunk }
    last = chunk
    return chunk
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
        let start = UnsafeMutableRawPointer(chunk + 1) + chunk.pointee.start
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
