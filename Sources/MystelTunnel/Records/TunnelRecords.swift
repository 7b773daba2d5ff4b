/// Both directions of a tunnel after its handshake, and the pace at which records leave.
final class TunnelRecords {
  private var sealer: RecordSealer
  private var opener: RecordOpener
  private let padding: TunnelPadding
  private let recordNanoseconds: UInt64
  /// Content that waits for its turn, at a constant rate.
  private var queue: [UInt8] = []
  private var sendsEnd = false
  private(set) var hasSentEnd = false
  /// When the next record leaves at a constant rate.
  private var nextTick = UInt64.max
  /// Records without content since `emptySince`.
  private var emptyInSecond: UInt64 = 0
  private var emptySince: UInt64 = 0
  /// A constant rate has 20, and nobody needs a new key that often.
  static let mostEmptyInSecond: UInt64 = 1000
  /// When the record must be whole that has begun to come.
  private var recordDeadline = UInt64.max

  init(
    keys: borrowing NoiseKeys, role: HandshakeState.Role, settings: TunnelSettings, now: UInt64
  ) {
    let isInitiator = role == .initiator
    padding = settings.padding
    recordNanoseconds = settings.recordNanoseconds
    sealer = RecordSealer(
      key: isInitiator ? keys.fromInitiator : keys.fromResponder, padding: settings.padding,
      limits: settings.limits, now: now)
    opener = RecordOpener(
      key: isInitiator ? keys.fromResponder : keys.fromInitiator, awaitsOpen: !isInitiator,
      limits: settings.limits)
  }

  /// The tunnel stands: from now on a constant rate is kept.
  func begin(now: UInt64) {
    if case .constantRate(_, let every) = padding { nextTick = now &+ every }
  }

  var isAwaitingOpen: Bool { opener.isAwaitingOpen }
  var hasEnded: Bool { opener.hasEnded }
  /// Bytes that wait for their turn.
  var queuedBytes: Int { queue.count }

  var deadline: UInt64 { min(recordDeadline, hasSentEnd ? .max : nextTick) }

  func receive(
    _ bytes: RawSpan, now: UInt64, into output: inout TunnelOutput
  ) throws(TunnelFault) {
    let wasInside = opener.isInsideRecord
    let before = opener.recordsOpened
    let emptyBefore = opener.emptyRecords
    try opener.receive(bytes, into: &output)
    let empty = opener.emptyRecords - emptyBefore
    let full = opener.recordsOpened - before - empty
    try count(empty: empty > full ? empty - full : 0, now: now)
    if !opener.isInsideRecord {
      recordDeadline = .max
    } else if !wasInside || opener.recordsOpened != before {
      recordDeadline = now &+ recordNanoseconds
    }
  }

  /// The session's limits see content alone: what has none is bounded here, beyond one for each record
  /// that has some.
  private func count(empty: UInt64, now: UInt64) throws(TunnelFault) {
    guard empty > 0 else { return }
    if now &- emptySince >= 1_000_000_000 { (emptySince, emptyInSecond) = (now, 0) }
    emptyInSecond += empty
    guard emptyInSecond <= Self.mostEmptyInSecond else { throw .recordMalformed }
  }

  /// Sends what the initiator says first.
  func open(now: UInt64, into output: inout TunnelOutput) throws(TunnelFault) {
    try sealer.record(.open, RawSpan(), now: now, into: &output.wire)
  }

  /// Announces the next key before its time.
  func rekey(now: UInt64, into output: inout TunnelOutput) throws(TunnelFault) {
    guard !sendsEnd else { return }
    try sealer.rekey(now: now, into: &output.wire)
  }

  func send(
    _ bytes: RawSpan, now: UInt64, into output: inout TunnelOutput
  ) throws(TunnelFault) {
    guard !sendsEnd else { return }
    guard case .constantRate = padding else {
      return try sealer.data(bytes, now: now, into: &output.wire)
    }
    queue.append(bytes)
  }

  /// Sends the end behind everything that was sent.
  func finish(now: UInt64, into output: inout TunnelOutput) throws(TunnelFault) {
    guard !sendsEnd else { return }
    sendsEnd = true
    if case .constantRate = padding { return }
    try sendEnd(now: now, into: &output)
  }

  /// Sends the end at once, whatever waits for its turn.
  func end(now: UInt64, into output: inout TunnelOutput) throws(TunnelFault) {
    guard !hasSentEnd else { return }
    sendsEnd = true
    queue = []
    try sendEnd(now: now, into: &output)
  }

  private func sendEnd(
    now: UInt64, into output: inout TunnelOutput
  ) throws(TunnelFault) {
    try sealer.record(.end, RawSpan(), now: now, into: &output.wire)
    hasSentEnd = true
  }

  /// - Parameter isReading: whether the peer's bytes are being read; while they are not, no record
  ///   of it can be late.
  func handleTimeout(
    now: UInt64, isReading: Bool, into output: inout TunnelOutput
  ) throws(TunnelFault) {
    if now >= recordDeadline {
      guard !isReading else { throw .recordTimeout }
      recordDeadline = now &+ recordNanoseconds
    }
    guard case .constantRate(_, let every) = padding, now >= nextTick, !hasSentEnd else { return }
    // A clock that stood still owes one record, not all of them.
    nextTick = nextTick &+ every
    if nextTick <= now { nextTick = now &+ every }
    // The end has a moment of its own, like everything else.
    if queue.isEmpty, sendsEnd { return try sendEnd(now: now, into: &output) }
    let content = Array(queue.prefix(padding.room))
    queue.removeFirst(content.count)
    try sealer.record(.data, content.span.bytes, now: now, into: &output.wire)
  }
}
