import MystelWire

/// One direction of an encrypted session: deciphers, frames, has every packet judged, and gives
/// out either the received bytes themselves or, after the first change, freshly enciphered ones.
///
/// While nothing was dropped, changed or added, the bytes to send equal the bytes received
/// (cut-through) and only the cursor of the writing side is moved along. Only whole packets leave;
/// the start of an incomplete one is held back as plaintext.
package struct Lane: ~Copyable {
  /// What one turn did, for the worker's counters.
  package struct Turn {
    package var packets: UInt64 = 0
    package var rewritten: UInt64 = 0
    package var dropped: UInt64 = 0
    package var lastDrop: Reason?
    package var close: Reason?
    package var hasMore = false
    /// Nothing more is judged before this moment.
    package var heldUntil: Instant?
  }

  package let direction: Direction
  private let longestPacket: Int
  private var keystream: Keystream
  private var readCursor: Keystream.Cursor
  /// The position of the next byte to send; always at a packet boundary between turns.
  private var writeCursor: Keystream.Cursor
  /// True once what was sent differs from what was received.
  private var diverged = false
  private var held: [UInt8] = []
  /// Whether `held` begins with whole packets that did not fit the last turn.
  private var isBehind = false
  private var received: UInt64 = 0
  private var nextPeriodSearch: UInt64 = 4096

  package init(direction: Direction, keystream: Keystream, longestPacket: Int) {
    self.direction = direction
    self.keystream = keystream
    self.longestPacket = longestPacket
    readCursor = keystream.origin
    writeCursor = keystream.origin
  }

  /// Bytes of an incomplete packet held back.
  package var heldBytes: Int { held.count }

  /// Takes in up to `Limits.bytesPerTurn` of `bytes` and judges up to `Limits.packetsPerTurn`
  /// packets. `output.consumed` and `output.passThrough` count from `offset`, where the lane's
  /// bytes begin in the read.
  package mutating func receive<Inspector: PacketInspector & ~Copyable>(
    _ bytes: RawSpan, from offset: Int, inspector: inout Inspector, output: inout SessionOutput
  ) -> Turn {
    // Before more is taken in, what is held must have been judged: copying it along with ever more
    // bytes would cost the square of their number.
    let end = isBehind ? offset : min(bytes.byteCount, offset + Limits.bytesPerTurn)
    let fresh = bytes.extracting(offset..<end)
    let heldCount = held.count
    output.plain.removeAll()
    if heldCount > 0 { output.plain.append(held.span.bytes) }
    let room = output.plain.room(fresh.byteCount)
    keystream.apply(from: fresh, to: room, at: &readCursor)
    output.plain.commit(fresh.byteCount)
    received &+= UInt64(fresh.byteCount)
    output.consumed = offset + fresh.byteCount

    var turn = Turn()
    let (settled, unsent) = judge(&turn, inspector: &inspector, output: &output)
    isBehind = turn.hasMore || turn.heldUntil != nil
    if diverged {
      encipher(unsent..<settled, output: &output)
    } else if settled > 0 {
      let fromHeld = min(heldCount, settled)
      encipher(0..<fromHeld, output: &output)
      output.passThrough = offset..<offset + settled - fromHeld
      if settled == output.plain.count {
        writeCursor = readCursor
      } else {
        keystream.skip(settled - fromHeld, at: &writeCursor)
      }
    }
    hold(from: turn.close == nil ? settled : output.plain.count, output: output)
    if turn.hasMore || output.consumed < bytes.byteCount {
      turn.hasMore = turn.close == nil && turn.heldUntil == nil
    }
    searchPeriod()
    return turn
  }

  /// Sends a packet of our own; legal at any time between turns.
  ///
  /// - Parameter packets: whole plaintext packets in memory that `output` does not write to.
  package mutating func inject(_ packets: UnsafeRawBufferPointer, output: inout SessionOutput) {
    diverged = true
    send(packets, output: &output)
  }

  /// Gives out the start of a packet whose end will never come, so that nothing received is lost.
  package mutating func flushHeld(output: inout SessionOutput) {
    let rest = held
    held = []
    rest.withUnsafeBytes { send($0, output: &output) }
  }

  /// Judges whole packets in `output.plain`.
  ///
  /// - Returns: where judging ended, and from where on nothing has been sent yet; the latter is
  ///   meaningful only after a divergence.
  private mutating func judge<Inspector: PacketInspector & ~Copyable>(
    _ turn: inout Turn, inspector: inout Inspector, output: inout SessionOutput
  ) -> (settled: Int, unsent: Int) {
    // Safety: nothing below touches `output.plain`, so its memory stays where it is.
    let plain = output.plain.unsafeBytes
    var at = 0
    var unsent = 0
    while plain.count - at >= 2 {
      let length = Int(Lane.word(plain, at: at))
      guard length >= 4 else {
        turn.close = direction == .toBackend ? .packetTooShort : .backendFraming
        break
      }
      guard length <= longestPacket else {
        turn.close = .packetTooLong
        break
      }
      guard plain.count - at >= length else { break }
      guard turn.packets < Limits.packetsPerTurn else {
        turn.hasMore = true
        break
      }
      turn.packets &+= 1
      let verdict = inspector.inspect(
        RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: plain[at..<at + length])),
        opcode: Lane.word(plain, at: at + 2), direction: direction, outlet: &output.outlet)
      if !output.outlet.ahead.isEmpty {
        diverge(sending: unsent..<at, output: &output)
        unsent = at
        send(output.outlet.ahead.unsafeBytes, output: &output)
        output.outlet.ahead.removeAll()
      }
      switch verdict {
      case .forward:
        break
      case .rewrite:
        diverge(sending: unsent..<at, output: &output)
        unsent = at + length
        send(output.outlet.replacement.unsafeBytes, output: &output)
        output.outlet.replacement.removeAll()
        turn.rewritten &+= 1
      case .drop(let reason):
        diverge(sending: unsent..<at, output: &output)
        unsent = at + length
        turn.dropped &+= 1
        turn.lastDrop = reason
      case .close(let reason):
        turn.close = reason
      }
      if turn.close != nil { break }
      at += length
      if output.outlet.heldUntil != nil {
        turn.heldUntil = output.outlet.heldUntil
        output.outlet.heldUntil = nil
        break
      }
    }
    return (at, unsent)
  }

  // Safety: callers keep `offset + 2` within the buffer.
  private static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt16 {
    bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self).littleEndian
  }

  /// Sends what was judged but not sent yet, and enciphers everything from here on.
  private mutating func diverge(sending range: Range<Int>, output: inout SessionOutput) {
    diverged = true
    encipher(range, output: &output)
  }

  private mutating func encipher(_ range: Range<Int>, output: inout SessionOutput) {
    guard !range.isEmpty else { return }
    send(UnsafeRawBufferPointer(rebasing: output.plain.unsafeBytes[range]), output: &output)
  }

  /// Enciphers plaintext and queues it for the destination.
  // Safety: `packets` lies in another buffer than the one written to.
  private mutating func send(_ packets: UnsafeRawBufferPointer, output: inout SessionOutput) {
    let source = RawSpan(_unsafeBytes: packets)
    switch direction {
    case .toBackend:
      keystream.apply(from: source, to: output.toBackend.room(packets.count), at: &writeCursor)
      output.toBackend.commit(packets.count)
    case .toClient:
      keystream.apply(from: source, to: output.toClient.room(packets.count), at: &writeCursor)
      output.toClient.commit(packets.count)
    }
  }

  private mutating func hold(from start: Int, output: borrowing SessionOutput) {
    held.removeAll(keepingCapacity: held.capacity <= 2048)
    let rest = output.plain.unsafeBytes[start...]
    if !rest.isEmpty { held.append(contentsOf: rest) }
  }

  /// Looks for the keystream's period a few times early in the session, then never again.
  private mutating func searchPeriod() {
    guard received >= nextPeriodSearch else { return }
    nextPeriodSearch = nextPeriodSearch >= 1 << 20 ? .max : nextPeriodSearch * 4
    _ = keystream.cachePeriod(for: &readCursor, and: &writeCursor)
  }
}
