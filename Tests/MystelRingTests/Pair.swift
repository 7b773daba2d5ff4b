import MystelRing
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Sends on to another socket of the loop what its ear hears, from where it was received.
///
/// The target is set and used on the loop alone, on which the unchecked conformance rests.
final class Passage: @unchecked Sendable {
  var target: RingSocket?
  private(set) lazy var ear = Ear(each: { [unowned self] in target?.send($0) })
}

/// What a socket has told, in order; from any thread.
final class Ear: RingReceiver, Sendable {
  struct Heard: Sendable {
    var bytes: [UInt8] = []
    var ends = 0
    var errors: [CInt] = []
    var writability: [Bool] = []
  }

  private let heard = Mutex(Heard())
  private let heed: (@Sendable (Heard) -> Void)?
  private let each: (@Sendable (UnsafeRawBufferPointer) -> Void)?

  /// - Parameters:
  ///   - heed: is given everything so far, each time.
  ///   - each: is given the bytes where they were received.
  init(
    heed: (@Sendable (Heard) -> Void)? = nil,
    each: (@Sendable (UnsafeRawBufferPointer) -> Void)? = nil
  ) {
    (self.heed, self.each) = (heed, each)
  }

  var now: Heard { heard.withLock { $0 } }

  private func note(_ change: (inout Heard) -> Void) {
    let now = heard.withLock { heard in
      change(&heard)
      return heed == nil ? Heard() : heard
    }
    heed?(now)
  }

  func received(_ bytes: UnsafeRawBufferPointer) {
    each?(bytes)
    note { $0.bytes += bytes }
  }
  func inputEnded() { note { $0.ends += 1 } }
  func broke(_ errno: CInt) { note { $0.errors.append(errno) } }
  func writabilityChanged(isWritable: Bool) { note { $0.writability.append(isWritable) } }
}

/// A socket on a ring, and the other end of its connection in the test's hands.
final class Pair: @unchecked Sendable {
  let loop: RingLoop
  let ear: Ear
  /// Does not block.
  let peer: CInt
  /// Used on the loop alone.
  private let near: Near
  private struct Near: @unchecked Sendable { let socket: RingSocket }
  private var isPeerOpen = true

  init(on loop: RingLoop, ear: Ear = Ear(), queueBytes: Int = 64 * 1024) async throws {
    self.loop = loop
    self.ear = ear
    let (descriptor, far) = try Pair.connected()
    peer = far
    near = await loop.run { Near(socket: loop.adopt(descriptor, queueBytes: queueBytes)) }
    await run { socket in socket.start(ear) }
  }

  /// Uses the socket on its loop.
  func run<Result: Sendable>(
    _ work: @escaping @Sendable (RingSocket) -> Result
  ) async -> Result {
    await loop.run { [near] in work(near.socket) }
  }

  func send(_ bytes: [UInt8]) async {
    await run { socket in bytes.withUnsafeBytes { socket.send($0) } }
  }

  func peerSends(_ bytes: [UInt8]) -> Int { write(peer, bytes, bytes.count) }

  /// Everything that is there for the peer; nil once the other side has ended.
  func peerTakes(atMost most: Int = 1 << 16) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: most)
    let count = read(peer, &bytes, most)
    return count == 0 ? nil : Array(bytes.prefix(max(0, count)))
  }

  /// - Parameter reset: whether as a crash does.
  func peerCloses(reset: Bool = false) {
    guard isPeerOpen else { return }
    isPeerOpen = false
    if reset {
      var now = linger(l_onoff: 1, l_linger: 0)
      _ = setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }
    _ = Glibc.close(peer)
  }

  deinit { peerCloses() }

  /// The two ends of a TCP connection on loopback.
  static func connected() throws -> (near: CInt, far: CInt) {
    let listening = try Pair.listening()
    defer { _ = Glibc.close(listening.descriptor) }
    let near = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var address = listening.address
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(near, $0, length) }
    }
    try #require(status == 0)
    let far = accept(listening.descriptor, nil, nil)
    try #require(far >= 0)
    _ = fcntl(far, F_SETFL, O_NONBLOCK)
    return (near, far)
  }

  static func listening() throws -> (descriptor: CInt, address: sockaddr_in) {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
          ? getsockname(descriptor, $0, &length) : -1
      }
    }
    try #require(status == 0)
    return (descriptor, address)
  }
}

extension RingLoop {
  /// Runs work on the loop and gives back its result.
  func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
      execute { continuation.resume(returning: work()) }
    }
  }

  /// A loop for one test, ended behind it.
  static func with(_ body: (RingLoop) async throws -> Void) async throws {
    let loop = try RingLoop(name: "test")
    do { try await body(loop) } catch {
      await loop.stop()
      throw error
    }
    await loop.stop()
  }
}

/// Waits up to five seconds; records an issue where that was not enough.
func waitUntil(_ what: Comment, _ condition: () -> Bool) async throws {
  let end = ContinuousClock.now + .seconds(5)
  while ContinuousClock.now < end {
    if condition() { return }
    try await Task.sleep(for: .milliseconds(5))
  }
  Issue.record(what)
}

/// Bytes that are told apart wherever a stream is cut.
func pattern(_ count: Int, from start: Int = 0) -> [UInt8] {
  (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
}
