import MystelCore
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A socket of a session as a channel of SwiftNIO, and the one handler in its pipeline.
///
/// Bytes go straight to the kernel while it takes them; what it does not take at once is left to the
/// channel, which tells when it is full and when it has room again. Most writes thus cost one system
/// call and nothing else. Source: docs/ARCHITECTURE.md#writes.
final class NIOLeg: Leg, ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let channel: any Channel
  private let descriptor: NIOBSDSocket.Handle?
  private unowned let turn: TurnWrites
  private var listener: (any LegListener)?
  private var side = Side.client
  /// Writes left to the channel that are not done yet.
  private var queued = 0

  init(_ channel: any Channel, turn: TurnWrites) {
    self.channel = channel
    self.turn = turn
    descriptor = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
      of: NIOBSDSocket.Handle.self
    ) { $0 }
  }

  // MARK: What the conduit asks for

  func start(_ listener: any LegListener, side: Side) -> Bool {
    self.listener = listener
    self.side = side
    return (try? channel.pipeline.syncOperations.addHandler(self)) != nil
  }

  var isBusy: Bool {
    turn.flush()
    return queued > 0
  }

  /// Sends at the end of the loop's turn, or at once where the bytes are many.
  func send(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count > TurnWrites.longest else { return turn.add(bytes, to: self) }
    turn.flush()
    sendNow(bytes)
  }

  func setReading(_ isWanted: Bool) {
    try? channel.syncOptions?.setOption(.autoRead, value: isWanted)
  }

  func whenWritten(_ callback: @escaping () -> Void) {
    turn.flush()
    if queued == 0 { callback() } else { queue(ByteBuffer(), callback) }
  }

  func finish() { channel.close(mode: .output, promise: nil) }

  func close() {
    turn.flush()
    channel.close(promise: nil)
  }

  // MARK: What the channel tells

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    buffer.withUnsafeReadableBytes { bytes in
      listener?.received(bytes, from: side)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard let event = event as? ChannelEvent, event == .inputClosed else { return }
    listener?.inputEnded(side)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    listener?.writabilityChanged(side, isWritable: channel.isWritable)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    listener?.broke(side)
    channel.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    listener?.broke(side)
  }

  func handlerRemoved(context: ChannelHandlerContext) { listener = nil }

  // MARK: Writes

  private func queue(_ buffer: ByteBuffer, _ callback: @escaping () -> Void) {
    let written = channel.eventLoop.makePromise(of: Void.self)
    queued += 1
    written.futureResult.assumeIsolated().whenSuccess { [self] in
      queued -= 1
      callback()
    }
    // Not from here: a write that fails has the channel hand out what is left to read and close, in
    // the middle of whatever was going on, be it another session.
    channel.eventLoop.assumeIsolated().execute { [channel] in
      channel.writeAndFlush(buffer, promise: written)
    }
  }

  /// What the kernel does not take is left to the channel. Calls nobody back.
  func sendNow(_ bytes: UnsafeRawBufferPointer) {
    var taken = 0
    // Safety: the channel closes its descriptor on this loop and is inactive from then on, so the
    // number cannot belong to somebody else's socket.
    if queued == 0, let descriptor, channel.isActive {
      taken = max(0, NIOLeg.write(descriptor, bytes))
    }
    guard taken < bytes.count else { return }
    var buffer = channel.allocator.buffer(capacity: bytes.count - taken)
    buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[taken...]))
    queue(buffer) {}
  }

  /// Errors are left for the channel to find: it is the one that closes.
  private static func write(
    _ descriptor: NIOBSDSocket.Handle, _ bytes: UnsafeRawBufferPointer
  ) -> Int {
    #if os(Linux)
      let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
    #else
      let flags = CInt(MSG_DONTWAIT)
    #endif
    return systemSend(descriptor, bytes.baseAddress, bytes.count, flags)
  }
}

/// `send` under a name that no member of ours hides.
private let systemSend = send(_:_:_:_:)
