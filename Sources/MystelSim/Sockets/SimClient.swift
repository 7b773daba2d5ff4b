import MystelCore
import MystelWire
import NIOCore
import NIOPosix

/// What became of one simulated client.
package struct SimOutcome<Machine: SimMachine>: Sendable {
  package var machine: Machine
  package var ending: SimEnding
  /// From the connection to its end.
  package var lasted: Duration
}

/// A simulated client with a socket of its own.
package final class SimClient<Machine: SimMachine>: Sendable {
  /// Succeeds when the connection is over, however it ended.
  package let ended: EventLoopFuture<SimOutcome<Machine>>

  private let channel: any Channel
  private let handler: NIOLoopBound<SimChannelHandler<Machine>>

  private init(
    channel: any Channel, handler: NIOLoopBound<SimChannelHandler<Machine>>,
    ended: EventLoopFuture<SimOutcome<Machine>>
  ) {
    self.channel = channel
    self.handler = handler
    self.ended = ended
  }

  /// Connects from an address of this host.
  ///
  /// - Parameter source: nil takes what the kernel chooses; `127.x.y.z` are all this host's.
  /// - Throws: the connection's error.
  package static func connect(
    _ machine: Machine, to endpoint: Endpoint, from source: IPAddress? = nil,
    on loop: any EventLoop, timeout: Duration = .seconds(5)
  ) async throws -> SimClient {
    let promise = loop.makePromise(of: SimOutcome<Machine>.self)
    let made = loop.makePromise(of: NIOLoopBound<SimChannelHandler<Machine>>.self)
    var bootstrap = ClientBootstrap(group: loop)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .connectTimeout(TimeAmount(timeout))
      .channelInitializer { channel in
        let began = SimChannelHandler<Machine>.now()
        let handler = SimChannelHandler(machine: machine) { machine, ending in
          let nanoseconds = SimChannelHandler<Machine>.now().nanoseconds &- began.nanoseconds
          promise.succeed(
            SimOutcome(
              machine: machine, ending: ending,
              lasted: .nanoseconds(Int64(truncatingIfNeeded: nanoseconds))))
        }
        made.succeed(NIOLoopBound(handler, eventLoop: channel.eventLoop))
        return channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(handler)
        }
      }
    do {
      if let source {
        bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: "\(source)", port: 0))
      }
      let channel = try await bootstrap.connect(to: SocketAddress(endpoint)).get()
      let handler = try await made.futureResult.get()
      return SimClient(channel: channel, handler: handler, ended: promise.futureResult)
    } catch {
      made.fail(error)
      promise.fail(error)
      throw error
    }
  }

  /// Talks to the machine, on its own loop; does nothing once the connection is over.
  package func perform(_ body: @escaping @Sendable (inout Machine, Instant) -> Void) {
    channel.eventLoop.execute { [channel, handler] in
      guard
        let context = try? channel.pipeline.syncOperations.context(handler: handler.value)
      else { return }
      handler.value.perform(context, body)
    }
  }

  /// Closes the connection now.
  package func stop() { channel.pipeline.fireUserInboundEventTriggered(SimStop()) }
}

extension SocketAddress {
  init(_ endpoint: Endpoint) throws {
    self = try SocketAddress(ipAddress: "\(endpoint.address)", port: Int(endpoint.port))
  }
}
