/// Every deadline of a session, with its default and reason. Mirrors the `timeouts:` section.
///
/// Deadlines count from the start of their phase; activity does not extend them, except `idle`.
package struct Timeouts: Sendable, Equatable {
  /// For a complete PROXY header. Default 5 s; the specification asks for at least 3 s.
  package var proxyHeader = Duration.seconds(5)
  /// For both client keys, from the hello on. Default 10 s.
  package var keys = Duration.seconds(10)
  /// For the first complete packet, from the end of the key exchange on. Default 10 s.
  package var firstPacket = Duration.seconds(10)
  /// For one packet to become complete once its first byte is there. Default 30 s.
  package var packet = Duration.seconds(30)
  /// Without a byte in either direction. Default 10 min; a healthy client pings far more often.
  package var idle = Duration.seconds(600)
  /// A receiver whose queue stays full. Default 30 s.
  package var queueFull = Duration.seconds(30)
  /// From the client's half-close to the end of the session. Default 30 s.
  package var clientHalfClose = Duration.seconds(30)
  /// From the backend's half-close to the end of the session. Default 5 s.
  package var backendHalfClose = Duration.seconds(5)
  /// For the TCP connection to a backend, per try. Default 3 s.
  package var backendConnect = Duration.seconds(3)
  /// For the backend's hello, from the connection on. Default 5 s.
  package var backendHello = Duration.seconds(5)
  /// Between two health checks of a backend that answers. Default 5 s.
  package var healthCheck = Duration.seconds(5)
  /// Between SIGTERM and the end of the sessions still open. Default 30 s.
  package var drain = Duration.seconds(30)

  package init() {}
}
