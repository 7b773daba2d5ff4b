import MystelWire

/// A packet as the steps of its signatures see it. Reads outside of it give 0.
struct WatchedPacket: ~Copyable {
  // Safety: valid within one call of `inspect`; every read below is checked against `count`.
  let bytes: UnsafeRawPointer
  let count: Int
  /// How far an integrity header shifts the body.
  let shift: Int
  let reading: IntegrityReading

  func integer(_ offset: UInt16, _ kind: IntegerKind) -> Int64 {
    let at = Int(offset) &+ shift
    return at + kind.bytes <= count ? kind.load(bytes, at, of: count) : 0
  }

  func u32(_ offset: UInt16) -> UInt32 {
    let at = Int(offset) &+ shift
    return at &+ 4 <= count ? bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self) : 0
  }

  func id(_ offset: UInt16) -> UInt64 { UInt64(bitPattern: integer(offset, .u64)) }

  func word(_ at: Int) -> UInt16 {
    at >= 0 && at + 2 <= count ? bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self) : 0
  }

  func float(_ at: Int) -> Float {
    at + 4 <= count ? bytes.loadUnaligned(fromByteOffset: at, as: Float.self) : 0
  }

  @inline(__always)
  func vector(_ offset: UInt16) -> Vector3? {
    let at = Int(offset) &+ shift
    guard at + Vector3.byteCount <= count else { return nil }
    let vector = Vector3(x: float(at), y: float(at + 4), z: float(at + 8))
    return vector.x.isFinite && vector.y.isFinite && vector.z.isFinite ? vector : nil
  }

  func isZero(_ offset: UInt16, _ width: UInt16) -> Bool {
    let at = Int(offset) &+ shift
    guard at + Int(width) <= count else { return false }
    for index in at..<(at + Int(width))
    where bytes.load(fromByteOffset: index, as: UInt8.self) != 0 { return false }
    return true
  }

  /// Whether one of the floats is what a program writes that was given no number.
  @inline(__always)
  func holdsEmptyNumber(_ offset: UInt16, _ width: UInt16) -> Bool {
    let at = Int(offset) &+ shift
    guard at + Int(width) <= count else { return false }
    var place = at
    while place &+ 4 <= at &+ Int(width) {
      if bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self) == 0x7fc0_0000 { return true }
      place &+= 4
    }
    return false
  }

  /// The hash of a stamped packet.
  var stamp: (count: UInt32, hash: UInt32)? {
    guard case .stamped = reading, count >= PacketView.integrityHeaderBytes else { return nil }
    return (
      bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
      bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
    )
  }

  /// A hash of the whole packet, good enough to tell copies from others; never 0.
  var fingerprint: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(count)
    var at = 0
    while at + 8 <= count {
      hash =
        (hash ^ bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) &* 0x9e37_79b9_7f4a_7c15
      hash ^= hash >> 29
      at += 8
    }
    while at < count {
      hash = (hash ^ UInt64(bytes.load(fromByteOffset: at, as: UInt8.self))) &* 0x0100_0000_01b3
      at += 1
    }
    return hash | 1
  }

  /// Whether the text behind a reference begins with up to eight letters, its tags left out.
  func starts(_ offset: UInt16, with letters: UInt64) -> Bool {
    var at = Int(word(Int(offset) + shift))
    guard at >= 4 else { return false }
    var isInTag = false
    var left = letters
    while at + 2 <= count, left != 0 {
      let unit = word(at)
      at += 2
      if unit == 0 { return false }
      if isInTag {
        isInTag = unit != 0x3e
      } else if unit == 0x3c {
        isInTag = true
      } else {
        guard unit == UInt16(left & 0xff) else { return false }
        left >>= 8
      }
    }
    return left == 0
  }

  /// Calls `body` with each id that a step is about, the first 64 of them, until it says true.
  func anyID(_ step: UnsafePointer<WatchStep>, _ body: (UInt64) -> Bool) -> Bool {
    guard step.pointee.flag else { return body(id(step.pointee.offset)) }
    var left = min(Int(word(Int(step.pointee.offset) + shift)), 64)
    var at = Int(word(Int(step.pointee.offset) + shift + 2))
    while left > 0, at >= 4, at + Int(step.pointee.other) + 8 <= count {
      let found = bytes.loadUnaligned(fromByteOffset: at + Int(step.pointee.other), as: UInt64.self)
      if body(found) { return true }
      let next = Int(word(at + 2))
      guard next > at else { break }
      at = next
      left -= 1
    }
    return false
  }
}
