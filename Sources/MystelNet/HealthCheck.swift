import MystelCore
import MystelWire
import NIOCore
import NIOPosix

/// Asks a backend now and then whether it accepts connections, so that players need not find out.
struct HealthCheck: Sendable {
  /// Between two checks of a backend that is down.
  static let retryInterval = Duration.seconds(1)

  /// How soon a session's failure to connect is looked into.
  private static let doubtInterval = Duration.milliseconds(100)

  let pool: BackendPool
  let group: any EventLoopGroup
  let timeouts: Timeouts

  /// Runs until cancelled; a session that cannot connect has the next check made at once.
  func run() async {
    while !Task.isCancelled {
      await check()
      let pause = pool.isDown ? HealthCheck.retryInterval : timeouts.healthCheck
      let end = ContinuousClock.now + pause
      while ContinuousClock.now < end, !Task.isCancelled, pool.isDown || !pool.takeDoubt() {
        try? await Task.sleep(for: min(pause, HealthCheck.doubtInterval))
      }
    }
  }

  /// One check: resolve, connect, say LOCAL where a header is expected, close.
  func check() async {
    do {
      let endpoint = try await resolve()
      let channel = try await ClientBootstrap(group: group)
        .connectTimeout(TimeAmount(timeouts.backendConnect))
        .connect(to: endpoint.socketAddress())
        .get()
      if let header = header(over: channel) {
        try await channel.writeAndFlush(ByteBuffer(bytes: header))
      }
      try? await channel.close()
      pool.connectSucceeded()
    } catch {
      let failure = ConnectFailure(error)
      guard !Task.isCancelled, !failure.isShortage else { return }
      pool.foundDown(failure)
    }
  }

  /// The backend's endpoint; a name that cannot be resolved now keeps its last good address.
  private func resolve() async throws -> Endpoint {
    let address = pool.configuration.address
    do {
      let endpoint = try await NIOThreadPool.singleton.runIfActive { try address.resolved() }
      pool.endpoint = endpoint
      return endpoint
    } catch {
      guard let last = pool.endpoint else { throw error }
      return last
    }
  }

  private func header(over channel: any Channel) -> [UInt8]? {
    // Another gateway hears nothing before its tunnel stands.
    guard pool.configuration.tunnel.key == nil,
      let version = pool.configuration.proxyProtocol.version,
      let local = channel.localAddress.flatMap({ Endpoint($0) }),
      let remote = channel.remoteAddress.flatMap({ Endpoint($0) })
    else { return nil }
    let ends = ProxyHeader.Endpoints(source: local, destination: remote)
    return try? ProxyHeader.healthCheck(version, over: ends).encoded()
  }
}
