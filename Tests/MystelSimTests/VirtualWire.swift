import MystelCore
import MystelSim
import MystelTesting
import MystelWire

/// Two machines joined by a wire that cuts the bytes as it likes, on a clock that jumps from one
/// deadline to the next.
struct VirtualWire<Client: SimMachine> {
  /// How many bytes of the queue are delivered at once.
  enum Cut { case whole, single, random }

  var client: Client
  var world: SimWorldConnection
  /// Everything that crossed, by direction.
  private(set) var toWorld: [UInt8] = []
  private(set) var toClient: [UInt8] = []
  private(set) var now = Instant(nanoseconds: 1_000_000_000)

  private let cut: Cut
  private var random: SplitMix64
  private var deliveredToWorld = 0
  private var deliveredToClient = 0
  private var clientEnded = false
  private var worldEnded = false

  init(_ client: Client, _ world: SimWorldConnection, cut: Cut, seed: UInt64) {
    self.client = client
    self.world = world
    self.cut = cut
    random = SplitMix64(seed: seed)
  }

  /// Runs until both ends have ended their streams, or the time is up.
  mutating func run(for duration: Duration) {
    let end = now + duration
    world.start(now: now)
    client.start(now: now)
    while now < end {
      if deliver() { continue }
      if endStreams() { continue }
      guard !(clientEnded && worldEnded) else { return }
      guard let next = [client.deadline, world.deadline].compactMap({ $0 }).min() else { return }
      now = max(now, next)
      client.tick(now: now)
      world.tick(now: now)
    }
  }

  /// The plaintext packets that crossed, by the keys that crossed; nothing is asked of the ends.
  func eavesdrop() -> (toWorld: [[UInt8]], toClient: [[UInt8]]) {
    guard let client1 = SessionKey(toWorld.prefix(128)),
      let client2 = SessionKey(toWorld.dropFirst(128).prefix(128)),
      let server1 = SessionKey(toClient.dropFirst(4).prefix(128)),
      let server2 = SessionKey(toClient.dropFirst(132).prefix(128))
    else { return ([], []) }
    let keys = SessionKeys(client1: client1, server1: server1, client2: client2, server2: server2)
    let cipher = SessionCipher(keys: keys, schedule: .current)
    return (
      Self.packets(Array(toWorld.dropFirst(256)), cipher.toBackend),
      Self.packets(Array(toClient.dropFirst(260)), cipher.toClient)
    )
  }

  private mutating func deliver() -> Bool {
    toWorld += client.takeOutput()
    toClient += world.takeOutput()
    let forWorld = toWorld.count - deliveredToWorld
    let forClient = toClient.count - deliveredToClient
    guard forWorld + forClient > 0 else { return false }
    let count = piece(forWorld)
    if count > 0 {
      let start = deliveredToWorld
      deliveredToWorld += count
      world.receive(toWorld[start..<start + count], now: now)
    }
    let answer = piece(forClient)
    if answer > 0 {
      let start = deliveredToClient
      deliveredToClient += answer
      client.receive(toClient[start..<start + answer], now: now)
    }
    return true
  }

  private mutating func endStreams() -> Bool {
    if client.wish == .finish && !clientEnded {
      clientEnded = true
      world.receiveEnd(now: now)
      return true
    }
    if world.wish == .finish && !worldEnded {
      worldEnded = true
      client.receiveEnd(now: now)
      return true
    }
    return false
  }

  private mutating func piece(_ available: Int) -> Int {
    guard available > 0 else { return 0 }
    switch cut {
    case .whole: return available
    case .single: return 1
    case .random: return 1 + Int(random.next(below: UInt64(min(available, 3_000))))
    }
  }

  private static func packets(_ ciphertext: [UInt8], _ keystream: Keystream) -> [[UInt8]] {
    var bytes = ciphertext
    var cursor = keystream.origin
    keystream.apply(to: &bytes, at: &cursor)
    var packets: [[UInt8]] = []
    var start = 0
    while start + 4 <= bytes.count {
      let length = Int(bytes[start]) | Int(bytes[start + 1]) << 8
      guard length >= 4, start + length <= bytes.count else { break }
      packets.append(Array(bytes[start..<start + length]))
      start += length
    }
    if start < bytes.count { packets.append(Array(bytes[start...])) }
    return packets
  }
}

extension [UInt8] {
  var opcode: UInt16 { count < 4 ? 0 : UInt16(self[2]) | UInt16(self[3]) << 8 }
  var claimedLength: Int { count < 2 ? -1 : Int(self[0]) | Int(self[1]) << 8 }
}
