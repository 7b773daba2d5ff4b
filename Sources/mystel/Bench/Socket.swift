#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A non-blocking TCP socket on the loopback network: the calls that the load generator needs.
///
/// Copies share the descriptor; whoever holds the socket in a session closes it.
struct Socket {
  let descriptor: Int32

  /// What one read did.
  enum Transfer: Equatable {
    case bytes(Int)
    case wouldBlock
    /// The other side closed, or the connection failed.
    case closed
  }

  /// A listener on a free port of 127.0.0.1.
  static func listener() throws(BenchFailure) -> (socket: Socket, port: UInt16) {
    let socket = try Socket.opened()
    var address = Socket.loopback(host: 1, port: 0)
    let ready = Socket.withAddress(&address) { pointer, length in
      bind(socket.descriptor, pointer, length) == 0 && listen(socket.descriptor, 4096) == 0
    }
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let named = Socket.withAddress(&address) { pointer, _ in
      getsockname(socket.descriptor, UnsafeMutablePointer(mutating: pointer), &length) == 0
    }
    guard ready, named else {
      let failure = BenchFailure("cannot listen on 127.0.0.1: \(Socket.lastError)")
      socket.closed()
      throw failure
    }
    return (socket, UInt16(bigEndian: address.sin_port))
  }

  /// A connection under way from 127.0.0.`host` to a port of 127.0.0.1.
  static func connection(
    to port: UInt16, fromHost host: UInt8
  ) throws(BenchFailure) -> Socket {
    let socket = try Socket.opened()
    var own = Socket.loopback(host: host, port: 0)
    // The port is chosen when connecting, so that it need only be free towards this peer.
    socket.set(Socket.ipLevel, Socket.bindAddressNoPort, 1)
    var peer = Socket.loopback(host: 1, port: port)
    let started =
      Socket.withAddress(&own) { bind(socket.descriptor, $0, $1) } == 0
      && (Socket.withAddress(&peer) { connect(socket.descriptor, $0, $1) } == 0
        || errno == EINPROGRESS)
    guard started else {
      let failure = BenchFailure(
        "cannot connect from 127.0.0.\(host) to 127.0.0.1:\(port): \(Socket.lastError)")
      socket.closed()
      throw failure
    }
    socket.setNoDelay()
    return socket
  }

  /// The next waiting connection of a listener; nil when there is none.
  func accepted() -> Socket? {
    let next = accept(descriptor, nil, nil)
    guard next >= 0 else { return nil }
    let socket = Socket(descriptor: next)
    _ = fcntl(next, F_SETFL, O_NONBLOCK)
    _ = fcntl(next, F_SETFD, FD_CLOEXEC)
    socket.setNoDelay()
    return socket
  }

  /// Whether a connection under way has come about, waited for up to `milliseconds`.
  func isConnected(within milliseconds: Int32) -> Bool {
    var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&state, 1, milliseconds) == 1 else { return false }
    var failure: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length) == 0 && failure == 0
  }

  /// Reads up to `limit` bytes to the start of `buffer`.
  func receive(into buffer: inout [UInt8], limit: Int) -> Transfer {
    let count = buffer.withUnsafeMutableBytes {
      recv(descriptor, $0.baseAddress, min(limit, $0.count), 0)
    }
    if count > 0 { return .bytes(count) }
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? .wouldBlock : .closed
  }

  /// Writes what the kernel takes of `bytes`: a count, 0 when it takes nothing now, -1 when the
  /// connection is gone.
  func transmit(_ bytes: Span<UInt8>) -> Int {
    let count = bytes.withUnsafeBytes {
      send(descriptor, $0.baseAddress, $0.count, Socket.noSignal)
    }
    if count >= 0 { return count }
    return errno == EAGAIN || errno == EINTR ? 0 : -1
  }

  /// Closes with a reset, which leaves no port behind in TIME_WAIT.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    _ = setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    closed()
  }

  func closed() { _ = close(descriptor) }

  /// The last failed call's reason.
  static var lastError: String { String(cString: strerror(errno)) }

  private static func opened() throws(BenchFailure) -> Socket {
    let descriptor = socket(AF_INET, Socket.streamType, 0)
    guard descriptor >= 0 else { throw BenchFailure("cannot open a socket: \(lastError)") }
    return Socket(descriptor: descriptor)
  }

  private func setNoDelay() { set(Socket.tcpLevel, TCP_NODELAY, 1) }

  private func set(_ level: Int32, _ name: Int32, _ value: Int32) {
    var value = value
    _ = setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func loopback(host: UInt8, port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = (0x7f00_0000 | UInt32(host)).bigEndian
    return address
  }

  private static func withAddress<Result>(
    _ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// `SOL_IP` and `SOL_TCP`, and flags that the two C libraries import with different types.
  private static let ipLevel: Int32 = 0
  private static let tcpLevel: Int32 = 6
  private static let bindAddressNoPort: Int32 = 24
  private static let noSignal = Int32(MSG_NOSIGNAL)
  #if canImport(Glibc)
    private static let streamType =
      Int32(SOCK_STREAM.rawValue)
      | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
  #else
    private static let streamType = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
  #endif
}
