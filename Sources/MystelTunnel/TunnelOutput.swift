/// What came of bytes, a call or the time: read by whoever owns the sockets, and emptied.
package struct TunnelOutput: ~Copyable {
  /// For the peer.
  package var wire: [UInt8] = []
  /// From the peer, authentic and in order.
  package var plain: [UInt8] = []
  /// Set once, when the tunnel stands.
  package var hasOpened = false
  /// Set where the initiator is to bring a cookie first.
  package var asksForCookie = false
  /// The peer has no more to say; comes after everything in `plain`.
  package var hasEnded = false
  /// Why the tunnel is over. What is in `wire` need not be sent then.
  package var fault: TunnelFault?

  package init() {}

  /// Forgets everything but some memory.
  package mutating func reset() {
    wire.removeAll(keepingCapacity: wire.capacity <= 256 * 1024)
    plain.removeAll(keepingCapacity: plain.capacity <= 256 * 1024)
    hasOpened = false
    asksForCookie = false
    hasEnded = false
    fault = nil
  }
}
