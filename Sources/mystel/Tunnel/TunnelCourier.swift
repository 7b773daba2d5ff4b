import MystelTunnel
import NIOCore
import NIOPosix

/// One connection of a game and its tunnel to the gateway.
///
/// The game is not read before the tunnel stands. Confined to the game's event loop.
final class TunnelCourier {
  /// Tries to reach a gateway that is busy or does not answer, and the wait before each of them.
  private static let waits: [TimeAmount] = [
    .zero, .milliseconds(300), .seconds(1), .seconds(2),
  ]

  private let game: any Channel
  private let host: String
  private let port: Int
  private let settings: TunnelSettings
  private let status: TunnelStatus
  private var gateway: (any Channel)?
  private var tunnel: TunnelInitiator
  private var output = TunnelOutput()
  private var tries = 0
  private var isOpen = false
  private var isOver = false
  private var gameHasEnded = false
  private var gameIsBroken = false
  private var hasSentEnd = false
  private var timer: Scheduled<Void>?

  private init(
    _ game: any Channel, host: String, port: Int, settings: TunnelSettings, status: TunnelStatus
  ) {
    self.game = game
    self.host = host
    self.port = port
    self.settings = settings
    self.status = status
    tunnel = TunnelInitiator(settings, now: NIODeadline.now().uptimeNanoseconds)
  }

  /// Takes on a connection of a game. On its event loop.
  static func start(
    _ game: any Channel, host: String, port: Int, settings: TunnelSettings, status: TunnelStatus
  ) -> EventLoopFuture<Void> {
    let courier = TunnelCourier(
      game, host: host, port: port, settings: settings, status: status)
    return game.eventLoop.makeCompletedFuture {
      try game.pipeline.syncOperations.addHandler(CourierHandler(courier, isGame: true))
      courier.connect()
    }
  }

  // MARK: The gateway

  private func connect() {
    guard !isOver else { return }
    let wait = TunnelCourier.waits[min(tries, TunnelCourier.waits.count - 1)]
    tries += 1
    game.eventLoop.assumeIsolated().scheduleTask(in: wait) { [self] in
      guard !isOver else { return }
      ClientBootstrap(group: game.eventLoop)
        .connectTimeout(.seconds(5))
        .channelOption(.allowRemoteHalfClosure, value: true)
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .connect(host: host, port: port).assumeIsolated()
        .whenComplete { [self] result in connected(result) }
    }
  }

  private func connected(_ result: Result<any Channel, any Error>) {
    switch result {
    case .failure(let error): retry("\(host):\(port): \(error)")
    case .success(let channel):
      guard !isOver else { return channel.close(promise: nil) }
      gateway = channel
      tunnel = TunnelInitiator(settings, now: NIODeadline.now().uptimeNanoseconds)
      do {
        try channel.pipeline.syncOperations.addHandler(CourierHandler(self, isGame: false))
      } catch {
        return retry("\(host):\(port): \(error)")
      }
      tunnel.start(output: &output)
      settle()
    }
  }

  /// Tries again where that may help, else gives the game's connection up.
  private func retry(_ why: String) {
    guard !isOver else { return }
    let old = gateway
    gateway = nil
    old?.close(promise: nil)
    guard tries < TunnelCourier.waits.count else { return fail(why) }
    connect()
  }

  // MARK: What the sockets tell

  fileprivate func received(_ bytes: ByteBuffer, isGame: Bool, on channel: any Channel) {
    guard !isOver, isGame || channel === gateway else { return }
    let now = NIODeadline.now().uptimeNanoseconds
    let span = bytes.readableBytesUInt8Span.bytes
    if isGame {
      tunnel.send(span, now: now, output: &output)
    } else {
      tunnel.receive(span, now: now, output: &output)
    }
    settle()
  }

  fileprivate func inputEnded(isGame: Bool, on channel: any Channel) {
    guard !isOver, isGame || channel === gateway else { return }
    if isGame {
      gameHasEnded = true
      guard isOpen else { return end() }
      tunnel.finish(now: NIODeadline.now().uptimeNanoseconds, output: &output)
    } else {
      tunnel.inputEnded(output: &output)
    }
    settle()
  }

