import MystelCore
import MystelSim
import MystelTesting
import MystelWire

/// A TCP connection on paper: its segments in order, to be disturbed and then written as frames.
struct CapturedTalk {
  struct Segment {
    var milliseconds: Double
    var from: Side
    var sequence: UInt32
    /// FIN 1, SYN 2, RST 4, ACK 16.
    var flags: UInt8
    var payload: [UInt8]
  }

  let client: Endpoint
  let server: Endpoint
  var segments: [Segment] = []
  private var next: [Side: UInt32]
  private var time = 1_700_000_000_000.0

  /// - Parameter sequence: the number of the client's first segment; the server's is its complement.
  init(client: Endpoint = .player(1), server: Endpoint = .gateway, sequence: UInt32 = 1000) {
    self.client = client
    self.server = server
    next = [.client: sequence, .backend: ~sequence]
    add(.client, 2, [])
    add(.backend, 18, [])
    add(.client, 16, [])
  }

  mutating func say(_ bytes: [UInt8], from side: Side, at most: Int = 1400) {
    var rest = bytes[...]
    while !rest.isEmpty {
      add(side, 24, Array(rest.prefix(most)))
      rest = rest.dropFirst(most)
    }
  }

  mutating func end(_ flags: UInt8 = 17) {
    add(.client, flags, [])
    add(.backend, flags, [])
  }

  private mutating func add(_ side: Side, _ flags: UInt8, _ payload: [UInt8]) {
    segments.append(
      Segment(
        milliseconds: time, from: side, sequence: next[side] ?? 0, flags: flags, payload: payload))
    let length = UInt32(payload.count) &+ (flags & 3 == 0 ? 0 : 1)
    next[side] = (next[side] ?? 0) &+ length
    time += 2
  }

  func frames(_ link: CaptureLink = .ethernet) -> [CaptureFrame] {
    segments.map { frame($0, link) }
  }

  func frame(_ segment: Segment, _ link: CaptureLink) -> CaptureFrame {
    let (from, to) = segment.from == .client ? (client, server) : (server, client)
    let tcp =
      big(from.port) + big(to.port) + big(segment.sequence) + big(UInt32(0))
      + [0x50, segment.flags] + big(UInt16(8192)) + [0, 0, 0, 0] + segment.payload
    return CaptureFrame(
      milliseconds: segment.milliseconds, bytes: link.header(from.address) + ip(from, to, tcp))
  }

  private func ip(_ from: Endpoint, _ to: Endpoint, _ tcp: [UInt8]) -> [UInt8] {
    if let source = from.address.ipv4Bits, let destination = to.address.ipv4Bits {
      return [0x45, 0] + big(UInt16(20 + tcp.count)) + [0, 0, 0x40, 0, 64, 6, 0, 0] + big(source)
        + big(destination) + tcp
    }
    return [0x60, 0, 0, 0] + big(UInt16(tcp.count)) + [6, 64]
      + big(from.address.high) + big(from.address.low) + big(to.address.high)
      + big(to.address.low) + tcp
  }
}

/// What stands before IP in a frame.
struct CaptureLink: Sendable, CustomStringConvertible {
  let number: UInt32
  let description: String
  let header: @Sendable (IPAddress) -> [UInt8]

  static let ethernet = CaptureLink(number: 1, description: "Ethernet") {
    [UInt8](repeating: 2, count: 12) + big($0.etherType)
  }
  static let all = [
    ethernet,
    .init(number: 1, description: "Ethernet with a VLAN tag") {
      [UInt8](repeating: 2, count: 12) + [0x81, 0, 0, 7] + big($0.etherType)
    },
    .init(number: 1, description: "Ethernet with two VLAN tags") {
      [UInt8](repeating: 2, count: 12) + [0x88, 0xa8, 0, 7, 0x81, 0, 0, 8] + big($0.etherType)
    },
    .init(number: 0, description: "loopback, little-endian") {
      $0.family == .ipv4 ? [2, 0, 0, 0] : [30, 0, 0, 0]
    },
    .init(number: 108, description: "loopback of OpenBSD") {
      $0.family == .ipv4 ? [0, 0, 0, 2] : [0, 0, 0, 24]
    },
    .init(number: 101, description: "plain IP") { _ in [] },
    .init(number: 113, description: "Linux cooked") {
      [UInt8](repeating: 0, count: 14) + big($0.etherType)
    },
    .init(number: 276, description: "Linux cooked, second version") {
      big($0.etherType) + [UInt8](repeating: 0, count: 18)
    },
  ]
}

struct CaptureFrame {
  var milliseconds: Double
  var bytes: [UInt8]
  /// How much of it a capture keeps.
  var kept: Int?
}

/// Frames as a file.
enum CaptureFile: CaseIterable {
  case plain, plainBig, nanoseconds, blocks, blocksBig

  func bytes(_ frames: [CaptureFrame], link: UInt32 = 1) -> [UInt8] {
    switch self {
    case .plain, .plainBig, .nanoseconds: classic(frames, link)
    case .blocks, .blocksBig: blocks(frames, link)
    }
  }

