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

/// Answers requests of the control socket.
package struct ControlService: Sendable {
  /// Starts a conversation with a user of this machine, by user id.
  package var converse: @Sendable (UInt32) -> @Sendable ([UInt8]) async -> [UInt8]
  /// The line that says why a client is turned away.
  package var refuse: @Sendable (ControlFault) -> [UInt8]

  package init(
    converse: @escaping @Sendable (UInt32) -> @Sendable ([UInt8]) async -> [UInt8],
    refuse: @escaping @Sendable (ControlFault) -> [UInt8]
  ) {
    self.converse = converse
    self.refuse = refuse
  }
}

/// What clients of the control socket can make the gateway hold.
package struct ControlLimits: Sendable {
  /// Longest request.
  package var requestBytes = 64 << 10
  package var clients = 16
  /// Between two requests.
  package var idle = TimeAmount.seconds(60)
  /// For the rest of a request whose first byte is there.
  package var request = TimeAmount.seconds(10)
  /// For an answer to be taken.
  package var answer = TimeAmount.seconds(30)

  package init() {}
}

/// The Unix socket by which operators of this machine steer the gateway.
///
/// Only the gateway's own user and root are heard: the file is theirs alone, and the kernel says who
/// connects. It has a thread of its own, so that nothing a client does disturbs players.
package final class ControlSocket: Sendable {
  package var path: String { listener.path }
  private let listener: UnixListener
  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel

  /// Listens at `path`.
  ///
  /// - Throws: `UnixSocketFault`, and what NIO throws.
  package init(
    path: String, service: ControlService, limits: ControlLimits = ControlLimits(),
    logger: Logger
  ) async throws {
    let listener = try UnixListener(path: path)
    self.listener = listener
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let count = ClientCount()
    let bootstrap = ServerBootstrap(group: group)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        PeerCredentials.user(of: channel).flatMapThrowing { user in
          try channel.pipeline.syncOperations.addHandler(
            ControlClientHandler(
              user: user, service: service, limits: limits, count: count, logger: logger))
        }
      }
    do {
      channel = try await bootstrap.withBoundSocket(listener.descriptor).get()
    } catch {
      _ = close(listener.descriptor)
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// Stops listening, hangs up on every client, and takes the file away if it still is this socket.
  package func stop() async {
    listener.removeFile()
    try? await channel.close().get()
    try? await group.shutdownGracefully()
  }
}

/// How many clients are connected. Confined to the socket's loop.
final class ClientCount: @unchecked Sendable {
  var value = 0
}

/// Who is at the other end of a Unix socket.
package enum PeerCredentials {
  private struct Credentials {
    var process: Int32 = 0
    var user: UInt32 = 0
    var group: UInt32 = 0
  }

  /// The user id of the peer, as the kernel saw it when the peer connected.
  package static func user(of channel: any Channel) -> EventLoopFuture<UInt32> {
    #if os(Linux)
      guard let provider = channel as? any SocketOptionProvider else {
        return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
      }
      let option: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
        level: .socket, name: .init(rawValue: SO_PEERCRED))
      return option.map(\.user)
    #else
      // The file's mode alone decides.
      return channel.eventLoop.makeSucceededFuture(geteuid())
    #endif
  }
}