  fileprivate func inactive(isGame: Bool, on channel: any Channel) {
    guard !isOver, isGame || channel === gateway else { return }
    if isGame { return gameHasGone() }
    tunnel.inputEnded(output: &output)
    settle()
    // The gateway has said its end, and the game's is of no use to anybody.
    if !isOver { end() }
  }

  /// A game that was told its end has hung up in turn: the gateway is to know that nobody cut it off.
  /// After an error it was, and is not told so.
  private func gameHasGone() {
    guard isOpen, !gameHasEnded, !gameIsBroken, tunnel.queuedBytes == 0, let gateway else {
      return end()
    }
    tunnel.end(now: NIODeadline.now().uptimeNanoseconds, output: &output)
    let last = ByteBuffer(bytes: output.wire)
    output.reset()
    self.gateway = nil
    gateway.writeAndFlush(last).whenComplete { _ in gateway.close(promise: nil) }
    end()
  }

  fileprivate func broke(isGame: Bool) { if isGame { gameIsBroken = true } }

  /// Who does not take what is meant for him is not sent more.
  fileprivate func writabilityChanged() { updateReading() }

  // MARK: Doing what the tunnel says

  private func settle() {
    if !output.wire.isEmpty, let gateway {
      gateway.writeAndFlush(ByteBuffer(bytes: output.wire), promise: nil)
    }
    if !output.plain.isEmpty {
      game.writeAndFlush(ByteBuffer(bytes: output.plain), promise: nil)
    }
    let (hasOpened, hasEnded, fault) = (output.hasOpened, output.hasEnded, output.fault)
    output.reset()
    if hasOpened {
      isOpen = true
      status.opened()
    }
    if let fault {
      // A gateway that is busy says nothing, and hangs up.
      guard isOpen || fault != .truncated else { return retry("the gateway hung up") }
      return fail("\(fault.rawValue.replacing("_", with: " "))")
    }
    if hasEnded { game.close(mode: .output, promise: nil) }
    if tunnel.hasSentEnd, !hasSentEnd {
      hasSentEnd = true
      gateway?.close(mode: .output, promise: nil)
    }
    updateReading()
    arm()
  }

  private func updateReading() {
    guard !isOver, let gateway else { return }
    let room = gateway.isWritable && tunnel.queuedBytes < 256 * 1024
    try? game.syncOptions?.setOption(.autoRead, value: isOpen && room && !gameHasEnded)
    try? gateway.syncOptions?.setOption(.autoRead, value: game.isWritable)
  }

  private func arm() {
    timer?.cancel()
    timer = nil
    let (deadline, now) = (tunnel.deadline, NIODeadline.now().uptimeNanoseconds)
    guard deadline != .max else { return }
    let wait = TimeAmount.nanoseconds(Int64(clamping: deadline > now ? deadline - now : 0))
    timer = game.eventLoop.assumeIsolated().scheduleTask(in: wait) { [self] in
      guard !isOver else { return }
      tunnel.handleTimeout(
        now: NIODeadline.now().uptimeNanoseconds, isReading: game.isWritable, output: &output)
      settle()
    }
  }

  private func fail(_ why: String) {
    guard !isOver else { return }
    end()
    status.failed(why)
  }

  private func end() {
    guard !isOver else { return }
    isOver = true
    timer?.cancel()
    game.close(promise: nil)
    gateway?.close(promise: nil)
    if isOpen { status.closed() }
  }
}

/// Tells a courier what happens on one of its sockets.
private final class CourierHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let courier: TunnelCourier
  private let isGame: Bool

  init(_ courier: TunnelCourier, isGame: Bool) {
    self.courier = courier
    self.isGame = isGame
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    courier.received(unwrapInboundIn(data), isGame: isGame, on: context.channel)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard let event = event as? ChannelEvent, event == .inputClosed else { return }
    courier.inputEnded(isGame: isGame, on: context.channel)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) { courier.writabilityChanged() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    courier.broke(isGame: isGame)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    courier.inactive(isGame: isGame, on: context.channel)
  }
}
