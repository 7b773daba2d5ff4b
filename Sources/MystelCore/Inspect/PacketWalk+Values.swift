/// What the value instructions hold fields to.
extension PacketWalk {
  /// Whether a value is as its instruction says. `base` is where the level's offsets count from.
  ///
  /// Mutating, as what is below: a walk that is only borrowed is copied.
  @inline(__always)
  mutating func holds(_ step: UnsafePointer<Instruction>, _ base: Int) -> Bool {
    let offset = base &+ Int(step.pointee.offset)
    switch step.pointee.code {
    case .finite, .magnitude:
      return Self.floats(bytes, offset, step)
    case .bool:
      return bytes.loadUnaligned(fromByteOffset: offset, as: UInt8.self) <= 1
    case .range, .oneOfSmall:
      let value = step.pointee.kind.load(bytes, offset, of: byteCount)
      guard step.pointee.code != .oneOfSmall else {
        return value >= 0 && value < 64 && step.pointee.a >> value & 1 == 1
      }
      return value >= step.pointee.a && value <= step.pointee.b
    default:
      return holdsRarer(step, base)
    }
  }

  /// The same of an instruction that is not in the program.
  mutating func holds(_ step: Instruction, _ base: Int) -> Bool {
    withUnsafePointer(to: step) { holds($0, base) }
  }

  private mutating func holdsRarer(_ step: UnsafePointer<Instruction>, _ base: Int) -> Bool {
    let offset = base &+ Int(step.pointee.offset)
    switch step.pointee.code {
    case .finiteDouble:
      // Safety: as for all fixed fields.
      return bytes.loadUnaligned(fromByteOffset: offset, as: Double.self).isFinite
    case .oneOf:
      return build.pointee.contains(step.pointee.kind.load(bytes, offset), step.pointee)
    case .multiple:
      return step.pointee.kind.load(bytes, offset) % step.pointee.a == 0
    case .notEqual, .atMost, .oneIsZero, .productAtMost:
      let left = step.pointee.kind.load(bytes, offset)
      let right = step.pointee.otherKind.load(bytes, base + Int(step.pointee.extra))
      return Self.relates(step.pointee, left, right)
    case .count:
      return current.count >= step.pointee.a && current.count <= step.pointee.b
    case .text:
      return Rule.TextForm.allCases[Int(step.pointee.a)].accepts(text)
    case .wellFormed:
      return TextScan.isWellFormed(text)
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
  private var text: UnsafeRawBufferPointer {
    // Safety: the walk found the text inside the packet.
    UnsafeRawBufferPointer(start: bytes + current.start, count: 2 * current.count)
  }

  /// Whether all magnitudes, as bits without the sign, are at most `a`, and 0 or no smaller than
  /// `b`: one comparison tells NaN, infinity and everything too far out, one what is denormal.
  @inline(__always)
  private static func floats(
    _ bytes: UnsafeRawPointer, _ offset: Int, _ step: UnsafePointer<Instruction>
  ) -> Bool {
    let largest = UInt32(truncatingIfNeeded: step.pointee.a)
    let smallest = UInt32(truncatingIfNeeded: step.pointee.b)
    var isOdd = false
    for index in 0..<Int(step.pointee.extra) {
      // Safety: as for all fixed fields.
      let bits =
        bytes.loadUnaligned(fromByteOffset: offset &+ 4 &* index, as: UInt32.self) & 0x7fff_ffff
      // 0 wraps around to the largest.
      if bits > largest || bits &- 1 < smallest &- 1 { isOdd = true }
    }
    return !isOdd
  }
}
