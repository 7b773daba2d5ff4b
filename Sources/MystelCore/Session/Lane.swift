import MystelWire

/// One direction of an encrypted session: deciphers, frames, has every packet judged, and gives
/// out either the received bytes themselves or, after the first change, freshly enciphered ones.
///
/// While nothing was dropped, changed or added, the bytes to send are the bytes received
/// (cut-through): nothing is enciphered, and where the writing side stands is worked out at the first
/// change. Only whole packets leave; the start of an incomplete one is held back.
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
  /// `writeLag` bytes before the next byte to send; that one is at a packet boundary between turns.
  private var writeCursor: Keystream.Cursor
  private var writeLag = 0
  /// True once what was sent differs from what was received.
  private var diverged = false
  /// What is held back: as plaintext and, until the first change, as it came.
  private var held: [UInt8] = []
  private var heldWire: [UInt8] = []
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
    let freshStart = readCursor
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
      output.append(heldWire.span.bytes.extracting(first: fromHeld), direction)
      output.passThrough = offset..<offset + settled - fromHeld
      if settled == output.plain.count {
        (writeCursor, writeLag) = (readCursor, 0)
      } else if settled >= heldCount {
        (writeCursor, writeLag) = (freshStart, settled - heldCount)
      } else {
        writeLag += settled
      }
    }
    hold(from: turn.close == nil ? settled : output.plain.count, fresh: fresh, output: &output)
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
    if diverged {
      held.withUnsafeBytes { send($0, output: &output) }
    } else {
      output.append(heldWire.span.bytes, direction)
      writeLag += held.count
    }
    (held, heldWire) = ([], [])
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
    if writeLag > 0 {
      keystream.skip(writeLag, at: &writeCursor)
      writeLag = 0
    }
    switch direction {
    case .toBackend:
      keystream.apply(from: source, to: output.toBackend.room(packets.count), at: &writeCursor)
      output.toBackend.commit(packets.count)
    case .toClient:
      keystream.apply(from: source, to: output.toClient.room(packets.count), at: &writeCursor)
      output.toClient.commit(packets.count)
    }
  }

  /// Keeps what was not settled: the end of what was held, if that is left, and of what came.
  private mutating func hold(from start: Int, fresh: RawSpan, output: inout SessionOutput) {
    let plain = output.plain.unsafeBytes
    let heldCount = plain.count - fresh.byteCount
    if diverged || start == plain.count {
      if !heldWire.isEmpty { heldWire.removeAll(keepingCapacity: heldWire.capacity <= 2048) }
    } else {
      heldWire.removeFirst(min(start, heldCount))
      fresh.extracting(droppingFirst: max(0, start - heldCount)).withUnsafeBytes {
        heldWire.append(contentsOf: $0)
      }
    }
    held.removeAll(keepingCapacity: held.capacity <= 2048)
    if start < plain.count { held.append(contentsOf: plain[start...]) }
  }

  /// Looks for the keystream's period a few times early in the session, then never again.
  private mutating func searchPeriod() {
    guard received >= nextPeriodSearch else { return }
    nextPeriodSearch = nextPeriodSearch >= 1 << 20 ? .max : nextPeriodSearch * 4
    _ = keystream.cachePeriod(for: &readCursor, and: &writeCursor)
  }
}
