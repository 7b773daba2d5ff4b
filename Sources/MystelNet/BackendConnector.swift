import MystelCore
import MystelWire
import NIOCore
import NIOPosix

/// How a socket to a backend is made.
enum BackendConnector {
  /// Connection attempts a session is worth.
  static let tries = 2
  static let retryDelay = TimeAmount.milliseconds(200)

  /// A connection that cannot be made, whatever the backend does.
  struct Refusal: Error { var reason: Reason }

  /// - Throws: `Refusal` where a transparent source address and the backend differ in family.
  static func bootstrap(
    loop: any EventLoop, policy: SessionPolicy, client: Endpoint, target: Endpoint
  ) throws -> ClientBootstrap {
    var bootstrap = SocketTuning.bootstrap(loop: loop, limits: policy.limits)
      .connectTimeout(TimeAmount(policy.timeouts.backendConnect))
    for (level, name, value) in SocketTuning.options {
      bootstrap = bootstrap.channelOption(
        ChannelOptions.Types.SocketOption(level: level, name: name), value: .init(value))
    }
    guard policy.backend.sourceAddress == .transparent else { return bootstrap }
    let source = client.address.canonical
    guard source.family == target.address.canonical.family else {
      throw Refusal(reason: .sourceFamilyMismatch)
    }
    for (level, name) in SocketTuning.transparency(source.family) {
      bootstrap = bootstrap.channelOption(
        ChannelOptions.Types.SocketOption(level: level, name: name), value: 1)
    }
    return bootstrap.bind(to: try Endpoint(source, port: 0).socketAddress())
  }
}
