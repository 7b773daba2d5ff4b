#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A blocking client of the control socket, for commands.
package final class ControlClient {
  /// The longest answer: an export of the largest list.
  private static let answerBytes = 256 << 20

  package let path: String
  private let descriptor: CInt
  private var received: [UInt8] = []

  /// Connects to the gateway at a path.
  ///
  /// - Parameter seconds: how long an answer may take.
  /// - Throws: `UnixSocketFault`.
  package init(path: String, seconds: Int = 60) throws(UnixSocketFault) {
    self.path = path
    descriptor = try UnixSocket.connection(to: path)
    var time = timeval()
    time.tv_sec = .init(seconds)
    let size = socklen_t(MemoryLayout<timeval>.size)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    signal(SIGPIPE, SIG_IGN)
  }

  deinit { _ = close(descriptor) }

  /// Sends a request of one line, and waits for the answer's line.
  ///
  /// - Throws: `UnixSocketFault`.
  package func ask(_ line: [UInt8]) throws(UnixSocketFault) -> [UInt8] {
    var rest = line[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, 0) }
      if count < 0, errno == EINTR { continue }
      // It may have hung up with a word about why.
      guard count > 0 else { break }
      rest = rest.dropFirst(count)
    }
    return try readLine()
  }

  private func readLine() throws(UnixSocketFault) -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    var searched = 0
    while true {
      if let end = received[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(received[...end])
        received.removeFirst(end + 1)
        return line
      }
      searched = received.count
      guard received.count <= ControlClient.answerBytes else {
        throw UnixSocketFault(path: path, message: "the answer does not end")
      }
      let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if count < 0, errno == EINTR { continue }
      guard count != 0 else {
        throw UnixSocketFault(
          path: path, message: "the gateway hung up without an answer; its log says why")
      }
      guard count > 0 else {
        let code = errno
        let isLate = code == EAGAIN || code == EWOULDBLOCK
        throw UnixSocketFault(
          path: path,
          message: isLate ? "the gateway does not answer" : String(cString: strerror(code)))
      }
      received.append(contentsOf: chunk[..<count])
    }
  }
}
