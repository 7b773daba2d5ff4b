import Hummingbird
import HummingbirdCore
import Logging
import MystelCore
import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What clients of the management server can make the gateway hold.
package struct ManagementLimits: Sendable {
  /// At all addresses together; more are hung up on.
  package var connections = Configuration.Management.connections
  /// By TCP, so that who is at the machine always gets through.
  package var remoteConnections = Configuration.Management.connections * 3 / 4
  /// Without a complete request.
  package var idle = TimeAmount.seconds(30)
  /// From a request's head to the last byte of its answer.
  package var exchange = TimeAmount.seconds(30)
  /// After which a connection ends when nothing is being answered on it.
  package var connection = TimeAmount.minutes(10)
  package var headerBytes = 16 << 10
  package var headerFields = 64

  package init() {}
}

/// Serves HTTP to operators and monitoring, on a thread of its own that gives way to all others: its
/// sockets, and every task that answers a request.
package final class ManagementServer: Sendable {
  /// Where somebody is listened to.
  package enum Place: Sendable {
    /// A Unix socket that is bound already, and whose file only its owner may use.
    case descriptor(CInt)
    case tcp(host: String, port: Int, tls: ManagementTLS?)
  }

  private let loop = BackgroundLoop()
  private let service: ManagementService
  private let channels: [any Channel]
  private let serving: Task<Void, Never>
  /// Where TCP is listened to, with the port that the system chose.
  package let port: Int?

  private static let sendBufferBytes: ChannelOptions.Types.SocketOption.Value = 128 << 10

  /// Listens at each place.
  ///
  /// - Throws: what NIO throws; nothing is left open then but descriptors that were handed in.
  package init(
    places: [Place], service: ManagementService, limits: ManagementLimits = ManagementLimits(),
    logger: Logger
  ) async throws {
    let logger = ManagementServer.quieter(logger)
    self.service = service
    let (connections, feed) = AsyncStream.makeStream(of: Connection.self)
    let bootstrap = ManagementServer.bootstrap(loop.group, service, limits, logger, feed)
    var channels: [any Channel] = []
    var port: Int?
    do {
      for place in places {
        switch place {
        case .descriptor(let descriptor):
          channels.append(try await bootstrap(false, nil).withBoundSocket(descriptor).get())
        case .tcp(let host, let wanted, let tls):
          let channel = try await bootstrap(true, tls).bind(host: host, port: wanted).get()
          port = channel.localAddress?.port
          channels.append(channel)
        }
      }
    } catch {
      for channel in channels { try? await channel.close().get() }
      await loop.stop()
      throw error
    }
    self.channels = channels
    self.port = port
    serving = Task(executorPreference: loop.executor) {
      await withDiscardingTaskGroup { group in
        for await connection in connections {
          group.addTask {
            await connection.channel.handle(value: connection.value, logger: logger)
          }
        }
        group.cancelAll()
      }
    }
  }

  /// Stops listening, hangs up on every client, and ends the thread.
  package func stop() async {
    for channel in channels { try? await channel.close().get() }
    serving.cancel()
    service.connections.closeAll()
    await serving.value
    await loop.stop()
  }

  /// What the library says below a warning is about peers that hang up, or is said better here.
  private static func quieter(_ logger: Logger) -> Logger {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .warning)
    return logger
  }

  // MARK: Connections

  private struct Connection: Sendable {
    var channel: HTTP1Channel
    var value: HTTP1Channel.Value
  }

  private struct TooMany: Error {}

  /// What makes listening sockets, by whether TCP is spoken there, and under which certificate.
  private static func bootstrap(
    _ group: MultiThreadedEventLoopGroup, _ service: ManagementService, _ limits: ManagementLimits,
    _ logger: Logger, _ feed: AsyncStream<Connection>.Continuation
  ) -> @Sendable (Bool, ManagementTLS?) -> ServerBootstrap {
    { isRemote, tls in
      ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 64)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: isRemote ? 1 : 0)
        .childChannelOption(.allowRemoteHalfClosure, value: true)
        // What the kernel holds for a client who does not read is bounded, too.
        .childChannelOption(.socketOption(.so_sndbuf), value: sendBufferBytes)
        .childChannelInitializer { channel in
          guard service.connections.enter(channel, isRemote: isRemote, limits) else {
            return channel.eventLoop.makeFailedFuture(TooMany())
          }
          channel.closeFuture.whenComplete { _ in service.connections.leave(channel) }
          if let tls {
            do {
              try channel.pipeline.syncOperations.addHandler(tls.handler())
            } catch {
              return channel.eventLoop.makeFailedFuture(error)
            }
          }
          let http = connection(channel, service, limits, isRemote: isRemote)
          return http.setup(channel: channel, logger: logger).map { value in
            feed.yield(Connection(channel: http, value: value))
          }
        }
    }
  }

  /// The handling of one connection, within what it may take.
  private static func connection(
    _ channel: any Channel, _ service: ManagementService, _ limits: ManagementLimits,
    isRemote: Bool
  ) -> HTTP1Channel {
    let watch = ConnectionWatch(channel, limits)
    return HTTP1Channel(
      responder: { request, writer, channel in
        watch.begin()
        defer { watch.end() }
        let response = await service.respond(
          to: request,
          at: ManagementContext.Source(channel: channel, isRemote: isRemote, watch: watch))
        try await writer.write(response: response.head, body: response.body)
      },
      configuration: HTTP1Channel.Configuration(
        idleTimeout: limits.idle,
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
          maxHeaderFieldCount: limits.headerFields)))
  }
}
