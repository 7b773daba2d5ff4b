import MystelCore
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
/// call and nothing else. Source: docs/ARCHITECTURE.md#writes.
final class Leg {
  let context: ChannelHandlerContext
  private let channel: any Channel
  private let descriptor: NIOBSDSocket.Handle?
  private unowned let turn: TurnWrites
  /// Writes left to the channel that are not done yet.
  private var queued = 0

  /// Whether bytes wait here because the kernel did not take them.
  var isBusy: Bool { queued > 0 }

  init(_ context: ChannelHandlerContext, turn: TurnWrites) {
    self.context = context
    self.turn = turn
    channel = context.channel
    descriptor = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
      of: NIOBSDSocket.Handle.self
    ) { $0 }
  }

  /// Sends at the end of the loop's turn, or at once where the bytes are many.
  func send(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count > TurnWrites.longest else { return turn.add(bytes, to: self) }
    turn.flush()
    sendNow(bytes)
  }

  fileprivate func sendNow(_ bytes: UnsafeRawBufferPointer) {
    var taken = 0
    // Safety: the channel closes its descriptor on this loop and is inactive from then on, so the
    // number cannot belong to somebody else's socket.
    if queued == 0, let descriptor, channel.isActive {
      taken = max(0, Leg.write(descriptor, bytes))
    }
    guard taken < bytes.count else { return }
    var buffer = channel.allocator.buffer(capacity: bytes.count - taken)
    buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[taken...]))
    queue(buffer) {}
  }

  /// Calls back once everything sent so far is with the kernel; not at all if the socket breaks.
  func whenWritten(_ callback: @escaping () -> Void) {
    turn.flush()
    if queued == 0 { callback() } else { queue(ByteBuffer(), callback) }
  }

  private func queue(_ buffer: ByteBuffer, _ callback: @escaping () -> Void) {
    let written = context.eventLoop.makePromise(of: Void.self)
    queued += 1
    written.futureResult.assumeIsolated().whenSuccess { [self] in
      queued -= 1
      callback()
    }
    // Not from here: a write that fails has the channel hand out what is left to read and close, in
    // the middle of whatever was going on, be it another session.
    context.eventLoop.assumeIsolated().execute { [context] in
      context.writeAndFlush(NIOAny(buffer), promise: written)
    }
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

/// The small writes of one turn of an event loop, made one after the other at its end.
///
/// Reading everything first and writing everything then costs the kernel less than taking turns:
/// the receivers are woken once for many messages. Confined to its loop.
final class TurnWrites {
  /// Bytes of a write that is worth a copy to wait for the end of the turn.
  static let longest = 4096
  private static let mostBytes = 256 * 1024

  private var bytes = ScratchBuffer()
  private var writes: [(leg: Leg, end: Int)] = []
  private let loop: any EventLoop

  init(loop: any EventLoop) { self.loop = loop }

  fileprivate func add(_ more: UnsafeRawBufferPointer, to leg: Leg) {
    if writes.isEmpty { loop.assumeIsolated().execute { [self] in flush() } }
    bytes.append(RawSpan(_unsafeBytes: more))
    if let last = writes.last, last.leg === leg {
      writes[writes.count - 1].end = bytes.count
    } else {
      writes.append((leg, bytes.count))
    }
    if bytes.count > TurnWrites.mostBytes { flush() }
  }

  /// Makes the writes now; none of them calls anybody back before it returns.
  func flush() {
    var start = 0
    for (leg, end) in writes {
      leg.sendNow(UnsafeRawBufferPointer(rebasing: bytes.unsafeBytes[start..<end]))
      start = end
    }
    writes.removeAll(keepingCapacity: writes.capacity <= 4096)
    bytes.removeAll()
  }
}
