/// Every bound on what a peer can make the gateway hold, with its unit, default and reason.
///
/// Settable ones are stored properties and mirror the `limits:` section of the configuration;
/// fixed ones are static.
package struct Limits: Sendable, Equatable {
  /// Concurrent player connections; nil takes what the process's open-file limit allows.
  package var sessions: Int?
  /// Bytes queued in one direction before the other side is no longer read. Default 262,144:
  /// a 400 KB login burst passes in two fills, and 500 stuck players cost 128 MB at most.
  package var queueBytes = 256 * 1024
  /// Connections to one backend whose key exchange is not complete. Default 64: a game server
  /// that accepts a few hundred connections keeps room for players under a handshake flood.
  package var halfOpenPerBackend = 64
  /// Longest packet a client may send, header included. Default 16,384: the largest genuine
  /// ones are settings blobs of up to 9,000 bytes. Source: docs/protocol/tera.md#sizes
  package var clientPacketBytes = 16 * 1024

  /// What one session's client may send.
  package var session = SessionLimits()
  /// What addresses, their networks and all together may ask for.
  package var sources = AddressLimits()

  package init() {}

  /// Packets judged in one turn of the event loop before other sessions get theirs.
  package static let packetsPerTurn = 512
  /// Bytes deciphered in one turn of the event loop before other sessions get theirs.
  package static let bytesPerTurn = 64 * 1024
  /// Player connections waiting for a half-open backend slot; the oldest is closed beyond it.
  package static let waitingPerBackend = 4096
}
