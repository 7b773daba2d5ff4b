/// Why a tunnel ends before its time. Every one of them ends the connection: there is no going on
/// after a failure, and no way around the tunnel.
package enum TunnelFault: String, Error, CaseIterable, Sendable {
  /// Bytes that are no message of this protocol, or not one that may come now.
  case malformed
  case unknownVersion = "unknown_version"
  /// The peer asks for another mode than the one that is set here.
  case wrongMode = "wrong_mode"
  /// A public key of low order: whatever is agreed on with it is known to everybody.
  case weakKey = "weak_key"
  /// The handshake does not prove what it must: another key, another name, or changed on the way.
  case handshakeNotAuthentic = "handshake_not_authentic"
  /// The peer has proved to hold a key that is not on the list.
  case unknownPeer = "unknown_peer"
  /// More handshakes are asked for than there is time for.
  case overloaded
  case handshakeTimeout = "handshake_timeout"
  /// A record was changed, left out, repeated or sent out of turn.
  case recordNotAuthentic = "record_not_authentic"
  /// A record of an honest key that breaks the protocol.
  case recordMalformed = "record_malformed"
  /// A record was begun and not finished in time.
  case recordTimeout = "record_timeout"
  /// The peer seals more under one key than is allowed.
  case rekeyOverdue = "rekey_overdue"
  /// The connection ended without the record that says so.
  case truncated
}
