import MystelCore
import MystelWire
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A failed system call: what was tried, on what, and the system's reason.
package struct SystemCallError: Error, CustomStringConvertible, Sendable {
  package var call: String
  package var subject: String
  package var errno: CInt

  package var description: String {
    "\(call) \(subject): \(String(cString: strerror(errno)))\(hint)"
  }

  private var hint: String {
    switch errno {
    case EADDRINUSE: "; another program listens there: `ss -ltnp` shows which"
    case EACCES: "; ports below 1024 need root or CAP_NET_BIND_SERVICE"
    case EADDRNOTAVAIL: "; no interface of this machine has that address"
    case EPERM:
      "; it needs CAP_NET_ADMIN: run as root, or with AmbientCapabilities=CAP_NET_ADMIN in the unit"
    default: ""
    }
  }
}

/// One bound TCP socket that accepts connections, and can stop doing so without losing its port.
///
/// Owned by the acceptor; closed when the last reference goes.
final class ListeningSocket: Sendable {
  let descriptor: CInt
  /// The bound address, with the port the system chose where 0 was asked for.
  let endpoint: Endpoint
  private static let backlog: CInt = 4096

  /// - Throws: `SystemCallError`.
  convenience init(binding wanted: Endpoint) throws {
    // The kernel takes a port that it chose itself back while the socket is paused; the same port
    // asked for by number stays ours.
    let chooser = wanted.port == 0 ? try ListeningSocket(at: wanted, listens: false) : nil
    try self.init(at: chooser?.endpoint ?? wanted)
  }

  private init(at wanted: Endpoint, listens: Bool = true) throws {
    let family = wanted.address.family == .ipv4 ? AF_INET : AF_INET6
    let descriptor = socket(family, SocketTuning.stream, 0)
    func check(_ result: CInt, _ call: String) throws {
      guard result < 0 else { return }
      let error = SystemCallError(call: call, subject: "\(wanted)", errno: errno)
      if descriptor >= 0 { _ = close(descriptor) }
      throw error
    }
    try check(descriptor, "socket")
    var on: CInt = 1
    let size = socklen_t(MemoryLayout<CInt>.size)
    try check(setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size), "setsockopt")
    try check(fcntl(descriptor, F_SETFL, O_NONBLOCK), "fcntl")
    try check(fcntl(descriptor, F_SETFD, FD_CLOEXEC), "fcntl")
    let bound = try wanted.socketAddress().withSockAddr { address, length in
      bind(descriptor, address, socklen_t(length))
    }
    try check(bound, "bind")
    if listens { try check(listen(descriptor, ListeningSocket.backlog), "listen on") }
    self.descriptor = descriptor
    endpoint = SocketName.local(of: descriptor) ?? wanted
  }

  deinit { _ = close(descriptor) }

  /// Has the kernel refuse connections while the port stays ours: a socket that neither listens nor
  /// lets its address be used again keeps every other program out.
  func pause() {
    setAddressReuse(false)
    _ = shutdown(descriptor, CInt(SHUT_RD))
  }

  /// Accepts again after `pause`.
  ///
  /// - Throws: `SystemCallError`.
  func resume() throws {
    setAddressReuse(true)
    guard listen(descriptor, ListeningSocket.backlog) == 0 else {
      throw SystemCallError(call: "listen on", subject: "\(endpoint)", errno: errno)
    }
  }
}

extension ListeningSocket {
  private func setAddressReuse(_ isOn: Bool) {
    var value: CInt = isOn ? 1 : 0
    _ = setsockopt(
      descriptor, SOL_SOCKET, SO_REUSEADDR, &value, socklen_t(MemoryLayout<CInt>.size))
  }
}

/// `accept` under a name that no member of ours hides.
private let systemAccept = accept(_:_:_:)

/// Socket names as endpoints.
enum SocketName {
  static func local(of descriptor: CInt) -> Endpoint? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length)
      }
    }
    return result == 0 ? endpoint(storage) : nil
  }

  /// Accepts one connection; nil and `errno` where that fails.
  static func accept(on listener: CInt) -> (descriptor: CInt, peer: Endpoint)? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let descriptor = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        systemAccept(listener, address, &length)
      }
    }
    guard descriptor >= 0 else { return nil }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    guard let peer = endpoint(storage) else {
      _ = close(descriptor)
      errno = ECONNABORTED
      return nil
    }
    return (descriptor, peer)
  }

  private static func endpoint(_ storage: sockaddr_storage) -> Endpoint? {
    withUnsafeBytes(of: storage) { bytes in
      // Safety: sockaddr_storage is larger than both shapes and aligned for them.
      switch CInt(storage.ss_family) {
      case AF_INET:
        let address = bytes.loadUnaligned(as: sockaddr_in.self)
        return Endpoint(SocketAddress(address, host: ""))
      case AF_INET6:
        let address = bytes.loadUnaligned(as: sockaddr_in6.self)
        return Endpoint(SocketAddress(address, host: ""))
      default:
        return nil
      }
    }
  }
}
