import MystelCore

/// One end of a simulated connection without its socket: bytes in, bytes out, time as a parameter.
///
/// After every call but `takeOutput` the driver takes the output, then looks at `wish` and
/// `deadline`; all three change only in `start`, `receive`, `receiveEnd` and `tick`.
package protocol SimMachine: Sendable {
  /// The connection exists.
  mutating func start(now: Instant)
  /// Bytes arrived, cut anywhere.
  mutating func receive(_ bytes: some Collection<UInt8>, now: Instant)
  /// The peer will send no more.
  mutating func receiveEnd(now: Instant)
  /// `deadline` has passed.
  mutating func tick(now: Instant)
  /// The bytes to send, once.
  mutating func takeOutput() -> [UInt8]
  /// When `tick` is wanted; nil while only the peer can change anything.
  var deadline: Instant? { get }
  /// What to do with the connection once the output is on its way.
  var wish: SimWish { get }
}

/// What a simulated end wants done with its connection.
package enum SimWish: Sendable, Equatable {
  /// Keep it.
  case stay
  /// Send the end of stream, and read on until the peer has sent its own.
  case finish
  /// Send a reset.
  case reset
}

/// How a simulated connection ended, as its own socket saw it.
package enum SimEnding: String, Sendable, CaseIterable {
  /// Both ends of stream crossed; everything sent was delivered.
  case orderly
  /// The peer ended the stream before this end wished to.
  case closedByPeer = "closed by peer"
  /// The peer, or something between, reset the connection.
  case resetByPeer = "reset by peer"
  /// This end sent a reset on purpose.
  case resetBySelf = "reset by itself"
  /// The connection never came to be.
  case refused
  /// The driver closed it when the simulation was over.
  case stopped
}
