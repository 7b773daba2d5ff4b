import MystelCore
import MystelTunnel
import MystelWire

/// A socket whose bytes go through the tunnel, as the conduit uses it: stands between the engine's leg
/// and the conduit, the same for every engine.
///
/// A PROXY header before a client's tunnel is handed on as it is. What the session says before the
/// tunnel stands waits in it. Confined to its loop.
final class TunnelLeg<End: TunnelPeer & ~Copyable>: Leg, LegListener {
  private let leg: any Leg
  /// Makes the end, once.
  private var make: (() -> End)?
  /// The listener by whose name the tunnel is counted; nil where it is none's.
  private let listener: String?
  private let desk: TunnelDesk
  private let loop: any EngineLoop
  private var conduit: Conduit?
  private var side = Side.client
  /// Nil while a PROXY header is still to come, or everything is over.
  private var tunnel: End?
  /// What was received of a PROXY header that is not whole; nil where none is to come any more.
  private var header: [UInt8]?
  private var early: [UInt8] = []
  private var isReading = false
  private var finishes = false
  private var waiting: [() -> Void] = []
  /// When the timer is due that is under way.
  private var timer = UInt64.max
  private var isOver = false
  private var isCounted = false
  private var isOpen = false
  /// Whether the socket's own queue is full, and what the conduit knows of the two queues.
  private var legIsFull = false
  private var knownAsFull = false

  /// - Parameters:
  ///   - conduit: whose leg it is; the two hold each other until `close`.
  ///   - awaitsHeader: whether a PROXY header comes before the tunnel.
  init(
    _ leg: any Leg, conduit: Conduit, countedFor listener: String?, awaitsHeader: Bool,
    desk: TunnelDesk, loop: any EngineLoop, make: @escaping () -> End
  ) {
    self.leg = leg
    self.conduit = conduit
    self.listener = listener
    self.desk = desk
    self.loop = loop
    self.make = make
    if awaitsHeader { header = [] }
  }

  // MARK: What the conduit asks for

  func start(_ listener: any LegListener, side: Side) -> Bool {
    self.side = side
    guard leg.start(self, side: side) else { return false }
    if header == nil { begin() }
    return true
  }

  var isBusy: Bool { leg.isBusy || (tunnel?.queuedBytes ?? early.count) > 0 }

  func send(_ bytes: UnsafeRawBufferPointer) {
    guard !isOver else { return }
    guard tunnel != nil else { return early.append(contentsOf: bytes) }
    // Safety: the bytes are valid until this returns, and the tunnel copies them.
    tunnel?.send(
      RawSpan(_unsafeBytes: bytes), now: Instant.now.nanoseconds, output: &desk.output)
    settle()
  }

  func setReading(_ isWanted: Bool) {
    isReading = isWanted
    leg.setReading(isWanted || isShakingHands)
  }

  /// A handshake is read whether or not the session wants to hear anything.
  private var isShakingHands: Bool { !isOpen && tunnel != nil }

  func whenWritten(_ callback: @escaping () -> Void) {
    guard (tunnel?.queuedBytes ?? early.count) == 0 else { return waiting.append(callback) }
    leg.whenWritten(callback)
  }

  func finish() {
    finishes = true
    tunnel?.finish(now: Instant.now.nanoseconds, output: &desk.output)
    settle()
  }

  /// Whatever ends the session, the client is told that no more will come; after a fault of the
  /// tunnel it is told nothing.
  func close() {
    if !isOver {
      tunnel?.end(now: Instant.now.nanoseconds, output: &desk.output)
      sendWire()
    }
    desk.output.reset()
    end()
    make = nil
    conduit = nil
    waiting = []
    leg.close()
  }

  // MARK: What the socket tells

  func received(_ bytes: UnsafeRawBufferPointer, from side: Side) {
    guard !isOver else { return }
    guard header == nil else { return receivedHeader(bytes) }
    // Safety: the bytes are valid until this returns, and the tunnel copies what it keeps.
    tunnel?.receive(
      RawSpan(_unsafeBytes: bytes), now: Instant.now.nanoseconds, output: &desk.output)
    settle()
  }

  func inputEnded(_ side: Side) {
    guard !isOver else { return }
    guard tunnel != nil else {
      if let header { hand(header) }
      header = nil
      conduit?.inputEnded(side)
      return
    }
    tunnel?.inputEnded(output: &desk.output)
    settle()
  }

  func broke(_ side: Side) {
    guard !isOver else { return }
    conduit?.broke(side)
  }

  func writabilityChanged(_ side: Side, isWritable: Bool) {
    legIsFull = !isWritable
    tellIfFull()
  }

