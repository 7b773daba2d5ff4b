import MystelWire

/// One end's handshake, cipher and framing, with the digests of both directions.
///
/// Hello, client key, server key, client key, server key; then everything is encrypted, and the
/// stream is packets whose first two bytes are their length.
/// Source: docs/protocol/tera.md#handshake, docs/protocol/tera.md#framing
struct SimLink: Sendable {
  enum Event: Equatable {
    /// All four keys crossed; packets may be sent.
    case established
    case packet([UInt8])
    /// A header that claims fewer than four bytes; nothing can be read after it.
    case malformed(lengthBytes: UInt16)
    /// Bytes that are no part of a handshake; nothing can be read after them.
    case notAHandshake
  }

  private enum Stage {
    case hello
    case firstKey
    case secondKey(client1: SessionKey, server1: SessionKey)
    case established
    case broken
  }

  static let hello: [UInt8] = [1, 0, 0, 0]

  /// What crossed in packets, by direction of travel.
  private(set) var sent = StreamTrail()
  private(set) var received = StreamDigest()

  private let end: StreamRecord.End
  private let ownKeys: (SessionKey, SessionKey)
  private var stage: Stage
  private var input: [UInt8] = []
  private var inputStart = 0
  private var output: [UInt8] = []
  private var cipher: Cipher?

  private struct Cipher {
    var reading: Keystream
    var readCursor: Keystream.Cursor
    var writing: Keystream
    var writeCursor: Keystream.Cursor
  }

  /// - Parameter end: which end this is; the world speaks first.
  init(end: StreamRecord.End, random: inout SimRandom) {
    self.end = end
    ownKeys = (SimLink.drawKey(&random), SimLink.drawKey(&random))
    stage = end == .player ? .hello : .firstKey
  }

  var isEstablished: Bool { cipher != nil }

  /// The first of the two keys that this end sends.
  var firstKey: [UInt8] { ownKeys.0.bytes }

  /// Bytes received that are no packet, and no key, yet.
  var unfinishedBytes: Int { input.count - inputStart }

  mutating func start() {
    if end == .world { output += SimLink.hello }
  }

  mutating func receive(_ bytes: some Collection<UInt8>) {
    if inputStart > 65_536 || inputStart == input.count {
      input.removeFirst(inputStart)
      inputStart = 0
    }
    guard var cipher else {
      input += bytes
      return
    }
    var chunk = Array(bytes)
    cipher.reading.apply(to: &chunk, at: &cipher.readCursor)
    self.cipher = cipher
    input += chunk
  }

  /// The next thing that the received bytes contain; nil until more arrive.
  mutating func next() -> Event? {
    while true {
      switch stage {
      case .broken: return nil
      case .established: return nextPacket()
      case .hello, .firstKey, .secondKey:
        guard unfinishedBytes >= wantedBytes else { return nil }
        if let event = step(take(wantedBytes)) { return event }
      }
    }
  }

  mutating func send(_ packet: [UInt8]) {
    sent.absorb(packet)
    sendEnciphered(packet)
  }

  /// Sends bytes that need not be a packet through the cipher, and keeps no account of them.
  mutating func sendEnciphered(_ bytes: [UInt8]) {
    guard var cipher else { return }
    var copy = bytes
    cipher.writing.apply(to: &copy, at: &cipher.writeCursor)
    self.cipher = cipher
    output += copy
  }

  /// Sends bytes as they are.
  mutating func sendPlain(_ bytes: some Collection<UInt8>) { output += bytes }

  mutating func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  private var wantedBytes: Int {
    if case .hello = stage { SimLink.hello.count } else { SessionKey.byteCount }
  }

  private mutating func take(_ count: Int) -> [UInt8] {
    let start = inputStart
    inputStart += count
    return Array(input[start..<start + count])
  }

  /// One message of the handshake. The client's answers are sent here, the server's too.
  private mutating func step(_ message: [UInt8]) -> Event? {
    switch stage {
    case .hello:
      guard message == SimLink.hello else {
        stage = .broken
        return .notAHandshake
      }
      output += ownKeys.0.bytes
      stage = .firstKey
      return nil
    case .firstKey:
      guard let key = SessionKey(message) else { return nil }
      output += end == .player ? ownKeys.1.bytes : ownKeys.0.bytes
      stage =
        end == .player
        ? .secondKey(client1: ownKeys.0, server1: key)
        : .secondKey(client1: key, server1: ownKeys.0)
      return nil
    case .secondKey(let client1, let server1):
      guard let key = SessionKey(message) else { return nil }
      if end == .world { output += ownKeys.1.bytes }
      establish(
        SessionKeys(
          client1: client1, server1: server1,
          client2: end == .player ? ownKeys.1 : key, server2: end == .player ? key : ownKeys.1))
      return .established
    case .established, .broken: return nil
    }
  }

  private mutating func establish(_ keys: SessionKeys) {
    let both = SessionCipher(keys: keys, schedule: SimBuild.schedule)
    let reading = end == .player ? both.toClient : both.toBackend
    let writing = end == .player ? both.toBackend : both.toClient
    var cipher = Cipher(
      reading: reading, readCursor: reading.origin, writing: writing, writeCursor: writing.origin)
    var rest = Array(input[inputStart...])
    cipher.reading.apply(to: &rest, at: &cipher.readCursor)
    input = rest
    inputStart = 0
    self.cipher = cipher
    stage = .established
  }

  private mutating func nextPacket() -> Event? {
    guard let length = input.sim16(at: inputStart) else { return nil }
    guard length >= 4 else {
      stage = .broken
      return .malformed(lengthBytes: length)
    }
    guard unfinishedBytes >= Int(length) else { return nil }
    let packet = take(Int(length))
    received.absorb(packet)
    return .packet(packet)
  }

  private static func drawKey(_ random: inout SimRandom) -> SessionKey {
    guard let key = SessionKey(random.bytes(SessionKey.byteCount)) else {
      preconditionFailure("a key is drawn at its exact length")
    }
    return key
  }
}

extension [UInt8] {
  /// The little-endian number at `offset`; nil where the array ends before it does.
  func simNumber<Number: FixedWidthInteger>(at offset: Int, as: Number.Type) -> Number? {
    let size = MemoryLayout<Number>.size
    guard offset >= 0, offset <= count - size else { return nil }
    var value: Number = 0
    for index in (0..<size).reversed() { value = value << 8 | Number(self[offset + index]) }
    return value
  }

  func sim16(at offset: Int) -> UInt16? { simNumber(at: offset, as: UInt16.self) }
  func sim32(at offset: Int) -> UInt32? { simNumber(at: offset, as: UInt32.self) }
  func sim64(at offset: Int) -> UInt64? { simNumber(at: offset, as: UInt64.self) }
  func simFloat(at offset: Int) -> Float? { sim32(at: offset).map(Float.init(bitPattern:)) }

  /// The UTF-16 text at `offset`, without its NUL; nil where there is no NUL.
  func simText(at offset: Int) -> String? {
    var units: [UInt16] = []
    var position = offset
    while let unit = sim16(at: position) {
      guard unit != 0 else { return String(decoding: units, as: UTF16.self) }
      units.append(unit)
      position += 2
    }
    return nil
  }
}
