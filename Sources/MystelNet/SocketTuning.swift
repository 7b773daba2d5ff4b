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

/// Socket options of both legs, and the size of reads and queues.
enum SocketTuning {
  /// What both legs have in common. Reading starts when the session wants it to.
  static func bootstrap(loop: any EventLoop, limits: Limits) -> ClientBootstrap {
    ClientBootstrap(group: loop)
      .channelOption(.autoRead, value: false)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.maxMessagesPerRead, value: 1)
      .channelOption(.recvAllocator, value: ReadSizes())
      .channelOption(
        .writeBufferWaterMark,
        value: .init(low: max(1, limits.queueBytes / 2), high: max(1, limits.queueBytes)))
  }

  private static let tcp = NIOBSDSocket.OptionLevel(rawValue: CInt(IPPROTO_TCP))

  /// A player whose cable was pulled is gone within a minute: keep-alive after 30 s, three probes
  /// ten seconds apart, and 30 s for unacknowledged data.
  static let options: [(NIOBSDSocket.OptionLevel, NIOBSDSocket.Option, CInt)] = {
    var options: [(NIOBSDSocket.OptionLevel, NIOBSDSocket.Option, CInt)] = [
      (tcp, NIOBSDSocket.Option(rawValue: TCP_NODELAY), 1),
      (.socket, NIOBSDSocket.Option(rawValue: SO_KEEPALIVE), 1),
    ]
    #if os(Linux)
      options += [
        (tcp, NIOBSDSocket.Option(rawValue: TCP_KEEPIDLE), 30),
        (tcp, NIOBSDSocket.Option(rawValue: TCP_KEEPINTVL), 10),
        (tcp, NIOBSDSocket.Option(rawValue: TCP_KEEPCNT), 3),
        (tcp, NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT), 30_000),
      ]
    #endif
    return options
  }()

  /// What lets a socket use an address that is not ours, without spending a port on the bind.
  /// The numbers are Linux's: IP_TRANSPARENT, IPV6_TRANSPARENT, IP_BIND_ADDRESS_NO_PORT.
  static func transparency(
    _ family: IPAddress.Family
  ) -> [(NIOBSDSocket.OptionLevel, NIOBSDSocket.Option)] {
    let ip = NIOBSDSocket.OptionLevel(rawValue: CInt(IPPROTO_IP))
    let ipv6 = NIOBSDSocket.OptionLevel(rawValue: CInt(IPPROTO_IPV6))
    let noPort = (ip, NIOBSDSocket.Option(rawValue: 24))
    switch family {
    case .ipv4: return [(ip, NIOBSDSocket.Option(rawValue: 19)), noPort]
    case .ipv6: return [(ipv6, NIOBSDSocket.Option(rawValue: 75)), noPort]
    }
  }

  /// Whether this process may use addresses that are not its own, asked before players find out.
  ///
  /// - Throws: `SystemCallError`.
  static func checkTransparency() throws {
    #if os(Linux)
      let kind = CInt(SOCK_STREAM.rawValue)
    #else
      let kind = SOCK_STREAM
    #endif
    let descriptor = socket(AF_INET, kind, 0)
    defer { if descriptor >= 0 { _ = close(descriptor) } }
    guard let (level, name) = transparency(.ipv4).first else { return }
    var on: CInt = 1
    let size = socklen_t(MemoryLayout<CInt>.size)
    guard setsockopt(descriptor, level.rawValue, name.rawValue, &on, size) == 0 else {
      throw SystemCallError(
        call: "set IP_TRANSPARENT", subject: "for source_address: transparent", errno: errno)
    }
  }

  /// Sets the options on an accepted socket. Failures show as the socket's own errors soon enough.
  static func tune(_ descriptor: CInt) {
    for (level, name, value) in options {
      var value = value
      _ = setsockopt(
        descriptor, level.rawValue, name.rawValue, &value, socklen_t(MemoryLayout<CInt>.size))
    }
  }

  /// Has `close` reset the connection: a flood that is refused would otherwise leave the kernel
  /// remembering each of its connections for a minute.
  static func resetOnClose(_ descriptor: CInt) {
    var now = linger(l_onoff: 1, l_linger: 0)
    _ = setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
  }
}

extension TimeAmount {
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let limited = min(max(seconds, 0), 1 << 31)
    self = .nanoseconds(limited * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
