import MystelCore
import MystelTesting
import MystelWire

/// What two peers say in a session: keys, and random packets both ways.
struct Script {
  let keys: SessionKeys
  let cipher: SessionCipher
  private(set) var plain = PerDirection<[UInt8]>(toBackend: [], toClient: [])
  private(set) var toBackendBytes: [UInt8] = []
  private(set) var toClientBytes: [UInt8] = []

  struct BadKey: Error {}

  init(seed: UInt64, packets: Int, longest: UInt64) throws {
    var random = SplitMix64(seed: seed)
    func key() throws -> SessionKey {
      guard let key = SessionKey(random.bytes(128)) else { throw BadKey() }
      return key
    }
    keys = SessionKeys(
      client1: try key(), server1: try key(), client2: try key(), server2: try key())
    cipher = SessionCipher(keys: keys, schedule: .current)
    for direction in Direction.allCases {
      for _ in 0..<packets {
        let body = random.bytes(Int(random.next(below: longest - 3)))
        let length = body.count + 4
        plain[direction] += [UInt8(length & 255), UInt8(length >> 8), 0x11, 0x22] + body
      }
    }
    toBackendBytes = encipher(plain.toBackend)
    toClientBytes = plain.toClient
    var cursor = cipher.toClient.origin
    cipher.toClient.apply(to: &toClientBytes, at: &cursor)
  }

  /// Client bytes from the start of the session, enciphered.
  func encipher(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var cursor = cipher.toBackend.origin
    cipher.toBackend.apply(to: &bytes, at: &cursor)
    return bytes
  }
}

/// A codec between two peers with ciphers of their own.
struct VirtualWire: ~Copyable {
  private var codec: TeraCodec<ChaosInspector>
  private var output = SessionOutput()
  private let script: Script
  private var cursors: PerDirection<Keystream.Cursor>
  private(set) var arrived = PerDirection<[UInt8]>(toBackend: [], toClient: [])
  /// Bytes to the backend as they left, keys included.
  private(set) var rawToBackend: [UInt8] = []
  /// Bytes that the codec had to encipher anew.
  private(set) var enciphered = 0
  private(set) var closed: Reason?
  private(set) var turns = 0
  private(set) var mostPacketsInATurn: UInt64 = 0
  private var keysAreThrough = false

  init(_ script: Script, inspector: ChaosInspector) {
    self.script = script
    codec = TeraCodec(inspector: inspector, schedule: .current, limits: Limits())
    cursors = PerDirection(
      toBackend: script.cipher.toBackend.origin, toClient: script.cipher.toClient.origin)
  }

  var inspected: (PerDirection<[UInt8]>, PerDirection<Int>, Int) {
    (codec.inspector.expected, codec.inspector.replies, codec.inspector.changes)
  }

  mutating func exchangeKeys() {
    sendPlain(script.keys.client1.bytes, from: .client)
    sendPlain([1, 0, 0, 0] + script.keys.server1.bytes, from: .backend)
    sendPlain(script.keys.client2.bytes, from: .client)
    sendPlain(script.keys.server2.bytes, from: .backend)
    keysAreThrough = codec.keysAreComplete
  }

  mutating func sendPlain(_ bytes: [UInt8], from side: Side) { send(bytes[...], from: side) }

  mutating func send(_ bytes: ArraySlice<UInt8>, from side: Side) {
    var rest = Array(bytes)
    repeat {
      guard closed == nil else { return }
      closed = codec.receive(rest.span.bytes, from: side, output: &output)
      turns += 1
      let work = codec.takeWork()
      mostPacketsInATurn = max(mostPacketsInATurn, work.packets[side.outgoing])
      deliver(rest, from: side)
      rest.removeFirst(min(output.consumed, rest.count))
      let hasMore = output.hasMore
      output.reset()
      if !hasMore { return }
    } while true
  }

  private mutating func deliver(_ received: [UInt8], from side: Side) {
    var toBackend = output.toBackend.unsafeBytes.map { $0 }
    var toClient = output.toClient.unsafeBytes.map { $0 }
    if keysAreThrough { enciphered += toBackend.count + toClient.count }
    let passed = received[output.passThrough]
    if side == .client { toBackend += passed } else { toClient += passed }
    rawToBackend += toBackend
    guard keysAreThrough else { return }
    script.cipher.toBackend.apply(to: &toBackend, at: &cursors.toBackend)
    script.cipher.toClient.apply(to: &toClient, at: &cursors.toClient)
    arrived.toBackend += toBackend
    arrived.toClient += toClient
  }
}
