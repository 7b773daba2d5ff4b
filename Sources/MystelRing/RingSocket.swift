#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whom a socket tells what happens. Called on the socket's loop, and never from inside a call of the
/// socket's own methods.
package protocol RingReceiver: AnyObject {
  /// - Parameter bytes: valid until this returns.
  func received(_ bytes: UnsafeRawBufferPointer)
  /// The peer has sent FIN behind everything that was received.
  func inputEnded()
  /// The socket is of no use any more, for this reason of `errno`, and will be closed.
  func broke(_ errno: CInt)
  /// What waits to be sent has reached the socket's limit, or half of it is gone again.
  func writabilityChanged(isWritable: Bool)
}

/// A connected TCP socket on a ring. Confined to its loop.
///
/// What it wants is noted at once, and becomes operations at the end of the loop's turn: at most one
/// to receive, which goes on until it is cancelled, one to send, and one that waits for the peer's end.
/// It is closed when the last of them is over.
package final class RingSocket {
  private let loop: RingLoop
  let descriptor: CInt
  /// Where it stands in the loop's table.
  let place: UInt32
  let generation: UInt32
  private var receiver: (any RingReceiver)?

  private enum Receiving {
    case off, on
    /// An operation that is over soon.
    case ending
  }
  private var receiving = Receiving.off
  private var isWanted = false
  /// The peer is gone: what it has left behind is read, wanted or not, one operation at a time. One that
  /// goes on may miss a reset that came with the last bytes: nothing wakes it any more.
  private var mustReadOn = false
  private var inputIsOver = false
  private var watchesEnd = false

  private var queue: SendQueue
  private enum Sending { case idle, underway }
  private var sending = Sending.idle
  /// Counts the sends, and how many bytes the one underway has.
  private var sendNumber: UInt32 = 0
  private var sendBytes = 0
  /// Whether the send underway waits for the peer.
  private var isWaiting = false
  /// Why nothing can be sent any more.
  private var sendError: CInt?
  private let queueBytes: Int
  private var isFull = false
  private var written: [() -> Void] = []

  /// Operations that are not over.
  private var operations = 0
  private var isClosing = false
  /// Whether the loop calls `settle` at the end of this turn.
  private var isListed = false
  private var connecting: Connecting?

  private struct Connecting {
    var address: UnsafeMutablePointer<RingAddress>
    var done: (CInt) -> Void
  }

  init(_ descriptor: CInt, place: UInt32, generation: UInt32, queueBytes: Int, loop: RingLoop) {
    self.loop = loop
    self.descriptor = descriptor
    self.place = place
    self.generation = generation
    self.queueBytes = max(1, queueBytes)
    queue = SendQueue(pool: loop.chunks)
  }

  // MARK: What is asked of it

  /// Tells the receiver what happens from now on.
  package func start(_ receiver: any RingReceiver) { self.receiver = receiver }

  /// Whether bytes wait that the kernel has not taken, or may not have.
  package var isBusy: Bool { !queue.isEmpty }

  /// Sends at the end of the turn. What cannot be sent is dropped; the end comes in its own time.
  package func send(_ bytes: UnsafeRawBufferPointer) {
    guard !isClosing, sendError == nil, !bytes.isEmpty else { return }
    queue.append(bytes)
    list()
  }

  /// Whether the socket is read. What is underway still comes, and so does everything before the end
  /// where the peer is gone.
  package func setReading(_ isWanted: Bool) {
    self.isWanted = isWanted
    list()
  }

  /// Calls back when nothing waits to be sent, at once if that is so now; not at all if the socket
  /// breaks.
  package func whenWritten(_ callback: @escaping () -> Void) {
    guard !isClosing, sendError == nil else { return }
    if queue.isEmpty { callback() } else { written.append(callback) }
  }

  /// Sends FIN.
  package func finish() { _ = shutdown(descriptor, CInt(SHUT_WR)) }

  /// Gives the kernel what it takes of what was sent, and closes. Tells nobody.
  package func close() {
    guard !isClosing else { return }
    isClosing = true
    if sending == .idle, !queue.isEmpty { sendNext() }
    receiver = nil
    written = []
    cancelAll()
    closeIfOver()
  }

  /// One by one: the kernel finds an operation by its tag at once, and by its descriptor only among all
  /// there are.
  private func cancelAll() {
    if receiving == .on || (receiving == .ending && mustReadOn) { loop.ring.cancel(tag(.receive)) }
    if watchesEnd { loop.ring.cancel(tag(.end)) }
    if isWaiting { loop.ring.cancel(tag(.send)) }
    if connecting != nil { loop.ring.cancel(tag(.connect)) }
  }

  /// Connects, and calls back with 0 or the reason: ECANCELED where the time was up.
  func connect(to address: RingAddress, nanoseconds: UInt64, done: @escaping (CInt) -> Void) {
    let stored = UnsafeMutablePointer<RingAddress>.allocate(capacity: 1)
    stored.initialize(to: address)
    connecting = Connecting(address: stored, done: done)
    operations += 1
    loop.ring.connect(descriptor, to: stored, nanoseconds: nanoseconds, tag(.connect))
  }

  // MARK: The end of a turn

  private func list() {
    guard !isListed else { return }
    isListed = true
    loop.list(self)
  }

  /// Makes operations of what is wanted. Called by the loop, outside every other call.
  func settle() {
    isListed = false
    guard !isClosing else { return }
    settleReceiving()
    guard !isClosing else { return }
    switch sending {
    case .idle where !queue.isEmpty: sendNext()
    case .underway: tellIfFull()
    case .idle: break
    }
  }

  private func settleReceiving() {
    guard !inputIsOver else { return }
    if mustReadOn, receiving != .ending, seesEnd() { return }
    switch receiving {
    case .off where isWanted || mustReadOn:
      receiving = mustReadOn ? .ending : .on
      operations += 1
      loop.ring.receive(descriptor, again: !mustReadOn, tag(.receive))
    case .on where !isWanted || mustReadOn:
      receiving = .ending
      loop.ring.cancel(tag(.receive))
    case .off, .on, .ending: break
    }
    if !watchesEnd, !mustReadOn {
      watchesEnd = true
      operations += 1
      loop.ring.watchEnd(descriptor, tag(.end))
    }
  }

  /// Looks whether the peer, who is gone, has left nothing behind but its end. To be told of that by the
  /// ring would take turns, in which the other side of a session may seem to have ended first. Everything
  /// that was taken from the socket has been handed on when a turn ends.
  private func seesEnd() -> Bool {
    var byte: UInt8 = 0
    let count = recv(descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT))
    let reason = errno
    guard count == 0 || (count < 0 && reason != EAGAIN && reason != EINTR) else { return false }
    if receiving == .on {
      receiving = .ending
      loop.ring.cancel(tag(.receive))
    }
    if count == 0 { tellEnd() } else { tellBroken(reason) }
    return true
  }

  private func sendNext(waiting: Bool = false) {
    sending = .underway
    sendNumber &+= 1
    operations += 1
    isWaiting = waiting
    // Quietly where nothing waits for its end: the loop may sleep before it looks at it.
    let isQuiet =
      !waiting && queue.isSentAtOnce && written.isEmpty && !isFull && !isClosing
    sendBytes = loop.send(
      queue, to: descriptor, waiting ? .waiting : isQuiet ? .quiet : .atOnce, tag(.send))
    if isQuiet { loop.awaitQuietly(self, number: sendNumber) }
  }

  private func tellIfFull() {
    guard !isFull, queue.count >= queueBytes else { return }
    isFull = true
    receiver?.writabilityChanged(isWritable: false)
  }

  private func tag(_ kind: OperationTag.Kind) -> OperationTag {
    OperationTag(kind, place: place, generation: generation)
  }

  // MARK: What is over

  /// An operation is over, or has received something and goes on. Called by the loop.
  func completed(_ completion: Ring.Completion) {
    if !completion.hasMore { operations -= 1 }
    switch completion.tag.kind {
    case .receive: receiveCompleted(completion)
    case .send: sendCompleted(completion.result)
    case .connect: connectCompleted(completion.result)
    case .end: endSeen(completion.result)
    case .wake: break
    }
    closeIfOver()
  }

  private func receiveCompleted(_ completion: Ring.Completion) {
    if !completion.hasMore {
      receiving = .off
      list()
    }
    guard !isClosing, !inputIsOver else { return }
    switch completion.result {
    case 1...: receiver?.received(completion.bytes)
    case 0: tellEnd()
    case -ECANCELED, -ENOBUFS, -EINTR, -EAGAIN, -ENOMEM: break
    default: tellBroken(-completion.result)
    }
  }

  /// A quiet send has had its turn; where it had no completion, all its bytes are with the kernel.
  func sendIsDone(_ number: UInt32) {
    guard sending == .underway, sendNumber == number else { return }
    operations -= 1
    sendCompleted(CInt(sendBytes))
    closeIfOver()
  }

  private func sendCompleted(_ result: CInt) {
    sending = .idle
    isWaiting = false
    guard !isClosing else { return }
    switch result {
    case 0...: taken(Int(result))
    case -EAGAIN, -EINTR, -ENOBUFS, -ENOMEM:
      queue.takeHome()
      sendNext(waiting: true)
      tellIfFull()
    default: sendFailed(-result)
    }
  }

  private func taken(_ count: Int) {
    queue.drop(count)
    if !queue.isEmpty {
      if count < sendBytes { queue.takeHome() }
      sendNext(waiting: count < sendBytes)
      tellIfFull()
    }
    if isFull, queue.count <= queueBytes / 2 {
      isFull = false
      receiver?.writabilityChanged(isWritable: true)
    }
    guard queue.isEmpty, !written.isEmpty else { return }
    let callbacks = written
    written = []
    for callback in callbacks { callback() }
  }

  /// A peer that takes nothing any more may have sent something before: that is read first.
  private func sendFailed(_ errno: CInt) {
    sendError = errno
    queue.removeAll()
    written = []
    guard !inputIsOver, errno == EPIPE || errno == ECONNRESET else { return tellBroken(errno) }
    mustReadOn = true
    list()
  }

  private func endSeen(_ result: CInt) {
    watchesEnd = false
    guard result > 0 else { return }
    mustReadOn = true
    list()
  }

  private func connectCompleted(_ result: CInt) {
    guard let connecting else { return }
    self.connecting = nil
    connecting.address.deallocate()
    connecting.done(-result)
  }

  private func tellEnd() {
    inputIsOver = true
    if let sendError { tellBroken(sendError) } else { receiver?.inputEnded() }
  }

  private func tellBroken(_ errno: CInt) {
    guard !isClosing else { return }
    inputIsOver = true
    receiver?.broke(errno)
    close()
  }

  private func closeIfOver() {
    guard isClosing, operations == 0 else { return }
    loop.forget(self)
  }
}
