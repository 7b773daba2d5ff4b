/// Either end of a tunnel, as whoever owns its socket uses it.
package protocol TunnelPeer: ~Copyable {
  /// When `handleTimeout` wants to be called; every other call may change it.
  var deadline: UInt64 { get }
  /// Bytes to be sent that wait for the handshake, or for their turn at a constant rate.
  var queuedBytes: Int { get }
  /// Whether the end is sent, and everything before it.
  var hasSentEnd: Bool { get }

  /// Says what it says unasked.
  mutating func start(output: inout TunnelOutput)
  mutating func receive(_ bytes: RawSpan, now: UInt64, output: inout TunnelOutput)
  mutating func send(_ bytes: RawSpan, now: UInt64, output: inout TunnelOutput)
  mutating func finish(now: UInt64, output: inout TunnelOutput)
  mutating func end(now: UInt64, output: inout TunnelOutput)
  mutating func inputEnded(output: inout TunnelOutput)
  mutating func handleTimeout(now: UInt64, isReading: Bool, output: inout TunnelOutput)
}

extension TunnelInitiator: TunnelPeer {}

extension TunnelResponder: TunnelPeer {
  /// Nothing: it answers.
  package mutating func start(output: inout TunnelOutput) {}
}
