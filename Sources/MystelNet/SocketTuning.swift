import MystelCore
import MystelWire

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Socket options of both legs.
enum SocketTuning {
  /// The kind of all of them, which the C libraries import with different types.
  #if os(Linux)
    static let stream = CInt(SOCK_STREAM.rawValue)
  #else
    static let stream = SOCK_STREAM
  #endif

  struct Option {
    var level: CInt
    var name: CInt
    var value: CInt = 1

    /// - Returns: whether that could be; where it matters, failures show as the socket's own errors soon
    ///   enough.
    @discardableResult
    func set(on descriptor: CInt) -> Bool {
      var value = value
      return setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size)) == 0
    }
  }

  /// A player whose cable was pulled is gone within a minute: keep-alive after 30 s, three probes
  /// ten seconds apart, and 30 s for unacknowledged data.
  static let options: [Option] = {
    let tcp = CInt(IPPROTO_TCP)
    var options = [
      Option(level: tcp, name: TCP_NODELAY), Option(level: SOL_SOCKET, name: SO_KEEPALIVE),
    ]
    #if os(Linux)
      options += [
        Option(level: tcp, name: TCP_KEEPIDLE, value: 30),
        Option(level: tcp, name: TCP_KEEPINTVL, value: 10),
        Option(level: tcp, name: TCP_KEEPCNT, value: 3),
        Option(level: tcp, name: TCP_USER_TIMEOUT, value: 30_000),
      ]
    #endif
    return options
  }()

  /// What lets a socket use an address that is not ours, without spending a port on the bind.
  /// The numbers are Linux's: IP_TRANSPARENT, IPV6_TRANSPARENT, IP_BIND_ADDRESS_NO_PORT.
  static func transparency(_ family: IPAddress.Family) -> [Option] {
    let noPort = Option(level: CInt(IPPROTO_IP), name: 24)
    switch family {
    case .ipv4: return [Option(level: CInt(IPPROTO_IP), name: 19), noPort]
    case .ipv6: return [Option(level: CInt(IPPROTO_IPV6), name: 75), noPort]
    }
  }

  /// Whether this process may use addresses that are not its own, asked before players find out.
  ///
  /// - Throws: `SystemCallError`.
  static func checkTransparency() throws {
    let descriptor = socket(AF_INET, stream, 0)
    defer { if descriptor >= 0 { _ = close(descriptor) } }
    guard let option = transparency(.ipv4).first else { return }
    guard option.set(on: descriptor) else {
      throw SystemCallError(
        call: "set IP_TRANSPARENT", subject: "for source_address: transparent", errno: errno)
    }
  }

  /// A socket of our options that can be connected as ordered. It blocks.
  ///
  /// - Throws: `ConnectFailure`, or what NIO throws for texts that are no addresses; ours always are.
  static func openSocket(for order: ConnectOrder) throws -> CInt {
    let family = try order.target.socketAddress().protocol.rawValue
    let descriptor = socket(family, stream, 0)
    guard descriptor >= 0 else { throw ConnectFailure.system(errno) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    tune(descriptor)
    guard let source = order.transparentSource else { return descriptor }
    for option in transparency(source.family) { option.set(on: descriptor) }
    let bound = try Endpoint(source, port: 0).socketAddress().withSockAddr { address, length in
      bind(descriptor, address, socklen_t(length))
    }
    guard bound == 0 else {
      let failure = ConnectFailure.system(errno)
      _ = close(descriptor)
      throw failure
    }
    return descriptor
  }

  /// Sets the options on an accepted socket. Failures show as the socket's own errors soon enough.
  static func tune(_ descriptor: CInt) {
    for option in options { option.set(on: descriptor) }
  }

  /// Has `close` reset the connection: a flood that is refused would otherwise leave the kernel
  /// remembering each of its connections for a minute.
  static func resetOnClose(_ descriptor: CInt) {
    var now = linger(l_onoff: 1, l_linger: 0)
    _ = setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
  }
}
