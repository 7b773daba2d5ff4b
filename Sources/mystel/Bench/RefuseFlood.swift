import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Opens connections from one address as fast as they are refused.
struct RefuseFlood: Sendable {
  /// Connections under way at a time.
  static let window = 256
  /// The flood's address is 127.0.0.66.
  private static let host: UInt8 = 66

  let port: UInt16

  /// - Returns: the connections that were seen closed.
  func run(seconds: Int) async throws -> UInt64 {
    try await NIOThreadPool.singleton.runIfActive { try flood(seconds: seconds) }
  }

  private func flood(seconds: Int) throws -> UInt64 {
    let end = Machine.now() + UInt64(seconds) * 1_000_000_000
    var ring: [Socket?] = Array(repeating: nil, count: Self.window)
    defer { for socket in ring { socket?.reset() } }
    var buffer = [UInt8](repeating: 0, count: 16)
    var refused: UInt64 = 0
    var at = 0
    while Machine.now() < end {
      try Machine.checkInterrupt()
      if let oldest = ring[at] {
        switch fate(of: oldest, &buffer) {
        case .waiting: continue
        case .admitted: break
        case .refused: refused += 1
        }
        oldest.reset()
        ring[at] = nil
      }
      ring[at] = try? Socket.connection(to: port, fromHost: Self.host)
      at = (at + 1) % Self.window
    }
    return refused
  }

  private enum Fate { case waiting, admitted, refused }

  /// Whether a connection was closed, or greeted; waits up to a millisecond for either.
  private func fate(of socket: Socket, _ buffer: inout [UInt8]) -> Fate {
    switch socket.receive(into: &buffer, limit: buffer.count) {
    case .closed: return .refused
    case .bytes: return .admitted
    case .wouldBlock:
      var state = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&state, 1, 1)
      return .waiting
    }
  }
}
