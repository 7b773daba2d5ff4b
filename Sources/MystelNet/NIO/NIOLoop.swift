import MystelCore
import MystelWire
import NIOCore
import NIOPosix

/// An event loop of SwiftNIO: epoll, or whatever the system has.
///
/// The unchecked conformance rests on `turn` being reached only from the loop.
final class NIOLoop: EngineLoop, @unchecked Sendable {
  private let loop: any EventLoop
  private let turn: TurnWrites

  init(_ loop: any EventLoop) {
    self.loop = loop
    turn = TurnWrites(loop: loop)
  }

  func execute(_ work: @escaping @Sendable () -> Void) { loop.execute(work) }

  func submit<Result: Sendable>(
    _ work: @escaping @Sendable () -> Result
  ) async throws -> Result {
    try await loop.submit(work).get()
  }

  var now: Instant { .now }

  func later(_ work: @escaping () -> Void) { loop.assumeIsolated().execute(work) }

  func later(after delay: Duration, _ work: @escaping () -> Void) {
    loop.assumeIsolated().scheduleTask(in: TimeAmount(delay), work)
  }

  func adopt(_ descriptor: CInt, queueBytes: Int, ready: @escaping ((any Leg)?) -> Void) {
    bootstrap(queueBytes: queueBytes).withConnectedSocket(descriptor).assumeIsolated()
      .whenComplete { [self] result in ready((try? result.get()).map { NIOLeg($0, turn: turn) }) }
  }

  func connect(
    _ order: ConnectOrder, done: @escaping (Result<any Leg, ConnectFailure>) -> Void
  ) {
    do {
      let bootstrap = try bootstrap(for: order)
      bootstrap.connect(to: try order.target.socketAddress()).assumeIsolated()
        .whenComplete { [self] result in
          done(result.map { NIOLeg($0, turn: turn) }.mapError { ConnectFailure($0) })
        }
    } catch {
      done(.failure(ConnectFailure(error)))
    }
  }

  /// The group ends it.
  func stop() async {}

  /// What both legs have in common. Reading starts when the session wants it to.
  private func bootstrap(queueBytes: Int) -> ClientBootstrap {
    ClientBootstrap(group: loop)
      .channelOption(.autoRead, value: false)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.maxMessagesPerRead, value: 1)
      .channelOption(.recvAllocator, value: ReadSizes())
      .channelOption(
        .writeBufferWaterMark,
        value: .init(low: max(1, queueBytes / 2), high: max(1, queueBytes)))
  }

  private func bootstrap(for order: ConnectOrder) throws -> ClientBootstrap {
    var bootstrap = bootstrap(queueBytes: order.queueBytes)
      .connectTimeout(TimeAmount(order.timeout))
    var options = SocketTuning.options
    if let source = order.transparentSource { options += SocketTuning.transparency(source.family) }
    for option in options {
      bootstrap = bootstrap.channelOption(
        ChannelOptions.Types.SocketOption(
          level: .init(rawValue: option.level), name: .init(rawValue: option.name)),
        value: .init(option.value))
    }
    guard let source = order.transparentSource else { return bootstrap }
    return bootstrap.bind(to: try Endpoint(source, port: 0).socketAddress())
  }
}

extension ConnectFailure {
  /// What SwiftNIO, or the resolver, says.
  init(_ error: any Error) {
    switch error {
    case let error as ConnectFailure: self = error
    case let error as IOError: self = .system(error.errnoCode)
    case let error as NIOConnectionError:
      self =
        error.connectionErrors.first.map { ConnectFailure($0.error) }
        ?? .other("no address to connect to")
    case ChannelError.connectTimeout(let time):
      self = .timeout(.nanoseconds(time.nanoseconds))
    default: self = .other("\(error)")
    }
  }
}

extension TimeAmount {
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let limited = min(max(seconds, 0), 1 << 31)
    self = .nanoseconds(limited * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
