/// The ways in which a simulated client misbehaves.
package enum Offender: String, Sendable, CaseIterable {
  /// Connects and says nothing.
  case silent
  /// Sends 64 bytes of its first key and stops.
  case halfKeys
  /// Sends its first key one byte at a time, far apart.
  case dripFeed
  /// Sends an HTTP request where a key belongs.
  case httpAsKey
  /// Completes the handshake, and then sends noise that was never enciphered.
  case garbageAfterKeys
  /// Claims a build that the server does not speak.
  case wrongBuild
  /// Logs in, and then sends a packet header that claims this many bytes in all.
  case lengthZero, lengthOne, lengthTwo, lengthThree
  /// Logs in, and then claims a packet of 65,535 bytes, which no client needs.
  case oversized
  /// Logs in, and then sends as many four-byte packets as the connection takes.
  case tinyFlood
  /// Logs in, and then sends packets of many kilobytes as fast as the connection takes them.
  case byteFlood
  /// Opens connection after connection from one address, many at once, and says nothing.
  case connectionFlood
  /// The same, each with the first key of a handshake that never goes on.
  case handshakeFlood
  /// Logs in, sends half a packet, and resets the connection.
  case resetMidPacket
  /// Enters the world, chats with markup that the game does not have, and then moves with a tool that
  /// writes positions without numbers.
  case toolUser

  /// The length that the offending header claims, where the header is the offence.
  package var claimedLength: UInt16? {
    switch self {
    case .lengthZero: 0
    case .lengthOne: 1
    case .lengthTwo: 2
    case .lengthThree: 3
    case .oversized: .max
    case .silent, .halfKeys, .dripFeed, .httpAsKey, .garbageAfterKeys, .wrongBuild, .tinyFlood,
      .byteFlood, .connectionFlood, .handshakeFlood, .resetMidPacket, .toolUser:
      nil
    }
  }

  /// Whether the offence happens before the handshake is complete.
  package var isBeforeKeys: Bool {
    switch self {
    case .silent, .halfKeys, .dripFeed, .httpAsKey, .connectionFlood, .handshakeFlood: true
    case .garbageAfterKeys, .wrongBuild, .lengthZero, .lengthOne, .lengthTwo, .lengthThree,
      .oversized, .tinyFlood, .byteFlood, .resetMidPacket, .toolUser:
      false
    }
  }

  /// Connections at a time, all from one address.
  package var connections: Int {
    self == .connectionFlood || self == .handshakeFlood ? 60 : 1
  }
}
