/// One of the four 128-byte keys that client and server exchange in clear.
/// Source: docs/protocol/tera.md#handshake
public struct SessionKey: Equatable, Sendable {
  /// The length of every key on the wire.
  public static let byteCount = 128

  var storage = InlineArray<128, UInt8>(repeating: 0)

  /// A key from exactly 128 bytes; nil for any other length.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == SessionKey.byteCount else { return nil }
    let isDone: Void? = bytes.withContiguousStorageIfAvailable { bytes in
      for index in bytes.indices { storage[index] = bytes[index] }
    }
    guard isDone == nil else { return }
    for (index, byte) in bytes.enumerated() { storage[index] = byte }
  }

  init() {}

  /// The key as it stood on the wire.
  public var bytes: [UInt8] { storage.indices.map { storage[$0] } }

  /// True where all 128 bytes are the same: a key no honest generator would draw.
  public var isConstant: Bool { storage.indices.allSatisfy { storage[$0] == storage[0] } }

  /// The key turned left: byte i of the result is byte i + count of this key, modulo 128.
  func rotatedLeft(by count: Int) -> SessionKey {
    var result = SessionKey()
    for index in 0..<128 { result.storage[index] = storage[(index + count) & 127] }
    return result
  }

  static func ^ (left: SessionKey, right: SessionKey) -> SessionKey {
    var result = SessionKey()
    for index in 0..<128 { result.storage[index] = left.storage[index] ^ right.storage[index] }
    return result
  }

  /// Compares all 128 bytes.
  public static func == (left: SessionKey, right: SessionKey) -> Bool {
    left.storage.indices.allSatisfy { left.storage[$0] == right.storage[$0] }
  }
}

/// The four keys of a session, in the order they cross the wire.
public struct SessionKeys: Equatable, Sendable {
  /// The client's first key, which opens the exchange.
  public var client1: SessionKey
  /// The server's answer.
  public var server1: SessionKey
  /// The client's second key.
  public var client2: SessionKey
  /// The server's second key; everything after it is encrypted.
  public var server2: SessionKey

  /// All four keys of one session.
  public init(
    client1: SessionKey, server1: SessionKey, client2: SessionKey, server2: SessionKey
  ) {
    self.client1 = client1
    self.server1 = server1
    self.client2 = client2
    self.server2 = server2
  }
}
