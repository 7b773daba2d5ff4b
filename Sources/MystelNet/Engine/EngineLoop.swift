import MystelCore
import MystelWire

/// An event loop with sockets: what a worker runs on. Each engine has its own.
///
/// A loop and its legs are used on the loop's own thread, but for what says otherwise.
protocol EngineLoop: AnyObject, Sendable {
  /// Runs work on the loop; not at all once the loop has ended. From any thread.
  func execute(_ work: @escaping @Sendable () -> Void)

  /// Runs work on the loop, and gives back its result. From any thread.
  ///
  /// - Throws: where the loop has ended.
  func submit<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async throws -> Result

  /// The monotonic clock, as it was at some moment of this turn.
  var now: Instant { get }

  /// Runs work after everything else that is due.
  func later(_ work: @escaping () -> Void)

  /// Runs work when some time has passed.
  func later(after delay: Duration, _ work: @escaping () -> Void)

  /// Makes a leg of an accepted socket, which belongs to the loop from now on.
  ///
  /// - Parameters:
  ///   - queueBytes: what may wait to be written before the leg counts as full.
  ///   - ready: is called at once or later; nil where the socket is of no use.
  func adopt(_ descriptor: CInt, queueBytes: Int, ready: @escaping ((any Leg)?) -> Void)

  /// Connects to a backend.
  func connect(
    _ order: ConnectOrder, done: @escaping (Result<any Leg, ConnectFailure>) -> Void)

  /// Ends the loop, where it is not a group that ends it. From any thread.
  func stop() async
}

/// One socket of a session, as its conduit uses it.
///
/// Nothing is read, and nothing told, before `start`. The listener is told of nothing from inside a
/// call of these methods, except for `close`, after which it does not listen.
protocol Leg: AnyObject {
  /// Tells the listener what happens from now on. - Returns: false where the socket is gone.
  func start(_ listener: any LegListener, side: Side) -> Bool

  /// Whether bytes wait here because the kernel has not taken them.
  var isBusy: Bool { get }

  /// Sends at the end of the loop's turn, or sooner. Bytes that cannot be sent are dropped; the
  /// socket's end is told in its own time.
  func send(_ bytes: UnsafeRawBufferPointer)

  /// Whether the socket is read. What is underway still comes; and where the peer is gone, so does
  /// everything up to the end.
  func setReading(_ isWanted: Bool)

  /// Calls back once everything sent so far is with the kernel, at once if it is already; not at all
  /// if the socket breaks.
  func whenWritten(_ callback: @escaping () -> Void)

  /// Sends FIN.
  func finish()

  /// Gives the kernel what it takes of what was sent, and closes.
  func close()
}

/// Whom a leg tells what happens to its socket: the conduit, or what stands between them.
protocol LegListener: AnyObject {
  /// - Parameter bytes: valid until this returns.
  func received(_ bytes: UnsafeRawBufferPointer, from side: Side)
  /// The peer has sent FIN.
  func inputEnded(_ side: Side)
  func broke(_ side: Side)
  func writabilityChanged(_ side: Side, isWritable: Bool)
}

/// What an engine is to connect to, and how.
struct ConnectOrder {
  var target: Endpoint
  /// The address to use as ours, whosever it is; nil for one of this machine's.
  var transparentSource: IPAddress?
  var timeout: Duration
  var queueBytes: Int
}
