#if os(Linux)
  import MystelCore
  import MystelRing
  import MystelWire

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #endif

  /// An event loop of io_uring.
  final class RingEngineLoop: EngineLoop {
    private let loop: RingLoop

    private struct Ended: Error {}

    /// - Throws: `RingUnavailable`.
    init(number: Int) throws { loop = try RingLoop(name: "ring-\(number)") }

    func execute(_ work: @escaping @Sendable () -> Void) { loop.execute(work) }

    func submit<Result: Sendable>(
      _ work: @escaping @Sendable () -> Result
    ) async throws -> Result {
      try await withCheckedThrowingContinuation { continuation in
        if !loop.execute({ continuation.resume(returning: work()) }) {
          continuation.resume(throwing: Ended())
        }
      }
    }

    var now: Instant { Instant(nanoseconds: loop.now) }

    func later(_ work: @escaping () -> Void) { loop.later(work) }

    func later(after delay: Duration, _ work: @escaping () -> Void) {
      loop.later(nanoseconds: delay.wholeNanoseconds, work)
    }

    func adopt(_ descriptor: CInt, queueBytes: Int, ready: @escaping ((any Leg)?) -> Void) {
      ready(RingLeg(loop.adopt(descriptor, queueBytes: queueBytes)))
    }

    func connect(
      _ order: ConnectOrder, done: @escaping (Result<any Leg, ConnectFailure>) -> Void
    ) {
      do {
        let descriptor = try SocketTuning.openSocket(for: order)
        let address = try order.target.socketAddress().withSockAddr { address, length in
          RingAddress(address, length: length)
        }
        loop.connect(
          descriptor, to: address, nanoseconds: order.timeout.wholeNanoseconds,
          queueBytes: order.queueBytes
        ) { socket, errno in
          if let socket { return done(.success(RingLeg(socket))) }
          done(.failure(errno == ECANCELED ? .timeout(order.timeout) : .system(errno)))
        }
      } catch {
        // As every other answer: after the call.
        loop.later { done(.failure(ConnectFailure(error))) }
      }
    }

    func stop() async { await loop.stop() }

    func end() { loop.end() }
  }

  /// A socket of a session on a ring.
  final class RingLeg: Leg, RingReceiver {
    private let socket: RingSocket
    private var listener: (any LegListener)?
    private var side = Side.client

    init(_ socket: RingSocket) { self.socket = socket }

    func start(_ listener: any LegListener, side: Side) -> Bool {
      self.listener = listener
      self.side = side
      socket.start(self)
      return true
    }

    var isBusy: Bool { socket.isBusy }

    func send(_ bytes: UnsafeRawBufferPointer) { socket.send(bytes) }

    func setReading(_ isWanted: Bool) { socket.setReading(isWanted) }

    func whenWritten(_ callback: @escaping () -> Void) { socket.whenWritten(callback) }

    func finish() { socket.finish() }

    func close() {
      listener = nil
      socket.close()
    }

    // MARK: What the socket tells

    func received(_ bytes: UnsafeRawBufferPointer) {
      listener?.received(bytes, from: side)
    }

    func inputEnded() {
      listener?.inputEnded(side)
    }

    func broke(_ errno: CInt) {
      guard let listener else { return }
      self.listener = nil
      listener.broke(side)
    }

    func writabilityChanged(isWritable: Bool) {
      listener?.writabilityChanged(side, isWritable: isWritable)
    }
  }

  extension Duration {
    /// Without what is left of the last one; not below 0, and at most some years.
    fileprivate var wholeNanoseconds: UInt64 {
      let (seconds, attoseconds) = components
      guard seconds >= 0, attoseconds >= 0 else { return 0 }
      return UInt64(min(seconds, 1 << 31)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
  }
#endif
