import MystelCore
import MystelWire
import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a socket to a backend is made.
enum BackendConnector {
  /// Connection attempts a session is worth.
  static let tries = 2
  static let retryDelay = TimeAmount.milliseconds(200)

  /// A connection that cannot be made, whatever the backend does.
  struct Refusal: Error { var reason: Reason }

  /// Whether a failure to connect says something about the backend, and not about this machine or
  /// about the player's address that was to be used.
  static func blamesBackend(_ error: any Error) -> Bool {
    guard let error = error as? IOError else { return true }
    return switch error.errnoCode {
    case ECONNREFUSED, ECONNRESET, ECONNABORTED, EPIPE, ETIMEDOUT, EHOSTUNREACH, EHOSTDOWN,
      ENETUNREACH, ENETDOWN:
      true
    default: false
    }
  }

  /// Whether this machine lacks what every connection needs: descriptors, ports or memory.
  static func isShortage(_ error: any Error) -> Bool {
    guard let error = error as? IOError else { return false }
    return [EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, EAGAIN].contains(error.errnoCode)
  }

  /// The system's own words for a failure to connect.
  static func text(_ error: any Error) -> String {
    switch error {
    case let error as IOError: String(cString: strerror(error.errnoCode))
    case let error as NIOConnectionError:
      error.connectionErrors.first.map { text($0.error) } ?? "no address to connect to"
    case let error as Refusal: error.reason.label
    case ChannelError.connectTimeout(let time):
      "no answer within \(time.nanoseconds / 1_000_000) ms"
    default: "\(error)"
    }
  }

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