  private func classic(_ frames: [CaptureFrame], _ link: UInt32) -> [UInt8] {
    let isBig = self == .plainBig
    func word(_ value: UInt32) -> [UInt8] { isBig ? big(value) : little(value) }
    var file = word(self == .nanoseconds ? 0xa1b2_3c4d : 0xa1b2_c3d4)
    file += isBig ? [0, 2, 0, 4] : [2, 0, 4, 0]
    file += word(0) + word(0) + word(262_144) + word(link)
    for frame in frames {
      let kept = frame.bytes.prefix(frame.kept ?? frame.bytes.count)
      let rest = frame.milliseconds.truncatingRemainder(dividingBy: 1000)
      file += word(UInt32(frame.milliseconds / 1000))
      file += word(UInt32(rest * (self == .nanoseconds ? 1_000_000 : 1000)))
      file += word(UInt32(kept.count)) + word(UInt32(frame.bytes.count)) + kept
    }
    return file
  }

  private func blocks(_ frames: [CaptureFrame], _ link: UInt32) -> [UInt8] {
    let isBig = self == .blocksBig
    func word(_ value: UInt32) -> [UInt8] { isBig ? big(value) : little(value) }
    func half(_ value: UInt16) -> [UInt8] { isBig ? big(value) : little(value) }
    func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
      let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
      let length = word(UInt32(padded.count + 12))
      return word(type) + length + padded + length
    }
    let rest = [UInt8](repeating: 255, count: 8)
    var file = block(0x0a0d_0d0a, word(0x1a2b_3c4d) + half(1) + half(0) + rest)
    // A name, then nanoseconds.
    file += block(
      1,
      half(UInt16(link)) + half(0) + word(0) + half(2) + half(2) + [108, 111, 0, 0] + half(9)
        + half(1) + [9, 0, 0, 0] + half(0) + half(0))
    // Statistics, which nobody needs.
    file += block(5, word(0) + word(0) + word(0))
    for frame in frames {
      let kept = frame.bytes.prefix(frame.kept ?? frame.bytes.count)
      let ticks = UInt64(frame.milliseconds * 1_000_000)
      file += block(
        6,
        word(0) + word(UInt32(ticks >> 32)) + word(UInt32(truncatingIfNeeded: ticks))
          + word(UInt32(kept.count)) + word(UInt32(frame.bytes.count)) + kept)
    }
    return file
  }
}

/// A session of TERA to be put into a connection.
struct CapturedScript {
  typealias Line = (from: Side, bytes: [UInt8])

  let keys: SessionKeys
  /// In clear.
  let lines: [Line]
  var schedule = KeySchedule.current

  /// - Parameter lines: how many packets follow the client's first.
  init(seed: UInt64, lines count: Int = 30, build: UInt32 = 367_081) {
    var random = SplitMix64(seed: seed)
    func key() -> SessionKey {
      guard let key = SessionKey(random.bytes(128)) else {
        preconditionFailure("128 bytes are a key")
      }
      return key
    }
    keys = SessionKeys(client1: key(), server1: key(), client2: key(), server2: key())
    var lines: [Line] = [(.client, CheckVersion(build: build, second: 1).packet())]
    for _ in 0..<count {
      let body = random.bytes(Int(random.next(below: random.next(below: 8) == 0 ? 5000 : 60)))
      lines.append(
        (
          random.next(below: 3) == 0 ? .client : .backend,
          little(UInt16(body.count + 4)) + [0x10, 0x90] + body
        ))
    }
    self.lines = lines
  }

  /// Says everything, each packet with its own segments.
  func play(in talk: inout CapturedTalk, at most: Int = 1400, header: [UInt8] = []) {
    let cipher = SessionCipher(keys: keys, schedule: schedule)
    var cursors = PerDirection(toBackend: cipher.toBackend.origin, toClient: cipher.toClient.origin)
    if !header.isEmpty { talk.say(header, from: .client) }
    talk.say([1, 0, 0, 0], from: .backend)
    talk.say(keys.client1.bytes, from: .client, at: most)
    talk.say(keys.server1.bytes, from: .backend, at: most)
    talk.say(keys.client2.bytes, from: .client, at: most)
    talk.say(keys.server2.bytes, from: .backend, at: most)
    for line in lines {
      var bytes = line.bytes
      let direction = line.from.outgoing
      let stream = direction == .toBackend ? cipher.toBackend : cipher.toClient
      stream.apply(to: &bytes, at: &cursors[direction])
      talk.say(bytes, from: line.from, at: most)
    }
  }

  /// What each side says, whatever the order between them.
  func said(by side: Side) -> [[UInt8]] { lines.filter { $0.from == side }.map(\.bytes) }
}

extension Endpoint {
  static func player(_ number: UInt16) -> Endpoint {
    Endpoint(IPAddress(ipv4: 0xcb00_7107), port: 40_000 + number)
  }
  static let gateway = Endpoint(IPAddress(ipv4: 0xc000_0201), port: 7801)
}

extension IPAddress {
  fileprivate var etherType: UInt16 { family == .ipv4 ? 0x0800 : 0x86dd }
}

func big<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}

func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
