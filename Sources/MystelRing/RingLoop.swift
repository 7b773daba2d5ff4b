import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An event loop of one thread and one ring.
///
/// Each turn takes what is over, lets sockets and work that is due have their say, and then submits
/// everything that came of it, with one system call that also waits for what is over next. Confined to
/// its thread, but for what says otherwise; the unchecked conformance rests on that.
package final class RingLoop: @unchecked Sendable {
  let ring: Ring
  let chunks: ChunkPool
  /// Of the send that is being prepared.
  private var pieces = SendQueue.Pieces()
  private var sockets: ContiguousArray<RingSocket?> = []
  private var freePlaces: [UInt32] = []
  private var generation: UInt32 = 0
  private var socketCount = 0
  /// Sockets that have something to settle at the end of this turn.
  private var listed: ContiguousArray<RingSocket> = []
  /// Sends that are done once everything that is over has been taken, unless that said otherwise.
  private var quietSends: ContiguousArray<(socket: RingSocket, number: UInt32)> = []
  private var due: [() -> Void] = []
  private var timers = TimerQueue()
  /// When the loop ends, whatever its sockets do; nil while it runs on.
  private var lastMoment: UInt64?
  private var stopped: [() -> Void] = []
  /// The clock when this turn began.
  package private(set) var now = Clock.now
  private let wake: Wake
  private let name: String

  private struct Inbox {
    var work: [@Sendable () -> Void] = []
    var isOver = false
  }
  private let inbox = Mutex(Inbox())

  /// How long a loop that ends waits for its sockets.
  private static let lastNanoseconds: UInt64 = 1_000_000_000

  /// Starts the thread.
  ///
  /// - Parameter name: the thread's, up to 15 bytes.
  /// - Throws: `RingUnavailable`.
  package init(name: String) throws {
    self.name = name
    ring = try Ring()
    chunks = ChunkPool(buffers: ring.buffers)
    wake = try Wake()
    let thread = Unmanaged.passRetained(self)
    var handle = pthread_t()
    let status = pthread_create(
      &handle, nil,
      { pointer in
        if let pointer { Unmanaged<RingLoop>.fromOpaque(pointer).takeRetainedValue().run() }
        return nil
      }, thread.toOpaque())
    guard status == 0 else {
      thread.release()
      throw RingUnavailable(errno: status)
    }
    pthread_detach(handle)
  }

  // MARK: From any thread

  /// Runs work on the loop. - Returns: false where the loop has ended.
  @discardableResult
  package func execute(_ work: @escaping @Sendable () -> Void) -> Bool {
    let wasEmpty: Bool? = inbox.withLock { inbox in
      guard !inbox.isOver else { return nil }
      inbox.work.append(work)
      return inbox.work.count == 1
    }
    if wasEmpty == true { wake.ring() }
    return wasEmpty != nil
  }

  /// Closes all sockets and ends the loop; returns when it has ended.
  package func stop() async {
    await withCheckedContinuation { continuation in
      let isRunning = execute { [self] in
        stopped.append { continuation.resume() }
        beginEnd()
      }
      if !isRunning { continuation.resume() }
    }
  }

  /// The same without waiting.
  package func end() {
    execute { [self] in beginEnd() }
  }

  // MARK: From the loop

  /// Runs work after everything else that is due.
  package func later(_ work: @escaping () -> Void) { due.append(work) }

  package func later(nanoseconds: UInt64, _ work: @escaping () -> Void) {
    timers.add(due: Clock.now &+ nanoseconds, work)
  }

  /// Takes over a connected socket.
  package func adopt(_ descriptor: CInt, queueBytes: Int) -> RingSocket {
    // The ring waits for what a socket that does not block would only be told to try again.
    _ = fcntl(descriptor, F_SETFL, 0)
    return register(descriptor, queueBytes: queueBytes)
  }

  /// Connects a socket, which belongs to the loop from now on.
  ///
  /// - Parameter done: is given a reason of `errno` where that fails; ECANCELED where the time was up.
  package func connect(
    _ descriptor: CInt, to address: RingAddress, nanoseconds: UInt64, queueBytes: Int,
    done: @escaping (RingSocket?, CInt) -> Void
  ) {
    let socket = adopt(descriptor, queueBytes: queueBytes)
    socket.connect(to: address, nanoseconds: nanoseconds) { errno in
      guard errno != 0 else { return done(socket, 0) }
      socket.close()
      done(nil, errno)
    }
  }

  // MARK: Sockets

  private func register(_ descriptor: CInt, queueBytes: Int) -> RingSocket {
    ring.adopt(descriptor)
    generation &+= 1
    let place = freePlaces.popLast() ?? UInt32(sockets.count)
    let socket = RingSocket(
      descriptor, place: place, generation: generation & 0xff_ffff, queueBytes: queueBytes,
      loop: self)
    if Int(place) == sockets.count { sockets.append(socket) } else { sockets[Int(place)] = socket }
    socketCount += 1
    return socket
  }

  /// All of the socket's operations are over: nothing can come for it any more.
  func forget(_ socket: RingSocket) {
    guard sockets[Int(socket.place)] === socket else { return }
    sockets[Int(socket.place)] = nil
    freePlaces.append(socket.place)
    socketCount -= 1
    ring.shut(socket.descriptor)
  }

  /// Has the socket settle at the end of this turn.
  func list(_ socket: RingSocket) { listed.append(socket) }

  // MARK: The thread

  private func run() {
    // Nothing but a kernel that has changed its mind fails here; the ring is then of no use.
    guard (try? ring.begin(name)) != nil else { return leave() }
    wake.await(on: ring)
    while true {
      runDue()
      settle()
      if let lastMoment, socketCount == 0 || Clock.now >= lastMoment { return leave() }
      ring.turn(waiting: longestWait)
      now = Clock.now
      takeCompletions()
    }
  }

  private func runDue() {
    let work = inbox.withLock { inbox in
      defer { inbox.work = [] }
      return inbox.work
    }
    for item in work { item() }
    let later = due
    due = []
    for item in later { item() }
    guard timers.due != nil else { return }
    let now = Clock.now
    while let item = timers.takeDue(now: now) { item() }
  }

  /// Sockets may list others meanwhile.
  private func settle() {
    var index = 0
    while index < listed.count {
      listed[index].settle()
      index += 1
    }
    listed.removeAll(keepingCapacity: listed.capacity <= 16384)
  }

  private var longestWait: UInt64? {
    guard due.isEmpty, inbox.withLock({ $0.work.isEmpty }) else { return 0 }
    guard let next = timers.due else { return nil }
    let now = Clock.now
    return next > now ? next - now : 0
  }

  /// Prepares a send of what a queue begins with. - Returns: how many bytes that is.
  func send(
    _ queue: borrowing SendQueue, to descriptor: CInt, _ kind: Ring.SendKind, _ tag: OperationTag
  ) -> Int {
    queue.fill(&pieces)
    ring.send(descriptor, pieces, kind, tag)
    return pieces.byteCount
  }

  /// Has `sendIsDone` of the socket called after the next turn.
  func awaitQuietly(_ socket: RingSocket, number: UInt32) { quietSends.append((socket, number)) }

  private func takeCompletions() {
    // Of this turn; what is sent meanwhile belongs to the next.
    let sends = quietSends
    quietSends = []
    while ring.forEachCompletion(dispatch) {}
    for send in sends { send.socket.sendIsDone(send.number) }
  }

  private func dispatch(_ completion: Ring.Completion) {
    let tag = completion.tag
    guard tag.kind != .wake else { return wake.await(on: ring) }
    guard Int(tag.place) < sockets.count, let socket = sockets[Int(tag.place)],
      socket.generation == tag.generation
    else { return }
    socket.completed(completion)
  }

  private func beginEnd() {
    guard lastMoment == nil else { return }
    lastMoment = Clock.now &+ Self.lastNanoseconds
    // Has the loop look at the time then.
    later(nanoseconds: Self.lastNanoseconds) {}
    for socket in sockets { socket?.close() }
  }

  private func leave() {
    let work = inbox.withLock { inbox in
      inbox.isOver = true
      defer { inbox.work = [] }
      return inbox.work
    }
    for item in work { item() }
    if socketCount > 0 {
      // Safety: the kernel may still use what operations were given, so it is never let go of.
      _ = Unmanaged.passRetained(self)
    }
    due = []
    timers = TimerQueue()
    for item in stopped { item() }
    stopped = []
  }
}

/// The monotonic clock, in nanoseconds.
enum Clock {
  static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