  /// What waits in the tunnel, for its handshake or its turn at a constant rate, counts as what waits for
  /// the kernel does.
  private func tellIfFull() {
    guard !isOver, let conduit else { return }
    let limit = conduit.session.policy.limits.queueBytes
    let isFull =
      legIsFull || (tunnel?.queuedBytes ?? 0) >= (knownAsFull ? max(1, limit / 2) : limit)
    guard isFull != knownAsFull else { return }
    knownAsFull = isFull
    conduit.writabilityChanged(side, isWritable: !isFull)
  }

  /// Not from inside a call of the conduit's.
  private func tellLaterIfFull() {
    let queued = tunnel?.queuedBytes ?? 0
    guard queued > 0 || (knownAsFull && !legIsFull) else { return }
    loop.later { [weak self] in self?.tellIfFull() }
  }

  /// Hands a PROXY header to the session; what stands behind it is the tunnel's.
  private func receivedHeader(_ bytes: UnsafeRawBufferPointer) {
    var received = header ?? []
    received.append(contentsOf: bytes)
    let accepted = conduit?.session.policy.acceptedHeader ?? .any
    switch ProxyHeader.parse(received.span.bytes, accepting: accepted) {
    case .needMore: header = received
    case .rejected:
      // The session says what is wrong with it.
      header = nil
      hand(received)
    case .header(_, let byteCount):
      header = nil
      hand(Array(received.prefix(byteCount)))
      guard !isOver else { return }
      begin()
      received.removeFirst(byteCount)
      if !received.isEmpty { received.withUnsafeBytes { self.received($0, from: side) } }
    }
  }

  private func hand(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    bytes.withUnsafeBytes { conduit?.received($0, from: side) }
  }

  // MARK: The tunnel

  private func begin() {
    guard let make else { return }
    self.make = nil
    tunnel = make()
    tunnel?.start(output: &desk.output)
    sendWire()
    let fault = desk.output.fault
    desk.output.reset()
    if let fault { return fail(reason(of: fault)) }
    if !isReading { leg.setReading(true) }
    var said: [UInt8] = []
    swap(&said, &early)
    if !said.isEmpty { said.withUnsafeBytes { send($0) } }
    arm()
  }

  /// Does what a call of the tunnel has come to.
  private func settle() {
    sendWire()
    if let listener {
      desk.count(listener)
      if desk.output.hasOpened { isCounted = true }
    }
    var plain: [UInt8] = []
    swap(&plain, &desk.output.plain)
    let (hasOpened, hasEnded) = (desk.output.hasOpened, desk.output.hasEnded)
    let fault = desk.output.fault
    desk.output.reset()
    if hasOpened { opened() }
    hand(plain)
    // Memory that is handed back is used by the next session.
    plain.removeAll(keepingCapacity: plain.capacity <= 256 * 1024)
    if desk.output.plain.isEmpty { swap(&plain, &desk.output.plain) }
    guard !isOver else { return }
    if let fault { return fail(reason(of: fault)) }
    if hasEnded { conduit?.inputEnded(side) }
    guard !isOver else { return }
    if tunnel?.queuedBytes == 0, !waiting.isEmpty {
      let callbacks = waiting
      waiting = []
      for callback in callbacks { leg.whenWritten(callback) }
    }
    if finishes, tunnel?.hasSentEnd == true {
      finishes = false
      leg.whenWritten { [leg] in leg.finish() }
    }
    tellLaterIfFull()
    arm()
  }

  /// What another gateway does is no player's fault.
  private func reason(of fault: TunnelFault) -> Reason {
    side == .client ? fault.reason : .backendTunnel
  }

  private func opened() {
    isOpen = true
    if !isReading { leg.setReading(false) }
    conduit?.tunnelOpened(to: side)
  }

  private func sendWire() {
    desk.output.wire.withUnsafeBytes { if !$0.isEmpty { leg.send($0) } }
  }

  private func end() {
    isOver = true
    tunnel = nil
    if isCounted, let listener { desk.countEnd(listener) }
    isCounted = false
  }

  /// Ends the session, but not from inside a call of the conduit.
  private func fail(_ reason: Reason) {
    end()
    loop.later { [self] in conduit?.close(reason) }
  }

  /// Sees to it that the tunnel is asked in time. One timer at most is under way that matters.
  private func arm() {
    guard let deadline = tunnel?.deadline, deadline < timer else { return }
    timer = deadline
    let now = Instant.now.nanoseconds
    let wait = Duration.nanoseconds(Int64(clamping: deadline > now ? deadline - now : 0))
    loop.later(after: wait) { [weak self] in self?.timeIsUp(deadline) }
  }

  private func timeIsUp(_ due: UInt64) {
    guard due == timer else { return }
    timer = .max
    guard !isOver, tunnel != nil else { return }
    tunnel?.handleTimeout(
      now: Instant.now.nanoseconds, isReading: isReading, output: &desk.output)
    settle()
  }
}
