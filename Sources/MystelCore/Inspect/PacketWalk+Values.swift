/// What the value instructions hold fields to.
extension PacketWalk {
  /// Whether a value is as its instruction says. `base` is where the level's offsets count from.
  @inline(__always)
  func holds(_ step: Instruction, _ bytes: UnsafeRawPointer, _ base: Int) -> Bool {
    let offset = base + Int(step.offset)
    switch step.code {
    case .finite:
      return floats(bytes, offset, step.extra, below: Self.infinityBits)
    case .magnitude:
      return floats(
        bytes, offset, step.extra, below: UInt32(truncatingIfNeeded: step.a) &+ 1,
        smallest: Self.smallestNormalBits)
    case .bool:
      return bytes.loadUnaligned(fromByteOffset: offset, as: UInt8.self) <= 1
    case .range:
      let value = step.kind.load(bytes, offset)
      return value >= step.a && value <= step.b
    case .oneOfSmall:
      let value = step.kind.load(bytes, offset)
      return value >= 0 && value < 64 && step.a >> value & 1 == 1
    default:
      return holdsRarer(step, bytes, base)
    }
  }

  private func holdsRarer(_ step: Instruction, _ bytes: UnsafeRawPointer, _ base: Int) -> Bool {
    let offset = base + Int(step.offset)
    switch step.code {
    case .finiteDouble:
      // Safety: as for all fixed fields.
      return bytes.loadUnaligned(fromByteOffset: offset, as: Double.self).isFinite
    case .oneOf:
      return build.pointee.contains(step.kind.load(bytes, offset), step)
    case .multiple:
      return step.kind.load(bytes, offset) % step.a == 0
    case .notEqual, .atMost, .oneIsZero, .productAtMost:
      let left = step.kind.load(bytes, offset)
      let right = step.otherKind.load(bytes, base + Int(step.extra))
      return Self.relates(step, left, right)
    case .count:
      return current.count >= step.a && current.count <= step.b
    case .text:
      return Rule.TextForm.allCases[Int(step.a)].accepts(text(bytes))
    case .wellFormed:
      return TextScan.isWellFormed(text(bytes))
    case .string, .bytes, .array, .interleaved, .finite, .magnitude, .bool, .range, .oneOfSmall,
      .privilege, .length, .rate, .needs, .state, .set, .clear, .track:
      return true
    }
  }

  static func relates(_ step: Instruction, _ left: Int64, _ right: Int64) -> Bool {
    switch step.code {
    case .notEqual: return left != right
    case .atMost: return left <= right
    case .oneIsZero: return left == 0 || right == 0
    default:
      let (product, overflow) = left.multipliedReportingOverflow(by: right)
      return !overflow && product <= step.a
    }
  }

  /// The units of the current text.
  private func text(_ bytes: UnsafeRawPointer) -> UnsafeRawBufferPointer {
    // Safety: the walk found the text inside the packet.
    UnsafeRawBufferPointer(start: bytes + current.start, count: 2 * current.count)
  }

  private static let infinityBits: UInt32 = 0x7f80_0000

  private static let smallestNormalBits: UInt32 = 0x0080_0000

  /// Whether all magnitudes, as bits without the sign, are below a bound, and 0 or no smaller than
  /// another: one comparison tells NaN, infinity and everything too far out, one what is denormal.
  @inline(__always)
  private func floats(
    _ bytes: UnsafeRawPointer, _ offset: Int, _ count: UInt16, below bound: UInt32,
    smallest: UInt32 = 1
  ) -> Bool {
    var isSound = true
    for index in 0..<Int(count) {
      // Safety: as for all fixed fields.
      let bits =
        bytes.loadUnaligned(fromByteOffset: offset + 4 * index, as: UInt32.self) & 0x7fff_ffff
      // 0 wraps around to the largest.
      isSound = isSound && bits < bound && bits &- 1 >= smallest &- 1
    }
    return isSound
  }
}
