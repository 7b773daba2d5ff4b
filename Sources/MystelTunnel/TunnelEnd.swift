/// What both ends of a tunnel have in common: what waits for the handshake, and what comes behind it.
/// After a fault it takes no more, and says no more.
struct TunnelEnd: ~Copyable {
  let settings: TunnelSettings
  let handshakeDeadline: UInt64
  /// Bytes to be sent that can wait for the handshake.
  private let mostEarly: Int
  /// A handshake that waits for the other end.
  var noise: HandshakeState?
  /// What was received of a handshake message that is not whole.
  var waiting: [UInt8] = []
  var records: TunnelRecords?
  /// Whether the other end has proved what the mode has it prove.
  private(set) var isOpen = false
  private(set) var isOver = false
  private var early: [UInt8] = []
  private var endsEarly = false

  /// - Parameter now: nanoseconds of a clock that never goes back.
  init(_ settings: TunnelSettings, mostEarly: Int, now: UInt64) {
    self.settings = settings
    self.mostEarly = mostEarly
    handshakeDeadline = now &+ settings.handshakeNanoseconds
  }

  /// When `handleTimeout` wants to be called; every other call may change it.
  var deadline: UInt64 {
    if isOver { return .max }
    let after = records?.deadline ?? .max
    return isOpen ? after : min(handshakeDeadline, after)
  }

  var queuedBytes: Int { early.count + (records?.queuedBytes ?? 0) }
  var hasSentEnd: Bool { records?.hasSentEnd ?? false }
  var hasEnded: Bool { records?.hasEnded ?? false }

  /// The tunnel stands: sends what waited for it.
  mutating func open(now: UInt64, _ output: inout TunnelOutput) throws(TunnelFault) {
    isOpen = true
    records?.begin(now: now)
    let held = early
    if !held.isEmpty { try records?.send(held.span.bytes, now: now, into: &output) }
    early = []
    if endsEarly { try records?.finish(now: now, into: &output) }
  }

  /// Sends bytes, once the tunnel stands.
  mutating func send(_ bytes: RawSpan, now: UInt64, _ output: inout TunnelOutput) {
    guard !isOver, !endsEarly else { return }
    guard isOpen else {
      early.append(bytes)
      if early.count > mostEarly { fail(.overloaded, &output) }
      return
    }
    do throws(TunnelFault) {
      try records?.send(bytes, now: now, into: &output)
    } catch {
      fail(error, &output)
    }
  }

  /// Says, behind everything sent, that there is no more.
  mutating func finish(now: UInt64, _ output: inout TunnelOutput) {
    guard !isOver else { return }
    endsEarly = true
    guard isOpen else { return }
    do throws(TunnelFault) {
      try records?.finish(now: now, into: &output)
    } catch {
      fail(error, &output)
    }
  }

  /// Says at once that there is no more; what waits for its turn is dropped. Takes nothing any more.
  mutating func end(now: UInt64, _ output: inout TunnelOutput) {
    guard !isOver else { return }
    isOver = true
    guard isOpen else { return }
    // Where that cannot be said, the connection is cut, and looks it.
    try? records?.end(now: now, into: &output)
  }

  /// - Parameter isReading: whether the other end's bytes are being read.
  mutating func handleTimeout(now: UInt64, isReading: Bool, _ output: inout TunnelOutput) {
    guard !isOver else { return }
    do throws(TunnelFault) {
      guard isOpen || now < handshakeDeadline else { throw .handshakeTimeout }
      try records?.handleTimeout(now: now, isReading: isReading, into: &output)
    } catch {
      fail(error, &output)
    }
  }

  mutating func fail(_ fault: TunnelFault, _ output: inout TunnelOutput) {
    isOver = true
    records = nil
    noise = nil
    (early, waiting) = ([], [])
    output.fault = fault
  }
}
