import MystelCore
import NIOCore

/// The end of one socket's pipeline: hands everything that happens there to the conduit.
final class LegHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let side: Side
  private let conduit: Conduit

  init(side: Side, conduit: Conduit) {
    self.side = side
    self.conduit = conduit
  }

  func handlerAdded(context: ChannelHandlerContext) {
    conduit.attached(context, side: side)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    conduit.received(unwrapInboundIn(data), from: side)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed { conduit.inputEnded(side) }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    conduit.writabilityChanged(side, isWritable: context.channel.isWritable)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    conduit.broke(side)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    conduit.broke(side)
  }
}
