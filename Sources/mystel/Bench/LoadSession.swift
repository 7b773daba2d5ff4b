import MystelSim
import MystelWire

/// Both ends of one simulated session: what each has sent, must receive, and says next.
///
/// The player's end and the server's end live in one value, so that every byte that arrives is
/// compared with the byte that was sent.
struct LoadSession {
  /// What the player's end has received completely.
  enum ClientStep {
    case hello
    case handshake
    /// The answer to the first packet: the session is in game.
    case admitted
    /// An answer, and when its request was due, in nanoseconds.
    case reply(dueAt: UInt64)
  }

  var client: Socket?
  /// What the client's bytes go through; nil where they go plain.
  var tunnel: LoadTunnel?
  var backend: Socket?
  var toBackend: ByteQueue
  var toClient: ByteQueue
  /// Requests still to be sent; nil without an end.
  var roundsLeft: Int?

  private let keys: SessionKeys
  private let cipher: SessionCipher
  private var requestCursor: Keystream.Cursor
  private var replyCursor: Keystream.Cursor
  private var helloBytes = 0
  private var clientSteps = 0
  private var backendSteps = 0
  /// The position in its stream at which each end has its next message complete.
  private var clientWants = SessionKey.byteCount
  private var backendWants = SessionKey.byteCount
  private var dueTimes: [UInt64]
  private var oldestRequest = 0
  private var openRequests = 0

  /// Runs the key schedule.
  ///
  /// - Parameter requestsInFlight: How many may wait for their answer at a time; at least 1.
  init?(index: Int, traffic: LoadTraffic, rounds: Int?, requestsInFlight: Int) {
    guard let keys = LoadTraffic.keys(session: index) else { return nil }
    self.keys = keys
    cipher = SessionCipher(keys: keys, schedule: .current)
    requestCursor = cipher.toBackend.origin
    replyCursor = cipher.toClient.origin
    roundsLeft = rounds
    // A direction never holds more than its part of the handshake, or its open messages.
    toBackend = ByteQueue(capacity: max(256, requestsInFlight * traffic.request.count))
    toClient = ByteQueue(capacity: max(256, requestsInFlight * traffic.reply.count))
    dueTimes = Array(repeating: 0, count: requestsInFlight)
  }

  /// Starts the key exchange.
  mutating func sendFirstKey() -> Bool { toBackend.append(keys.client1.bytes) }

  /// Puts a request into the queue. False when too many are open already.
  mutating func sendRequest(_ packet: inout CipherPacket, dueAt time: UInt64) -> Bool {
    guard openRequests < dueTimes.count else { return false }
    packet.encipher(with: cipher.toBackend, at: &requestCursor)
    guard toBackend.append(packet.bytes) else { return false }
    awaitReply(dueAt: time)
    return true
  }

  /// Has the server's end say something that nobody asked for. False when too much is open already.
  mutating func push(_ packet: inout CipherPacket, dueAt time: UInt64) -> Bool {
    guard openRequests < dueTimes.count else { return false }
    packet.encipher(with: cipher.toClient, at: &replyCursor)
    guard toClient.append(packet.bytes) else { return false }
    awaitReply(dueAt: time)
    return true
  }

  /// Notes when something was due that the player's end is to receive.
  private mutating func awaitReply(dueAt time: UInt64) {
    dueTimes[(oldestRequest + openRequests) % dueTimes.count] = time
    openRequests += 1
  }

  /// Takes bytes that the player's end received. False when they are not those expected.
  mutating func receiveAtClient(_ bytes: Span<UInt8>) -> Bool {
    var taken = 0
    while helloBytes < LoadTraffic.hello.count && taken < bytes.count {
      guard bytes[taken] == LoadTraffic.hello[helloBytes] else { return false }
      helloBytes += 1
      taken += 1
    }
    return toClient.verify(bytes.extracting(droppingFirst: taken))
  }

  /// The next thing that the player's end has received completely, answered where the answer is
  /// part of the handshake; nil when it must wait for more bytes.
  mutating func nextClientStep(_ traffic: borrowing LoadTraffic) -> ClientStep? {
    if clientSteps == 0 {
      guard helloBytes == LoadTraffic.hello.count else { return nil }
      clientSteps = 1
      return .hello
    }
    guard toClient.verified >= clientWants else { return nil }
    clientSteps += 1
    switch clientSteps {
    case 2:
      clientWants += SessionKey.byteCount
      return toBackend.append(keys.client2.bytes) ? .handshake : nil
    case 3:
      clientWants += traffic.accepted.count
      var packet = CipherPacket(traffic.version)
      packet.encipher(with: cipher.toBackend, at: &requestCursor)
      return toBackend.append(packet.bytes) ? .handshake : nil
    case 4:
      clientWants += traffic.reply.count
      return .admitted
    default:
      clientSteps = 4
      clientWants += traffic.reply.count
      let dueAt = dueTimes[oldestRequest]
      oldestRequest = (oldestRequest + 1) % dueTimes.count
      openRequests -= 1
      return .reply(dueAt: dueAt)
    }
  }

  /// Answers everything that the server's end has received completely.
  mutating func answer(_ traffic: borrowing LoadTraffic, reply: inout CipherPacket) -> Bool {
    while toBackend.verified >= backendWants {
      switch backendSteps {
      case 0:
        backendWants += SessionKey.byteCount
        guard toClient.append(keys.server1.bytes) else { return false }
      case 1:
        backendWants += traffic.version.count
        guard toClient.append(keys.server2.bytes) else { return false }
      case 2:
        backendWants += traffic.request.count
        var packet = CipherPacket(traffic.accepted)
        packet.encipher(with: cipher.toClient, at: &replyCursor)
        guard toClient.append(packet.bytes) else { return false }
      default:
        backendWants += traffic.request.count
        reply.encipher(with: cipher.toClient, at: &replyCursor)
        guard toClient.append(reply.bytes) else { return false }
      }
      backendSteps = min(backendSteps + 1, 3)
    }
    return true
  }
}

/// A packet that is enciphered again and again in the same memory.
struct CipherPacket {
  /// The packet as it goes on the wire, after `encipher`.
  private(set) var bytes: [UInt8]
  private let clear: [UInt8]

  init(_ packet: [UInt8]) {
    clear = packet
    // A copy of its own, so that the first write does not allocate.
    bytes = packet.map { $0 }
  }

  mutating func encipher(with keystream: Keystream, at cursor: inout Keystream.Cursor) {
    for index in clear.indices { bytes[index] = clear[index] }
    keystream.apply(to: &bytes, at: &cursor)
  }
}
