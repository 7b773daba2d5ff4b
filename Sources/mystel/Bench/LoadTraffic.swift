import MystelSim
import MystelWire

/// What one simulated session says: its keys and the packets of both sides, in clear.
struct LoadTraffic {
  /// The client build that the sessions claim. Source: docs/protocol/tera.md#builds
  static let build: UInt32 = 367_081
  /// What the server sends when a connection opens. Source: docs/protocol/tera.md#handshake
  static let hello: [UInt8] = [1, 0, 0, 0]

  /// The client's first packet: C_CHECK_VERSION with two elements.
  let version: [UInt8]
  /// The server's answer to it: S_CHECK_VERSION, accepted, and what puts a player into the world.
  var accepted: [UInt8] { entering.flatMap { $0 } }
  /// The same, one packet each.
  let entering: [[UInt8]]
  /// What the client repeats, sized like C_PLAYER_LOCATION unless told otherwise.
  let request: [UInt8]
  /// What the server answers each request with.
  let reply: [UInt8]

  /// - Parameters:
  ///   - requestBytes: Length with the header, 4...16,384.
  ///   - replyBytes: Length with the header, 4...65,535.
  init(requestBytes: Int, replyBytes: Int) {
    let elements: [UInt32] = [0x0014_0008, 0, LoadTraffic.build, 0x14, 1, 383_438]
    let counted = LoadTraffic.bytes(of: [0x0008_0002] + elements)
    version = LoadTraffic.packet(opcode: 19_900, body: counted)
    // S_LOGIN_ARBITER with success and S_SPAWN_ME, so that players may move.
    let login = LoadTraffic.packet(
      opcode: 48_500, body: [1] + Array(repeating: 0, count: 18))
    let spawn = LoadTraffic.packet(opcode: 37_026, body: Array(repeating: 0, count: 24))
    entering = [LoadTraffic.packet(opcode: 19_901, body: [1]), login, spawn]
    // C_PLAYER_LOCATION; of its fields only the client's time must not be 0.
    var body = [UInt8](repeating: 0, count: requestBytes - 4)
    if body.count > 35 { body[35] = 1 }
    request = LoadTraffic.packet(opcode: 35_828, body: body)
    reply = LoadTraffic.packet(opcode: 60_408, body: Array(repeating: 0, count: replyBytes - 4))
  }

  /// The four keys of a session; the first four bytes of `client1` carry its index, by which the
  /// server's side knows whose connection it has accepted.
  static func keys(session: Int) -> SessionKeys? {
    var random = SimRandom(seed: UInt64(session))
    var keys = (0..<4).map { _ in (0..<16).flatMap { _ in bytes(of: random.next()) } }
    keys[0].replaceSubrange(0..<4, with: bytes(of: [UInt32(session)]))
    guard let client1 = SessionKey(keys[0]), let server1 = SessionKey(keys[1]),
      let client2 = SessionKey(keys[2]), let server2 = SessionKey(keys[3])
    else { return nil }
    return SessionKeys(client1: client1, server1: server1, client2: client2, server2: server2)
  }

  /// The session whose first key begins with `bytes`.
  static func session(ofKey bytes: Span<UInt8>) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
  }

  private static func packet(opcode: UInt16, body: [UInt8]) -> [UInt8] {
    bytes(of: [UInt32(opcode) << 16 | UInt32(body.count + 4)]) + body
  }

  private static func bytes(of words: [UInt32]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  private static func bytes(of word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
  }
}
