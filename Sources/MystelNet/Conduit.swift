import Logging
import MystelCore
import MystelWire

/// A session and its two sockets: carries bytes and events in, and does what the session answers.
///
/// Confined to its worker's event loop; both legs share that loop, whatever engine it is of.
final class Conduit: LegListener {
  let session: Session
  let worker: Worker
  let pool: BackendPool
  /// What the gate has counted of this connection; nil until it was asked.
  private(set) var ticket: AddressTable.Ticket?
  /// Steps of the session that the gate has to be told of.
  private var loginIsCounted = false
  private var playIsKnown = false
  private var client: (any Leg)?
  private var backend: (any Leg)?
  /// Received bytes that wait for their next turn.
  private var pending = PerDirection<WaitingBytes?>(toBackend: nil, toClient: nil)
  private var resumes = PerDirection(toBackend: false, toClient: false)
  /// Sides that have sent FIN behind bytes that wait for their next turn.
  private var endsNext = PerDirection(toBackend: false, toClient: false)
  /// Whether a side's socket is being read.
  private var isReading = PerDirection(toBackend: false, toClient: false)
  private var isFinished = PerDirection(toBackend: false, toClient: false)
  private var holdsSlot = false
  private var isConnecting = false
  /// Whether the launcher's login is seen to, or asked for by nobody.
  var hasGrant = false
  /// Whether tera-api is, or will be, asked about this session.
  var awaitsGrant = false
  private var handshakeIsCounted = false
  private var connectTries = 0
  /// What the backend is reached by, where another gateway stands there.
  var backendTunnel: BackendTunnel?
  private var backendTunnelStood = false
  /// Whether the client's tunnel does not stand: until then nothing is done for anybody.
  var awaitsTunnel = false
  private var wantsBackend = false
  private var entry: DeadlineWheel<Conduit>.Entry?
  /// When `entry` is due; meaningless without one.
  private var scheduled = Instant.distantFuture
  /// Why the session ends once the client has been given all; set when the backend is gone.
  private var lastReason: Reason?
  private(set) var isClosed = false

  init(session: Session, worker: Worker, pool: BackendPool, ticket: AddressTable.Ticket?) {
    self.ticket = ticket
    self.session = session
    self.worker = worker
    self.pool = pool
  }

  // MARK: Events from the sockets

  /// The client's socket is connected.
  func open(_ leg: any Leg) {
    guard leg.start(self, side: .client) else {
      leg.close()
      return close(.clientReset)
    }
    client = leg
    // It may have been accepted before its ban and get here after it.
    guard session.hit(in: worker.bans) == nil else { return close(.banned) }
    session.open(now: worker.loop.now, output: &worker.output)
    perform(from: .client)
  }

  /// - Parameter bytes: valid until this returns.
  func received(_ bytes: UnsafeRawBufferPointer, from side: Side) {
    guard !isClosed else { return }
    guard pending[side.outgoing] == nil else {
      pending[side.outgoing]?.append(bytes)
      return
    }
    // The end of input has everything before it read at once, wanted or not.
    guard !resumes[side.outgoing], !session.isHeld(side) else {
      pending[side.outgoing] = WaitingBytes(bytes)
      return
    }
    take(bytes, from: side)
  }

  /// Hands bytes to the session.
  ///
  /// - Parameter waiting: what they lie in, where that is memory of our own.
  private func take(
    _ bytes: UnsafeRawBufferPointer, of waiting: WaitingBytes? = nil, from side: Side
  ) {
    // Safety: the bytes are valid until this returns, and the session keeps none of them.
    session.receive(
      RawSpan(_unsafeBytes: bytes), from: side, now: worker.loop.now, output: &worker.output)
    perform(bytes, of: waiting, from: side)
  }

  func inputEnded(_ side: Side) {
    guard !isClosed else { return }
    guard pending[side.outgoing] == nil, !resumes[side.outgoing], !session.isHeld(side) else {
      endsNext[side.outgoing] = true
      return
    }
    session.inputEnded(side, now: worker.loop.now, output: &worker.output)
    perform(from: side)
  }

  /// A connection broke. What a server said before that is still given to its player.
  func broke(_ side: Side) {
    guard !isClosed else { return }
    let reason = session.reasonForReset(of: side)
    guard side == .backend, let client,
      client.isBusy || pending.toClient != nil || resumes.toClient
    else { return close(reason) }
    guard lastReason == nil else { return }
    lastReason = reason
    backend = nil
    inputEnded(.backend)
  }

