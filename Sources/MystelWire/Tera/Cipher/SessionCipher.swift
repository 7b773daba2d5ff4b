/// How the four keys are turned before they are mixed; the game changed it once.
/// Source: docs/protocol/tera.md#key-schedule
public enum KeySchedule: Sendable, Equatable, CaseIterable {
  /// Major patch 45 and later.
  case current
  /// Major patch below 45.
  case legacy

  /// Left rotations, in bytes, of server1, client2 and server2 (a right rotation by n is a left
  /// rotation by 128 - n).
  var rotations: (server1: Int, client2: Int, server2: Int) {
    switch self {
    case .current: (128 - 67, 29, 128 - 41)
    case .legacy: (128 - 31, 17, 128 - 79)
    }
  }
}

/// Both keystreams of a session, as client, server and everybody who saw the keys can make them.
public struct SessionCipher: Sendable {
  /// Enciphers what the client sends. Its first 128 bytes were spent on the other direction's key.
  public let toBackend: Keystream
  /// Enciphers what the server sends.
  public let toClient: Keystream

  /// Runs the key schedule: 448 SHA-0 compressions, once a session, after the admission limits.
  public init(keys: SessionKeys, schedule: KeySchedule) {
    let turn = schedule.rotations
    let key1 =
      keys.server1.rotatedLeft(by: turn.server1) ^ keys.client1
      ^ keys.client2.rotatedLeft(by: turn.client2)
    let toBackend = Keystream(key: key1)
    var cursor = toBackend.origin
    var key2 = keys.server2.rotatedLeft(by: turn.server2)
    var bytes = key2.storage.mutableSpan
    var raw = bytes.mutableBytes
    toBackend.apply(to: &raw, at: &cursor)
    self.toBackend = toBackend.starting(at: cursor)
    self.toClient = Keystream(key: key2)
  }
}
