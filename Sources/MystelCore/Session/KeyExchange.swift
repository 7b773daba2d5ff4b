import MystelWire

/// The clear-text start of a TERA session: the hello and four keys, accumulated and relayed
/// unchanged. Nothing depends on how TCP cut them.
///
/// The gateway sends the hello itself, so that a backend connection is worth making only once a
/// client has shown a whole key. Source: docs/protocol/tera.md#handshake
struct KeyExchange {
  /// The server's first bytes.
  static let hello: [UInt8] = [1, 0, 0, 0]
  private static let signatureBytes = 12
  private static let keyBytes = SessionKey.byteCount

  /// What is still to come, and from whom.
  enum Waiting: Equatable {
    case client1, hello, server1, client2, server2, nothing
  }

  private(set) var waiting = Waiting.client1
  private var fromClient: [UInt8] = []
  private var fromBackend: [UInt8] = []

  /// Whether the next move is the client's.
  var waitsForClient: Bool { waiting == .client1 || waiting == .client2 }

  /// Takes in client bytes; both keys may come ahead of the server's answer, nothing else may.
  mutating func receiveFromClient(_ bytes: RawSpan, output: inout SessionOutput) -> Reason? {
    guard fromClient.count + bytes.byteCount <= 2 * KeyExchange.keyBytes else {
      return .dataBeforeKeys
    }
    let isNew = fromClient.count < KeyExchange.signatureBytes
    bytes.withUnsafeBytes { fromClient.append(contentsOf: $0) }
    output.consumed = bytes.byteCount
    if isNew, looksLikeProxyHeader { return .proxyHeaderUnexpected }
    return advance(output: &output)
  }

  /// A PROXY header where none belongs must not become key material.
  private var looksLikeProxyHeader: Bool {
    switch ProxyHeader.signature(of: fromClient.span.bytes) {
    case .complete: true
    case .absent, .partial: false
    }
  }

  /// Takes in backend bytes up to the end of the exchange; `output.consumed` tells how many.
  mutating func receiveFromBackend(_ bytes: RawSpan, output: inout SessionOutput) -> Reason? {
    let wanted = KeyExchange.hello.count + 2 * KeyExchange.keyBytes - fromBackend.count
    let taken = min(wanted, bytes.byteCount)
    bytes.extracting(0..<taken).withUnsafeBytes { fromBackend.append(contentsOf: $0) }
    output.consumed = taken
    if let fault = advance(output: &output) { return fault }
    return waiting != .nothing && taken < bytes.byteCount ? .backendDataBeforeKeys : nil
  }

  /// Relays what is due, in the order of the exchange.
  private mutating func advance(output: inout SessionOutput) -> Reason? {
    while true {
      switch waiting {
      case .client1:
        guard key(0, of: fromClient, after: 0) != nil else { return nil }
        output.connectBackend = true
        waiting = .hello
      case .hello:
        let hello = fromBackend.prefix(KeyExchange.hello.count)
        guard KeyExchange.hello.starts(with: hello) else { return .backendHelloInvalid }
        guard hello.count == KeyExchange.hello.count else { return nil }
        output.toBackend.append(Array(fromClient.prefix(KeyExchange.keyBytes)))
        waiting = .server1
      case .server1:
        guard let key = key(0, of: fromBackend, after: KeyExchange.hello.count) else { return nil }
        output.toClient.append(Array(key))
        waiting = .client2
      case .client2:
        guard let key = key(1, of: fromClient, after: 0) else { return nil }
        output.toBackend.append(Array(key))
        waiting = .server2
      case .server2:
        guard let key = key(1, of: fromBackend, after: KeyExchange.hello.count) else { return nil }
        output.toClient.append(Array(key))
        waiting = .nothing
      case .nothing:
        return nil
      }
    }
  }

  /// All four keys; nil until nothing is waited for.
  var keys: SessionKeys? {
    let start = KeyExchange.hello.count
    guard waiting == .nothing,
      let client1 = key(0, of: fromClient, after: 0).flatMap({ SessionKey($0) }),
      let client2 = key(1, of: fromClient, after: 0).flatMap({ SessionKey($0) }),
      let server1 = key(0, of: fromBackend, after: start).flatMap({ SessionKey($0) }),
      let server2 = key(1, of: fromBackend, after: start).flatMap({ SessionKey($0) })
    else { return nil }
    return SessionKeys(client1: client1, server1: server1, client2: client2, server2: server2)
  }

  private func key(_ index: Int, of bytes: [UInt8], after start: Int) -> ArraySlice<UInt8>? {
    let first = start + index * KeyExchange.keyBytes
    guard bytes.count >= first + KeyExchange.keyBytes else { return nil }
    return bytes[first..<first + KeyExchange.keyBytes]
  }
}
