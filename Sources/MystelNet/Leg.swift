import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One socket of a session, as its conduit writes to it.
///
/// Bytes go straight to the kernel while it takes them; what it does not take at once is left to the
/// channel, which tells when it is full and when it has room again. Most writes thus cost one system
/// call and nothing else. Source: docs/adr (straight writes).
final class Leg {
  let context: ChannelHandlerContext
  private let channel: any Channel
  private let descriptor: NIOBSDSocket.Handle?
  /// Writes left to the channel that are not done yet.
  private var queued = 0

  init(_ context: ChannelHandlerContext) {
    self.context = context
    channel = context.channel
    descriptor = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
      of: NIOBSDSocket.Handle.self
    ) { $0 }
  }

  /// - Parameter more: whether further bytes follow at once.
  func send(_ bytes: UnsafeRawBufferPointer, more: Bool) {
    var taken = 0
    // Safety: the channel closes its descriptor on this loop and is inactive from then on, so the
    // number cannot belong to somebody else's socket.
    if queued == 0, let descriptor, channel.isActive {
      taken = max(0, Leg.write(descriptor, bytes, more: more))
    }
    guard taken < bytes.count else { return }
    var buffer = channel.allocator.buffer(capacity: bytes.count - taken)
    buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[taken...]))
    queue(buffer) {}
  }

  /// Calls back once everything sent so far is with the kernel; not at all if the socket breaks.
  func whenWritten(_ callback: @escaping () -> Void) {
    if queued == 0 { callback() } else { queue(ByteBuffer(), callback) }
  }

  private func queue(_ buffer: ByteBuffer, _ callback: @escaping () -> Void) {
    let written = context.eventLoop.makePromise(of: Void.self)
    queued += 1
    written.futureResult.assumeIsolated().whenSuccess { [self] in
      queued -= 1
      callback()
    }
    context.writeAndFlush(NIOAny(buffer), promise: written)
  }

  /// Errors are left for the channel to find: it is the one that closes.
  private static func write(
    _ descriptor: NIOBSDSocket.Handle, _ bytes: UnsafeRawBufferPointer, more: Bool
  ) -> Int {
    #if os(Linux)
      let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
      return systemSend(
        descriptor, bytes.baseAddress, bytes.count,
        more ? flags | CInt(MSG_MORE) : flags)
    #else
      return systemSend(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
    #endif
  }
}

/// `send` under a name that no member of ours hides.
private let systemSend = send(_:_:_:_:)
