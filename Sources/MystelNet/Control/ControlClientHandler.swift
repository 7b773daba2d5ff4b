import Logging
import MystelCore
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One client of the control socket: takes a line, has it answered, takes the next.
///
/// While a request is worked on nothing more is read, so a client holds one request and one read at
/// most. Confined to the socket's loop.
final class ControlClientHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let user: UInt32
  private let service: ControlService
  private let limits: ControlLimits
  private let count: ClientCount
  private let logger: Logger
  private var talk: (@Sendable ([UInt8]) async -> [UInt8])?
  private var received: [UInt8] = []
  private var isBusy = false
  private var isClosing = false
  private var inputEnded = false
  private var deadline: Scheduled<Void>?

  init(
    user: UInt32, service: ControlService, limits: ControlLimits, count: ClientCount,
    logger: Logger
  ) {
    self.user = user
    self.service = service
    self.limits = limits
    self.count = count
    self.logger = logger
  }

  func channelActive(context: ChannelHandlerContext) {
    count.value += 1
    guard user == 0 || user == geteuid() else {
      logger.warning(
        "a user who is neither the gateway's nor root knocked at the control socket",
        metadata: ["uid": "\(user)"])
      return turnAway(
        ControlFault(.refused, "only root and the gateway's own user are heard here"), context)
    }
    guard count.value <= limits.clients else {
      return turnAway(
        ControlFault(.busy, "\(limits.clients) clients are connected already", hint: "try again"),
        context)
    }
    talk = service.converse(user)
    wait(limits.idle, context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    count.value -= 1
    deadline?.cancel()
    isClosing = true
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isClosing else { return }
    let buffer = unwrapInboundIn(data)
    received.append(contentsOf: buffer.readableBytesView)
    next(context)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed {
      inputEnded = true
      if !isBusy { context.close(promise: nil) }
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  // MARK: Requests

  private func next(_ context: ChannelHandlerContext) {
    guard !isBusy, !isClosing, let talk else { return }
    let end = received.prefix(limits.requestBytes + 1).firstIndex(of: UInt8(ascii: "\n"))
    guard let end else {
      guard received.count <= limits.requestBytes else {
        return turnAway(
          ControlFault(.tooLarge, "a request has at most \(limits.requestBytes >> 10) KiB"),
          context)
      }
      guard !inputEnded else { return context.close(promise: nil) }
      return wait(received.isEmpty ? limits.idle : limits.request, context)
    }
    let line = Array(received[..<end])
    received.removeFirst(end + 1)
    isBusy = true
    deadline?.cancel()
    try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    let handler = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    Task(priority: .utility) {
      let answer = await talk(line)
      loop.execute {
        let (handler, context) = handler.value
        handler.answer(answer, context)
      }
    }
  }

  private func answer(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
    guard !isClosing else { return }
    wait(limits.answer, context)
    let handler = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let buffer = context.channel.allocator.buffer(bytes: bytes)
    context.writeAndFlush(wrapOutboundOut(buffer)).whenComplete { _ in
      let (handler, context) = handler.value
      handler.answered(context)
    }
  }

  private func answered(_ context: ChannelHandlerContext) {
    guard !isClosing else { return }
    isBusy = false
    next(context)
    if !isBusy, !isClosing, !inputEnded {
      try? context.channel.syncOptions?.setOption(.autoRead, value: true)
    }
  }

  private func turnAway(_ fault: ControlFault, _ context: ChannelHandlerContext) {
    isClosing = true
    let buffer = context.channel.allocator.buffer(bytes: service.refuse(fault))
    wait(limits.answer, context)
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(buffer)).whenComplete { _ in
      bound.value.close(promise: nil)
    }
  }

  /// Hangs up unless something happens in time.
  private func wait(_ time: TimeAmount, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: time) { bound.value.close(promise: nil) }
  }
}
