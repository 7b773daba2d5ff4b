/// The simulation's seeded generator (SplitMix64): a run repeats from its seed alone.
package struct SimRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  package mutating func bytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      let word = next()
      for shift in 0..<8 where bytes.count < count {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift)))
      }
    }
    return bytes
  }

  package mutating func number<Number: FixedWidthInteger>(in range: ClosedRange<Number>) -> Number {
    Number.random(in: range, using: &self)
  }

  package mutating func fraction(in range: ClosedRange<Float>) -> Float {
    Float.random(in: range, using: &self)
  }

  /// A duration within a share of `middle`, so that no two players keep step.
  package mutating func around(_ middle: Duration, share: Double = 0.2) -> Duration {
    middle * Double.random(in: (1 - share)...(1 + share), using: &self)
  }
}
