import MystelCore
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A pipeline event: the simulation is over, close without ceremony.
struct SimStop: Sendable {}

/// Drives one machine over one channel: bytes, clock, half-closes and resets.
final class SimChannelHandler<Machine: SimMachine>: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private(set) var machine: Machine
  private let onEnd: (Machine, SimEnding) -> Void
  private var ending: SimEnding?
  private var timer: (at: Instant, task: Scheduled<Void>)?
  private var isFinishing = false
  private var isFinished = false
  private var hasPeerEnded = false
  private var wantsTick = false

  init(machine: Machine, onEnd: @escaping (Machine, SimEnding) -> Void) {
    self.machine = machine
    self.onEnd = onEnd
  }

  static func now() -> Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }

  func channelActive(context: ChannelHandlerContext) {
    machine.start(now: Self.now())
    settle(context)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    machine.receive(unwrapInboundIn(data).readableBytesView, now: Self.now())
    settle(context)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable && wantsTick { tick(context) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is SimStop {
      ending = ending ?? .stopped
      context.close(promise: nil)
    }
    guard case ChannelEvent.inputClosed? = event as? ChannelEvent else { return }
    hasPeerEnded = true
    if machine.wish == .stay { ending = ending ?? .closedByPeer }
    machine.receiveEnd(now: Self.now())
    settle(context)
    closeIfOver(context)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    ending = ending ?? .resetByPeer
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.task.cancel()
    // A reset is reported as an error first; once this end has finished, silence is the peer's end.
    onEnd(machine, ending ?? (isFinished ? .orderly : .resetByPeer))
  }

  /// Lets the owner talk to the machine, on the channel's loop.
  func perform(_ context: ChannelHandlerContext, _ body: (inout Machine, Instant) -> Void) {
    body(&machine, Self.now())
    settle(context)
  }

  private func settle(_ context: ChannelHandlerContext) {
    let output = machine.takeOutput()
    if !output.isEmpty && !isFinishing {
      let buffer = context.channel.allocator.buffer(bytes: output)
      context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }
    switch machine.wish {
    case .stay: schedule(context)
    case .finish, .reset: end(context, reset: machine.wish == .reset)
    }
  }

  private func schedule(_ context: ChannelHandlerContext) {
    guard let deadline = machine.deadline else { return }
    if let timer {
      guard deadline < timer.at else { return }
      timer.task.cancel()
    }
    let at = NIODeadline.uptimeNanoseconds(min(deadline.nanoseconds, UInt64(Int64.max)))
    let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: at) {
      self.timer = nil
      self.tick(context)
    }
    timer = (deadline, task)
  }

  /// A machine whose output is stuck is not asked for more.
  private func tick(_ context: ChannelHandlerContext) {
    wantsTick = !context.channel.isWritable
    guard !wantsTick, context.channel.isActive else { return }
    machine.tick(now: Self.now())
    settle(context)
  }

  /// Ends the stream, or resets it, once everything written before has left.
  private func end(_ context: ChannelHandlerContext, reset: Bool) {
    guard !isFinishing else { return }
    isFinishing = true
    timer?.task.cancel()
    timer = nil
    let empty = wrapOutboundOut(context.channel.allocator.buffer(capacity: 0))
    context.writeAndFlush(empty).assumeIsolated().whenSuccess {
      if reset {
        self.reset(context)
      } else {
        self.isFinished = true
        context.close(mode: .output, promise: nil)
        self.closeIfOver(context)
      }
    }
  }

  private func closeIfOver(_ context: ChannelHandlerContext) {
    if hasPeerEnded && isFinished { context.close(promise: nil) }
  }

  /// Resets after a moment in which the peer can read what was sent before.
  private func reset(_ context: ChannelHandlerContext) {
    context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(30)) {
      guard context.channel.isActive else { return }
      self.ending = self.ending ?? .resetBySelf
      let abort = linger(l_onoff: 1, l_linger: 0)
      guard let socket = context.channel as? any SocketOptionProvider else { return }
      socket.setSoLinger(abort).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }
  }
}
