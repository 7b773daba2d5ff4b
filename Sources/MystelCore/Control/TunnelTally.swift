/// What became of a listener's tunnels.
package struct TunnelTally: Sendable, Equatable {
  /// Tunnels that stand now.
  package var open = 0
  /// Handshakes that came to a tunnel.
  package var opened: UInt64 = 0
  /// Handshakes that were to bring a cookie first.
  package var cookies: UInt64 = 0

  package init(open: Int = 0, opened: UInt64 = 0, cookies: UInt64 = 0) {
    self.open = open
    self.opened = opened
    self.cookies = cookies
  }

  package static func + (left: Self, right: Self) -> Self {
    Self(
      open: left.open + right.open, opened: left.opened &+ right.opened,
      cookies: left.cookies &+ right.cookies)
  }
}
