import MystelWire

/// What packets of genuine clients look like, learnt one packet at a time.
///
/// Beside the packet path, never on it: it allocates. Its memory is bounded whatever is sent, and
/// it keeps no text, id or place of any player.
package struct Calibration: Sendable, Equatable {
  /// A kind of packet: numbers differ by build.
  package struct Kind: Hashable, Sendable {
    package var build: UInt32
    package var opcode: UInt16

    package init(build: UInt32, opcode: UInt16) {
      self.build = build
      self.opcode = opcode
    }
  }

  /// Kinds of packets; further ones are only counted. The builds of one server have some 300 each.
  package static let mostKinds = 4096

  package private(set) var packets: [Kind: PacketProfile] = [:]
  /// Packets of clients, those of kinds that found no place included.
  package private(set) var packetCount = 0
  package private(set) var withoutPlace = 0
  package private(set) var sessions = 0
  /// The time from each session's first packet of the client to its last, together.
  package private(set) var seconds = 0.0
  /// The most that any session needed, in movement packets a second: see `PaceProfile`.
  package private(set) var packetsPerSecond = 0.0
  package private(set) var bytesPerSecond = 0.0

  package init() {}

  /// Learns from a client's packet; what is no whole packet is passed over.
  package mutating func add(_ bytes: [UInt8], of session: inout CalibrationSession, at now: Instant)
  {
    guard bytes.count >= PacketView.headerBytes else { return }
    let content = PacketContent(bytes, build: session.build, leavingOut: .nothing)
    let traits = content.name.flatMap { session.build.pack.packets[$0] }
    packetCount += 1
    session.add(bytes.count, cost: traits?.cost ?? 1, at: now)
    let kind = Kind(build: session.build.pack.build, opcode: content.opcode)
    var profile: PacketProfile
    if let known = packets.removeValue(forKey: kind) {
      profile = known
    } else if packets.count < Self.mostKinds {
      profile = PacketProfile(name: content.name)
    } else {
      withoutPlace += 1
      return
    }
    let interval = session.interval(content.opcode, at: now)
    if interval == nil { profile.sessions += 1 }
    let header = PacketView.integrityHeaderBytes - PacketView.headerBytes
    profile.add(bytes.count - (content.stamp == nil ? 0 : header), after: interval)
    if let fields = content.decoding?.fields { profile.add(fields, under: "") }
    if let traits, traits.layout != nil, traits.integrity != .absent {
      profile.stamps.add(
        content.stamp,
        isNext: content.stamp.flatMap { session.isNext($0.count, of: content.opcode) })
    }
    packets[kind] = profile
  }

  /// A session is over. - Returns: what it needed, in movement packets and in bytes a second.
  @discardableResult
  package mutating func finish(
    _ session: CalibrationSession
  ) -> (packetsPerSecond: Double, bytesPerSecond: Double) {
    sessions += 1
    seconds += session.seconds
    let needs = (session.packets.perSecond, session.bytes.perSecond)
    packetsPerSecond = max(packetsPerSecond, needs.0)
    bytesPerSecond = max(bytesPerSecond, needs.1)
    return needs
  }
}

/// What has to be remembered of one session while it is learnt from.
package struct CalibrationSession: Sendable {
  package let build: BuildPolicy
  package private(set) var packets = PaceProfile()
  package private(set) var bytes = PaceProfile()
  private var first: UInt64?
  private var latest: UInt64 = 0
  /// When each opcode was last seen.
  private var seen: [UInt16: UInt64] = [:]
  /// The last counter in an integrity header, by opcode, as clients count.
  /// Source: docs/protocol/tera.md#integrity
  private var counters: [UInt16: UInt32] = [:]

  package init(_ build: BuildPolicy) { self.build = build }

  /// The opcodes that the client has sent; no more than `Calibration.mostKinds`.
  package var opcodes: some Collection<UInt16> { seen.keys }

  /// From the first packet to the last.
  package var seconds: Double { Double(latest &- (first ?? latest)) / 1e9 }

  fileprivate mutating func add(_ byteCount: Int, cost: Int, at now: Instant) {
    latest = max(latest, now.nanoseconds)
    let began = first ?? latest
    first = began
    packets.add(UInt64(clamping: cost), after: latest &- began)
    bytes.add(UInt64(clamping: byteCount), after: latest &- began)
  }

  /// Nanoseconds since the last packet of the opcode; nil for the session's first.
  fileprivate mutating func interval(_ opcode: UInt16, at now: Instant) -> UInt64? {
    guard let before = seen[opcode] else {
      if seen.count < Calibration.mostKinds { seen[opcode] = now.nanoseconds }
      return nil
    }
    seen[opcode] = max(before, now.nanoseconds)
    return now.nanoseconds > before ? now.nanoseconds &- before : 0
  }

  /// Whether the counter is one more than the opcode's last; nil for the session's first.
  fileprivate mutating func isNext(_ count: UInt32, of opcode: UInt16) -> Bool? {
    let before = counters[opcode]
    if before != nil || counters.count < Calibration.mostKinds { counters[opcode] = count }
    return before.map { count == $0 &+ 1 }
  }
}
