import MystelWire

/// The game part of a session: key exchange, then one lane a direction under one inspector.
package final class TeraCodec<Inspector: PacketInspector & ~Copyable> {
  package var inspector: Inspector
  private let schedule: KeySchedule
  private let limits: Limits
  /// Nil, and its keys forgotten, once the key schedule has run.
  private var exchange: KeyExchange? = KeyExchange()
  /// Made by the key schedule at the first encrypted byte, not before.
  private var toBackend: Lane?
  private var toClient: Lane?
  private var work = Work()
  /// The moment before which the latest read's side is not to be read on.
  package private(set) var heldUntil: Instant?

  /// Counts for the worker's tally.
  package struct Work {
    package var packets = PerDirection<UInt64>(toBackend: 0, toClient: 0)
    package var rewritten: UInt64 = 0
    package var dropped: UInt64 = 0
    package var lastDrop: Reason?
    package var weakKeys = false
  }

  package init(inspector: consuming Inspector, schedule: KeySchedule, limits: Limits) {
    self.inspector = inspector
    self.schedule = schedule
    self.limits = limits
  }

  /// Whether all four keys have been relayed.
  package var keysAreComplete: Bool { exchange?.waiting ?? .nothing == .nothing }
  /// Whether the exchange stands still for the client's sake.
  package var waitsForClientKey: Bool { exchange?.waitsForClient ?? false }
  /// Whether the backend owes its hello.
  package var waitsForHello: Bool { exchange?.waiting == .hello }
  /// Whether the client has sent the start of a packet and not its end.
  package var holdsClientBytes: Bool { holdsBytes(toBackend) }

  /// The hello that opens the session.
  package func begin(output: inout SessionOutput) {
    output.toClient.append(KeyExchange.hello)
  }

  /// The counts since this was last called.
  package func takeWork() -> Work {
    defer { work = Work() }
    return work
  }

  /// Takes in received bytes, or none to go on with bytes held from an earlier turn.
  package func receive(
    _ bytes: RawSpan, from side: Side, output: inout SessionOutput
  ) -> Reason? {
    var offset = 0
    heldUntil = nil
    if !keysAreComplete {
      let fault =
        side == .client
        ? exchange?.receiveFromClient(bytes, output: &output)
        : exchange?.receiveFromBackend(bytes, output: &output)
      if let fault { return fault }
      offset = output.consumed
      if offset == bytes.byteCount { return nil }
    }
    if let keys = exchange?.keys { runKeySchedule(keys) }
    return inspect(bytes, from: offset, side: side, output: &output)
  }

  private func inspect(
    _ bytes: RawSpan, from offset: Int, side: Side, output: inout SessionOutput
  ) -> Reason? {
    let turn: Lane.Turn
    switch side {
    case .client:
      guard
        let done = toBackend?.receive(
          bytes, from: offset, inspector: &inspector, output: &output)
      else { return .dataBeforeKeys }
      turn = done
    case .backend:
      guard
        let done = toClient?.receive(bytes, from: offset, inspector: &inspector, output: &output)
      else { return .backendDataBeforeKeys }
      turn = done
    }
    output.hasMore = turn.hasMore
    heldUntil = turn.heldUntil
    work.packets[side.outgoing] &+= turn.packets
    work.rewritten &+= turn.rewritten
    work.dropped &+= turn.dropped
    if turn.lastDrop != nil { work.lastDrop = turn.lastDrop }
    sendReplies(to: side, output: &output)
    return turn.close
  }

  private func sendReplies(to side: Side, output: inout SessionOutput) {
    guard !output.outlet.replies.isEmpty else { return }
    let replies = output.outlet.replies.unsafeBytes
    switch side {
    case .client: toClient?.inject(replies, output: &output)
    case .backend: toBackend?.inject(replies, output: &output)
    }
    output.outlet.replies.removeAll()
  }

  /// Gives out what is held of a packet whose end will not come. Only towards the client: the
  /// server never sees half a packet.
  package func flushHeldToClient(output: inout SessionOutput) {
    toClient?.flushHeld(output: &output)
  }

  private func holdsBytes(_ lane: borrowing Lane?) -> Bool {
    switch lane {
    case .some(let lane): lane.heldBytes > 0
    case .none: false
    }
  }

  private func runKeySchedule(_ keys: SessionKeys) {
    work.weakKeys = keys.client1.isConstant || keys.client2.isConstant
    let cipher = SessionCipher(keys: keys, schedule: schedule)
    toBackend = Lane(
      direction: .toBackend, keystream: cipher.toBackend, longestPacket: limits.clientPacketBytes)
    toClient = Lane(
      direction: .toClient, keystream: cipher.toClient, longestPacket: Int(UInt16.max))
    exchange = nil
  }
}
