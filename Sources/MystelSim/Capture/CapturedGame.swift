import MystelCore
import MystelWire

/// A TERA session as somebody sees it who hears both sides: first the keys in clear, then packets.
struct CapturedGame {
  /// Why a session cannot be read any further.
  struct Fault: Error, Equatable {
    var problem: String
  }

  /// What a server says first.
  static let hello: [UInt8] = [1, 0, 0, 0]
  /// More than all that may be sent before the keys are complete.
  private static let mostBeforeKeys = 64 * 1024

  private let schedule: KeySchedule
  /// What each side has sent that is not used up: before the keys are complete everything, then the
  /// start of a packet.
  private var held = PerDirection<[UInt8]>(toBackend: [], toClient: [])
  private var sawProxyHeader = false
  private var cipher: SessionCipher?
  private var cursors: PerDirection<Keystream.Cursor>?
  /// What the client says its build is; nil before its first packet.
  private(set) var build: UInt32?
  private var sawFirstPacket = false

  init(schedule: KeySchedule) { self.schedule = schedule }

  /// Bytes of a packet whose end has not come.
  func heldBytes(_ direction: Direction) -> Int { cipher == nil ? 0 : held[direction].count }

  /// Everything kept.
  var keptBytes: Int { held.toBackend.count + held.toClient.count }

  /// Whether the four keys are there.
  var hasKeys: Bool { cipher != nil }

  /// Takes in the next bytes of a side; each whole packet is handed out in clear.
  ///
  /// - Throws: `Fault`; nothing can be read afterwards.
  mutating func receive(
    _ bytes: [UInt8], _ direction: Direction, _ each: (Self, Direction, [UInt8]) -> Void
  ) throws(Fault) {
    if cipher != nil { return try read(bytes, direction, each) }
    held[direction] += bytes
    guard held[direction].count <= Self.mostBeforeKeys else {
      throw Fault(problem: "the four keys did not come")
    }
    try passProxyHeader()
    let start = Self.hello.count
    guard let client1 = key(0, .toBackend), let client2 = key(128, .toBackend),
      let server1 = key(start, .toClient), let server2 = key(start + 128, .toClient)
    else { return }
    let keys = SessionKeys(client1: client1, server1: server1, client2: client2, server2: server2)
    let made = SessionCipher(keys: keys, schedule: schedule)
    cipher = made
    cursors = PerDirection(toBackend: made.toBackend.origin, toClient: made.toClient.origin)
    let rest = held
    held = PerDirection(toBackend: [], toClient: [])
    try read(Array(rest.toBackend.dropFirst(2 * 128)), .toBackend, each)
    try read(Array(rest.toClient.dropFirst(start + 2 * 128)), .toClient, each)
  }

  /// A proxy in front may have put the player's address before the client's first key.
  private mutating func passProxyHeader() throws(Fault) {
    guard !sawProxyHeader, !held.toBackend.isEmpty else { return }
    switch ProxyHeader.parse(held.toBackend.span.bytes, accepting: .any) {
    case .needMore: break
    case .header(_, let count):
      held.toBackend.removeFirst(count)
      sawProxyHeader = true
    case .rejected(.noSignature): sawProxyHeader = true
    case .rejected(let fault): throw Fault(problem: "a broken PROXY header: \(fault)")
    }
  }

  private func key(_ at: Int, _ direction: Direction) -> SessionKey? {
    guard direction == .toClient || sawProxyHeader else { return nil }
    let bytes = held[direction]
    return bytes.count >= at + 128 ? SessionKey(bytes[at..<at + 128]) : nil
  }

  private mutating func read(
    _ bytes: [UInt8], _ direction: Direction, _ each: (Self, Direction, [UInt8]) -> Void
  ) throws(Fault) {
    guard let cipher, var cursors else { return }
    var plain = bytes
    let stream = direction == .toBackend ? cipher.toBackend : cipher.toClient
    stream.apply(to: &plain, at: &cursors[direction])
    self.cursors = cursors
    let held = held[direction] + plain
    var at = 0
    while held.count - at >= 4 {
      if direction == .toBackend, !sawFirstPacket { try checkFirst(held) }
      let count = Int(held[at]) | Int(held[at + 1]) << 8
      guard count >= 4 else {
        self.held[direction] = []
        throw Fault(
          problem: "a packet of \(count) bytes, which cannot be: what came before it was damaged")
      }
      guard held.count - at >= count else { break }
      let packet = Array(held[at..<at + count])
      at += count
      if direction == .toBackend, !sawFirstPacket { readFirst(packet) }
      each(self, direction, packet)
    }
    self.held[direction] = Array(held[at...])
  }

  /// A client begins with its build; anything else was not deciphered rightly.
  private func checkFirst(_ bytes: [UInt8]) throws(Fault) {
    guard UInt16(bytes[2]) | UInt16(bytes[3]) << 8 == TeraBuild.checkVersionOpcode else {
      throw Fault(
        problem: "the client does not begin with C_CHECK_VERSION: another key schedule than was"
          + " thought, or no TERA")
    }
  }

  private mutating func readFirst(_ packet: [UInt8]) {
    sawFirstPacket = true
    guard let view = PacketView(packet.span.bytes) else { return }
    if case .success(let version) = CheckVersion.parse(view) { build = version.build }
  }
}
