import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Makes HTTP requests to programs elsewhere, on a thread that gives way to players: its sockets, and
/// every task that waits for an answer.
///
/// Follows no redirect, reads no long answer, waits for nobody longer than it was told.
package final class OutwardClient: Sendable {
  package struct Reply: Sendable, Equatable {
    package var status: Int
    package var body: [UInt8]
    /// What `Retry-After` says, in seconds.
    package var retryAfter: Int?
  }

  /// Why there is no answer; nothing of it comes from the URL, which may be a secret.
  package struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String
  }

  package static let answerBytes = 64 << 10

  private let executor: any TaskExecutor
  private let client: HTTPClient

  /// - Parameters:
  ///   - group: the thread of its sockets; it must outlive this.
  ///   - executor: has tasks done on the same thread.
  package init(group: any EventLoopGroup, executor: any TaskExecutor) {
    self.executor = executor
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    configuration.timeout.connect = .seconds(5)
    configuration.timeout.read = .seconds(30)
    // Calls are seldom, and open files are the players'.
    configuration.connectionPool.idleTimeout = .seconds(1)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
    configuration.connectionPool.retryConnectionEstablishment = false
    client = HTTPClient(eventLoopGroup: group, configuration: configuration)
  }

  /// Runs a task on the thread.
  package func task(_ work: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
    Task(executorPreference: executor) { await work() }
  }

  /// - Throws: `Fault`.
  package func send(
    _ method: HTTPMethod, _ url: String, headers: [(String, String)] = [], body: [UInt8]? = nil,
    within timeout: Duration
  ) async throws(Fault) -> Reply {
    var request = HTTPClientRequest(url: url)
    request.method = method
    request.headers.add(name: "User-Agent", value: "Mystel")
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let body { request.body = .bytes(body) }
    let (seconds, parts) = timeout.components
    let deadline = NIODeadline.now() + .nanoseconds(seconds * 1_000_000_000 + parts / 1_000_000_000)
    do {
      return try await withThrowingTaskGroup(of: Reply.self) { [client, request] group in
        group.addTask {
          // The library's deadline is for the head alone.
          let response = try await client.execute(request, deadline: deadline)
          let read = try await response.body.collect(upTo: Self.answerBytes)
          return Reply(
            status: Int(response.status.code), body: Array(buffer: read),
            retryAfter: response.headers.first(name: "Retry-After").flatMap { Int($0) })
        }
        group.addTask {
          try await Task.sleep(for: timeout)
          throw HTTPClientError.deadlineExceeded
        }
        defer { group.cancelAll() }
        guard let reply = try await group.next() else { throw HTTPClientError.cancelled }
        return reply
      }
    } catch {
      throw OutwardClient.fault(error)
    }
  }

  /// A start that fails never gets to stop it, and the library takes a client that is dropped unstopped
  /// for a fault of the program.
  deinit {
    client.shutdown { _ in }
  }

  /// Ends what is under way.
  package func stop() async {
    try? await client.shutdown()
  }

  /// What went wrong, in words of ours: descriptions of errors may quote the request.
  private static func fault(_ error: any Error) -> Fault {
    switch error {
    case is NIOTooManyBytesError: Fault(description: "the answer is longer than 64 KiB")
    case is CancellationError: Fault(description: "called off")
    case let error as HTTPClientError:
      switch error {
      case .deadlineExceeded, .readTimeout, .writeTimeout, .connectTimeout,
        .getConnectionFromPoolTimeout:
        Fault(description: "no answer in time")
      case .cancelled, .alreadyShutdown: Fault(description: "called off")
      case .invalidURL, .emptyHost, .emptyScheme: Fault(description: "the URL cannot be used")
      default: Fault(description: "the connection failed")
      }
    case let error as IOError: Fault(description: String(cString: strerror(error.errnoCode)))
    case is NIOConnectionError: Fault(description: "nobody can be connected to there")
    default: Fault(description: "the connection failed")
    }
  }
}
