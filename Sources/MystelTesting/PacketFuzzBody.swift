import MystelWire

/// Runs every reader of packet bodies over arbitrary bytes; returns if and only if none of them
/// traps, reads on for ever, or gives what it promises never to give.
///
/// The bytes are tried as they are, and once more with a length field that fits, so that
/// mutations of anything get past the first check.
package func fuzzPacketBody(_ bytes: [UInt8]) {
  readEverything(bytes)
  guard bytes.count >= PacketView.headerBytes, bytes.count <= PacketView.maximumBytes
  else { return }
  var framed = bytes
  framed[0] = UInt8(truncatingIfNeeded: bytes.count)
  framed[1] = UInt8(truncatingIfNeeded: bytes.count >> 8)
  readEverything(framed)
  framed[2] = UInt8(truncatingIfNeeded: TeraBuild.checkVersionOpcode)
  framed[3] = UInt8(truncatingIfNeeded: TeraBuild.checkVersionOpcode >> 8)
  readEverything(framed)
}

private func readEverything(_ bytes: [UInt8]) {
  guard let packet = PacketView(bytes.span.bytes) else { return }
  precondition(packet.byteCount == bytes.count, "a packet is exactly its bytes")
  for offset in [Int.min, -1, 0, 2, 4, bytes.count / 2, bytes.count - 1, bytes.count, Int.max] {
    readScalars(of: packet, at: offset)
  }
  _ = Integrity.hash(of: packet, seed: .signed(-1))
  _ = Integrity.hash(of: packet, seed: .unsigned(.max))
  readCheckVersion(packet)
  for fixedBytes in [Int.min, 0, 4, 8, 12, 20, 36, bytes.count, Int.max] {
    guard let level = PacketReader(packet, fixedBytes: fixedBytes) else { continue }
    for offset in [Int.min, -1, 0, 4, 6, 8, 10, 12, 16, Int.max] {
      read(level, at: offset, depth: 0)
    }
  }
}

private func readScalars(of packet: PacketView, at offset: Int) {
  let isInside = offset >= 0 && offset < packet.byteCount
  precondition((packet.u8(at: offset) != nil) == isInside, "a byte is read only if it is there")
  precondition((packet.bool(at: offset) != nil) == isInside, "a byte is read only if it is there")
  _ = (packet.u16(at: offset), packet.i16(at: offset))
  _ = (packet.u32(at: offset), packet.i32(at: offset), packet.f32(at: offset))
  let has8 = offset >= 0 && offset <= packet.byteCount - 8
  precondition((packet.u64(at: offset) != nil) == has8, "eight bytes are read or none")
  _ = (packet.i64(at: offset), packet.f64(at: offset))
}

private func readCheckVersion(_ packet: PacketView) {
  guard case .success(let claim) = CheckVersion.parse(packet) else { return }
  guard let rewritten = PacketView(claim.packet().span.bytes) else {
    preconditionFailure("a written packet is a packet")
  }
  precondition(
    CheckVersion.parse(rewritten) == .success(claim), "a claim survives writing and reading")
}

private func read(_ level: PacketReader, at offset: Int, depth: Int) {
  _ = (level.u8(at: offset), level.bool(at: offset), level.i16(at: offset))
  _ = (level.i32(at: offset), level.f32(at: offset), level.i64(at: offset), level.f64(at: offset))
  _ = (level.skill(at: offset, width: .wide), level.skill(at: offset, width: .narrow))
  _ = (level.angle(at: offset)?.radians, level.vector(at: offset)?.isFinite)
  _ = (level.angleVector(at: offset)?.radians, level.appearance(at: offset))
  if case .success(let text) = level.string(at: offset) {
    precondition(text.bytes.byteCount == text.unitCount * 2, "text is whole units")
    precondition(!String(text).unicodeScalars.contains("\0"), "text ends before its NUL")
    precondition(text.unit(at: text.unitCount) == nil, "there is no unit behind the text")
    _ = text.isWellFormed
  }
  if case .success(let data) = level.bytes(at: offset) {
    precondition(data.byteCount <= level.end - level.start, "data lies inside its level")
  }
  for elementBytes in [Int.min, 4, 6, 12, 20] {
    if case .success(let elements) = level.array(at: offset, elementBytes: elementBytes) {
      walk(elements, in: level.end, depth: depth)
    }
  }
  if case .success(let pair) = level.interleavedArrays(
    at: offset, elementBytes: 20, and: offset &+ 4, elementBytes: 16)
  {
    walk(pair, bytes: level.end)
  }
}

private func walk(_ elements: consuming ArrayElements, in end: Int, depth: Int) {
  var lastEnd = 0
  while true {
    let remaining = elements.remaining
    switch elements.next() {
    case .end:
      precondition(remaining == 0, "the end comes behind the last element")
      return
    case .fault: return
    case .element(let level):
      precondition(elements.remaining == remaining - 1, "an element is counted once")
      precondition(level.start >= lastEnd && level.end <= end, "elements share no byte")
      lastEnd = level.end
      if depth < 1 {
        read(level, at: ArrayElements.linkBytes, depth: depth + 1)
      }
    }
  }
}

private func walk(_ pair: consuming ArrayPair, bytes: Int) {
  for _ in 0...bytes {
    switch pair.next() {
    case .end, .fault: return
    case .both, .first, .second: continue
    }
  }
  preconditionFailure("two arrays have fewer elements than their packet has bytes")
}
