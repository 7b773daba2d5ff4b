#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why there is no control socket, or none that answers.
package struct UnixSocketFault: Error, CustomStringConvertible, Sendable {
  package var path: String
  package var message: String
  /// Whether nobody answers there, as opposed to somebody who must not be disturbed.
  package var isAbsence = false

  package var description: String { "\(path): \(message)" }
}

/// A listening Unix socket and its file.
package struct UnixListener: Sendable {
  package let path: String
  package let descriptor: CInt
  private let device: dev_t
  private let inode: ino_t

  /// See `UnixSocket.listening(at:)`.
  ///
  /// - Throws: `UnixSocketFault`.
  package init(path: String) throws(UnixSocketFault) {
    self.path = path
    descriptor = try UnixSocket.listening(at: path)
    var found = stat()
    _ = lstat(path, &found)
    (device, inode) = (found.st_dev, found.st_ino)
  }

  /// Takes the file away, if it still is this socket's.
  package func removeFile() {
    var found = stat()
    guard lstat(path, &found) == 0, found.st_dev == device, found.st_ino == inode else { return }
    _ = unlink(path)
  }
}

/// Unix stream sockets by path.
package enum UnixSocket {
  /// Longest path: what the kernel takes, less what a new socket is called until it is ready.
  package static let pathBytes = 96
  private static let backlog: CInt = 32

  /// A listening socket at `path` that only its owner may connect to. One that a dead process has
  /// left behind is replaced; of one that answers nothing is touched.
  ///
  /// The file appears under its name only when it is ready, so nobody meets it open to all.
  ///
  /// - Throws: `UnixSocketFault`.
  package static func listening(at path: String) throws(UnixSocketFault) -> CInt {
    try clear(path)
    let fresh = "\(path).\(getpid())"
    _ = unlink(fresh)
    let descriptor = try opened(path)
    let done: CInt = withAddress(fresh) { address, length in
      guard bind(descriptor, address, length) == 0, chmod(fresh, 0o600) == 0,
        listen(descriptor, backlog) == 0
      else { return -1 }
      return rename(fresh, path)
    }
    guard done == 0 else {
      let reason = String(cString: strerror(errno))
      _ = close(descriptor)
      _ = unlink(fresh)
      throw UnixSocketFault(
        path: path, message: "cannot be made: \(reason); is its directory there, and writable?")
    }
    return descriptor
  }

  /// A connection to whoever listens at `path`.
  ///
  /// - Throws: `UnixSocketFault`.
  package static func connection(to path: String) throws(UnixSocketFault) -> CInt {
    let descriptor = try opened(path)
    let done = withAddress(path) { address, length in connect(descriptor, address, length) }
    guard done == 0 else {
      let code = errno
      _ = close(descriptor)
      let message =
        switch code {
        case ENOENT: "there is no such socket"
        case ECONNREFUSED: "nobody answers"
        case EACCES, EPERM: "is not for this user; use the gateway's own, or root"
        default: String(cString: strerror(code))
        }
      throw UnixSocketFault(
        path: path, message: message, isAbsence: [ENOENT, ENOTDIR, ECONNREFUSED].contains(code))
    }
    return descriptor
  }

  /// Sends bytes to whoever listens at `path`, and takes what comes until the end, 64 KiB at most.
  ///
  /// - Throws: `UnixSocketFault`.
  package static func exchange(
    _ bytes: [UInt8], at path: String, seconds: Int
  ) throws(UnixSocketFault) -> [UInt8] {
    let descriptor = try connection(to: path)
    defer { _ = close(descriptor) }
    var time = timeval()
    time.tv_sec = .init(seconds)
    let size = socklen_t(MemoryLayout<timeval>.size)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    signal(SIGPIPE, SIG_IGN)
    _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, 0) }
    var received: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while received.count < 64 << 10 {
      let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      received.append(contentsOf: chunk[..<count])
    }
    return received
  }

  /// Makes room for a socket.
  private static func clear(_ path: String) throws(UnixSocketFault) {
    var found = stat()
    guard lstat(path, &found) == 0 else { return }
    guard found.st_mode & S_IFMT == S_IFSOCK else {
      throw UnixSocketFault(path: path, message: "is a file that is no socket; name another path")
    }
    do throws(UnixSocketFault) {
      _ = close(try connection(to: path))
    } catch {
      guard error.isAbsence else { throw error }
      return
    }
    throw UnixSocketFault(
      path: path, message: "another gateway answers there; give each a socket of its own")
  }

  private static func opened(_ path: String) throws(UnixSocketFault) -> CInt {
    guard path.utf8.count <= pathBytes, !path.utf8.contains(0) else {
      throw UnixSocketFault(
        path: path, message: "is longer than the \(pathBytes) bytes that a socket's path may have")
    }
    let descriptor = socket(AF_UNIX, SocketTuning.stream, 0)
    guard descriptor >= 0 else {
      throw UnixSocketFault(path: path, message: String(cString: strerror(errno)))
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
  }

  private static func withAddress<Result>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { room in
      // The last byte stays zero.
      for (index, byte) in path.utf8.prefix(room.count - 1).enumerated() { room[index] = byte }
    }
    // Safety: every kind of socket address is read as its common start and its length.
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
