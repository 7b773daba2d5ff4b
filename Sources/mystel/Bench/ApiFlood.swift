import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Asks the API as fast as it answers, from as many threads as there are cores, beside clients that ask and
/// do not read, and streams of events that nobody reads.
///
/// Its threads give way to all others, as if they ran on another machine.
struct ApiFlood: Sendable {
  struct Outcome: Sendable {
    var answered: UInt64 = 0
    /// Answers other than 200, and connections that were hung up on.
    var refused: UInt64 = 0
  }

  /// Event streams that are asked for, and clients that do not read.
  static let streams = 1000
  static let slowReaders = 8
  private static let clientsPerThread = 6

  let port: UInt16
  let token: String

  func run(seconds: Int) async throws -> Outcome {
    let end = Machine.now() + UInt64(seconds) * 1_000_000_000
    let pool = NIOThreadPool(numberOfThreads: System.coreCount + 1)
    pool.start()
    var sum = Outcome()
    let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
      group.addTask { try await pool.runIfActive { try idle(until: end) } }
      for _ in 0..<System.coreCount {
        group.addTask { try await pool.runIfActive { try ask(until: end) } }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for outcome in outcomes {
      sum.answered += outcome.answered
      sum.refused += outcome.refused
    }
    try await pool.shutdownGracefully()
    return sum
  }

  // MARK: One thread each

  /// Clients that ask again as soon as they are answered.
  private func ask(until end: UInt64) throws -> Outcome {
    Self.giveWay()
    let request = self.request("/api/v1/status")
    var outcome = Outcome()
    var clients: [Socket?] = Array(repeating: nil, count: Self.clientsPerThread)
    defer { for client in clients { client?.reset() } }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while Machine.now() < end {
      try Machine.checkInterrupt()
      for index in clients.indices {
        guard let client = clients[index] else {
          clients[index] = try connected()
          _ = clients[index]?.transmit(request.span)
          continue
        }
        switch client.receive(into: &buffer, limit: buffer.count) {
        case .wouldBlock: continue
        case .closed:
          outcome.refused += 1
          client.reset()
          clients[index] = nil
        case .bytes:
          // An answer of this size comes in one piece, or its end is read the next time.
          guard buffer.starts(with: Array("HTTP/1.1 ".utf8)) else { continue }
          let isGood = buffer[9..<12].elementsEqual("200".utf8)
          if isGood { outcome.answered += 1 } else { outcome.refused += 1 }
          _ = client.transmit(request.span)
        }
      }
      wait(for: clients)
    }
    return outcome
  }

  /// Streams and clients that nobody reads: those that are hung up on come again.
  private func idle(until end: UInt64) throws -> Outcome {
    Self.giveWay()
    var outcome = Outcome()
    var sockets: [Socket] = []
    defer { for socket in sockets { socket.reset() } }
    let stream = request("/api/v1/events")
    let many = Array(repeatElement(request("/metrics"), count: 64).joined())
    for index in 0..<(Self.streams + Self.slowReaders) {
      guard Machine.now() < end, let socket = try? connected() else { continue }
      _ = socket.transmit(index < Self.streams ? stream.span : many.span)
      sockets.append(socket)
      if index % 16 == 15 { usleep(1000) }
    }
    while Machine.now() < end { usleep(50_000) }
    // Whoever was hung up on finds the end behind what was sent, if anything was.
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    outcome.refused += UInt64(
      sockets.count { socket in
        while case .bytes = socket.receive(into: &buffer, limit: buffer.count) {}
        if case .closed = socket.receive(into: &buffer, limit: buffer.count) { return true }
        return false
      })
    return outcome
  }

  private func connected() throws -> Socket {
    let socket = try Socket.connection(to: port, fromHost: 1)
    _ = socket.isConnected(within: 1000)
    return socket
  }

  private func wait(for clients: [Socket?]) {
    var polled = clients.compactMap { $0 }.map {
      pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0)
    }
    _ = poll(&polled, nfds_t(polled.count), 10)
  }

  private func request(_ path: String) -> [UInt8] {
    Array(
      "GET \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n\r\n".utf8)
  }

  private static func giveWay() {
    #if canImport(Glibc)
      _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
    #elseif canImport(Musl)
      _ = setpriority(PRIO_PROCESS, 0, 19)
    #endif
  }
}
