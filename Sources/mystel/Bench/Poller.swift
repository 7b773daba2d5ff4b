import CLinux

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An epoll set, edge-triggered: each socket is registered once, for reading and writing.
struct Poller: ~Copyable {
  /// One thing that became ready; `token` is what the socket was registered with.
  struct Event {
    let token: UInt64
    let readable: Bool
    let writable: Bool
  }

  private let descriptor: Int32
  private var events: [epoll_event]

  /// - Parameter batch: The most events that one `wait` brings.
  init(batch: Int = 512) throws(BenchFailure) {
    descriptor = epoll_create1(0)
    events = Array(repeating: epoll_event(), count: batch)
    guard descriptor >= 0 else {
      throw BenchFailure("cannot make an epoll set: \(Socket.lastError)")
    }
  }

  deinit { _ = close(descriptor) }

  func add(_ socket: Socket, token: UInt64) throws(BenchFailure) {
    var event = epoll_event()
    event.events = Poller.input | Poller.output | Poller.edge
    event.data.u64 = token
    // EPOLL_CTL_ADD is 1 on every Linux.
    guard epoll_ctl(descriptor, 1, socket.descriptor, &event) == 0 else {
      throw BenchFailure("cannot watch a socket: \(Socket.lastError)")
    }
  }

  /// Waits for events and returns how many there are; read them with the subscript.
  mutating func wait(milliseconds: Int32) -> Int {
    let capacity = Int32(events.count)
    return max(0, Int(epoll_wait(descriptor, &events, capacity, milliseconds)))
  }

  subscript(index: Int) -> Event {
    let event = events[index]
    return Event(
      token: event.data.u64,
      readable: event.events & ~Poller.output != 0, writable: event.events & Poller.output != 0)
  }

  /// Linux's numbers; the C libraries import the names with different types.
  private static let input: UInt32 = 0x1
  private static let output: UInt32 = 0x4
  private static let edge: UInt32 = 1 << 31
}