  func writabilityChanged(_ side: Side, isWritable: Bool) {
    guard !isClosed else { return }
    // The queue towards a side holds the bytes of the direction that ends there.
    let direction = side.other.outgoing
    session.queueChanged(direction, isFull: !isWritable, now: worker.loop.now)
    updateReading()
    schedule()
  }

  // MARK: Events from the worker

  func timeIsUp() {
    guard !isClosed else { return }
    entry = nil
    session.handleTimeout(now: worker.loop.now, output: &worker.output)
    session.deadlineMoved = true
    perform(from: .client)
  }

  /// The half-open table wants its place, or its place in the line, back. A session that completed
  /// its keys meanwhile has given it back already, and stays.
  func giveWay(_ reason: Reason) {
    if holdsSlot { close(reason) }
  }

  /// The half-open table lets this session connect.
  func mayConnect() {
    guard !isClosed, holdsSlot else { return }
    connect()
  }

  // MARK: Doing what the session says

  /// - Parameters:
  ///   - bytes: what was handed to the session, if anything was.
  ///   - waiting: what they lie in, where that is memory of our own.
  private func perform(
    _ bytes: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
    of waiting: WaitingBytes? = nil, from side: Side
  ) {
    if session.identityChanged {
      session.identityChanged = false
      guard worker.admits(session) else {
        worker.output.reset()
        return close(.banned)
      }
    }
    if !playIsKnown, let refusal = askGate() {
      worker.output.reset()
      return close(refusal)
    }
    let direction = side.outgoing
    let pass = worker.output.passThrough
    send(worker.output.toClient.unsafeBytes, .toClient)
    send(worker.output.toBackend.unsafeBytes, .toBackend)
    if !pass.isEmpty { send(UnsafeRawBufferPointer(rebasing: bytes[pass]), direction) }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[min(worker.output.consumed, bytes.count)...])
    guard !worker.output.isQuiet || !rest.isEmpty || session.deadlineMoved || holdsSlot else {
      return worker.output.reset()
    }
    performWishes(rest, of: waiting?.dropping(bytes.count - rest.count), from: side)
  }

  /// Tells the gate of steps that the session has taken. - Returns: why it may not go on.
  private func askGate() -> Reason? {
    let client = session.client.address
    if ticket == nil, session.isRelayed {
      switch worker.gate.enter(client) {
      case .admitted(let given): ticket = given
      case .refused(let reason): return reason
      }
    }
    if !loginIsCounted, session.hasSentLogin {
      loginIsCounted = true
      if let refusal = worker.gate.login(client) { return refusal }
    }
    if session.hasPlayed {
      playIsKnown = true
      worker.gate.played(client)
    }
    return nil
  }

  private func performWishes(
    _ rest: UnsafeRawBufferPointer, of waiting: WaitingBytes?, from side: Side
  ) {
    let hasMore = worker.output.hasMore
    let connects = worker.output.connectBackend
    let (finishClient, finishBackend) = (worker.output.finishClient, worker.output.finishBackend)
    let reason = worker.output.close
    worker.output.reset()

    if let reason { return close(reason) }
    // A socket may turn out to be broken while it is written to.
    guard !isClosed else { return }
    if !rest.isEmpty { pending[side.outgoing] = waiting ?? WaitingBytes(rest) }
    if hasMore { resumeLater(side) }
    if connects { requestBackend() }
    if finishClient { finish(.toClient) }
    if finishBackend { finish(.toBackend) }
    if holdsSlot, session.keysAreComplete { releaseSlot() }
    updateReading()
    schedule()
  }

  private func send(_ bytes: UnsafeRawBufferPointer, _ direction: Direction) {
    guard !bytes.isEmpty else { return }
    leg(direction.destination)?.send(bytes)
  }

  private func leg(_ side: Side) -> (any Leg)? { side == .client ? client : backend }

  /// Goes on with a session that used up its turn, after the others had theirs.
  private func resumeLater(_ side: Side) {
    guard !resumes[side.outgoing] else { return }
    resumes[side.outgoing] = true
    worker.loop.later { [self] in resume(side) }
  }

  private func resume(_ side: Side) {
    resumes[side.outgoing] = false
    guard !isClosed else { return }
    let waiting = pending[side.outgoing] ?? WaitingBytes()
    pending[side.outgoing] = nil
    waiting.withUnsafeBytes { take($0, of: waiting, from: side) }
    guard !isClosed, !resumes[side.outgoing], !session.isHeld(side) else { return }
    if endsNext[side.outgoing] {
      endsNext[side.outgoing] = false
      inputEnded(side)
    }
    updateReading()
  }

  private func updateReading() {
    guard !isClosed else { return }
    for side in Side.allCases {
      let wanted = session.reads(side) && pending[side.outgoing] == nil && !resumes[side.outgoing]
      guard wanted != isReading[side.outgoing], let leg = leg(side) else { continue }
      isReading[side.outgoing] = wanted
      leg.setReading(wanted)
    }
  }

  /// Sees to it that `timeIsUp` is called in time. A deadline that moves later costs nothing.
  private func schedule() {
    guard session.deadlineMoved, !isClosed else { return }
    session.deadlineMoved = false
    let deadline = session.deadline
    guard entry == nil || deadline < scheduled else { return }
    entry?.cancel()
    entry = worker.wheel.insert(self, deadline: deadline)
    scheduled = deadline
  }

  /// Sends FIN towards a side when everything before it is written.
  private func finish(_ direction: Direction) {
    guard let leg = leg(direction.destination), !isFinished[direction] else { return }
    leg.whenWritten { [self] in
      guard !isClosed else { return }
      isFinished[direction] = true
      if let lastReason {
        close(lastReason)
      } else if isFinished.toBackend && isFinished.toClient {
        close(session.reasonForEnd)
      } else {
        leg.finish()
      }
    }
  }

  // MARK: The backend

  /// The tunnel to a side stands.
  func tunnelOpened(to side: Side) {
    guard side == .client else {
      backendTunnelStood = true
      return
    }
    awaitsTunnel = false
    guard wantsBackend, !isClosed else { return }
    wantsBackend = false
    requestBackend()
  }

  func requestBackend() {
    guard !awaitsTunnel else {
      wantsBackend = true
      return
    }
    let isTera = session.policy.listener.game == .tera
    if isTera, !handshakeIsCounted {
      handshakeIsCounted = true
      if let refusal = worker.gate.handshake(session.client.address) { return close(refusal) }
    }
    guard launcherAdmits() else { return }
    guard isTera else { return connect() }
    holdsSlot = true
    if pool.request(session, worker: worker) == .connect { connect() }
  }

  private func releaseSlot() {
    holdsSlot = false
    pool.release(session.id)
  }

  private func connect() {
    guard !isClosed else { return }
    connectTries += 1
    guard let target = pool.target else { return close(.backendDown) }
    switch BackendConnector.order(session.policy, client: session.client, target: target) {
    case .success(let order):
      isConnecting = true
      worker.loop.connect(order) { [self] result in connected(result) }
    case .failure(let refusal):
      close(refusal.reason)
    }
  }

  private func connected(_ result: Result<any Leg, ConnectFailure>) {
    isConnecting = false
    if isClosed, holdsSlot { releaseSlot() }
    switch result {
    case .success(let socket):
      guard !isClosed else { return socket.close() }
      let leg = backendTunnel.map { worker.tunneled(socket, of: self, to: $0) } ?? socket
      guard leg.start(self, side: .backend) else {
        leg.close()
        return close(.backendReset)
      }
      backend = leg
      pool.connectSucceeded()
      session.backendConnected(now: worker.loop.now, output: &worker.output)
      perform(from: .backend)
      if !isClosed { updateReading() }
    case .failure(let failure):
      connectFailed(failure)
    }
  }

  private func connectFailed(_ failure: ConnectFailure) {
    pool.connectFailed(failure)
    guard !isClosed else { return }
    guard connectTries < BackendConnector.tries, pool.target != nil else {
      return close(pool.target == nil ? .backendDown : .backendConnectFailed)
    }
    worker.loop.later(after: BackendConnector.retryDelay) { [self] in
      if !isClosed { connect() }
    }
  }

  // MARK: The end

  func close(_ reason: Reason) {
    guard !isClosed else { return }
    isClosed = true
    if awaitsGrant { worker.launcher.gone(session.client.address, session: session.id) }
    client?.close()
    backend?.close()
    entry?.cancel()
    client = nil
    backend = nil
    pending = PerDirection(toBackend: nil, toClient: nil)
    // A connection in the making cannot be called off, and counts until it is made or given up.
    if holdsSlot, !isConnecting { releaseSlot() }
    // A tunnel that is cut later says nothing of the gateway there: anybody on the way can do that.
    let failsBackend =
      [.backendHelloTimeout, .backendHelloInvalid].contains(reason)
      || (reason == .backendTunnel && !backendTunnelStood)
    if failsBackend { pool.connectFailed(.refused(reason)) }
    worker.ended(self, reason: reason)
  }
}
