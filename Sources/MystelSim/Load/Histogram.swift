/// Counts of 64-bit values in log-linear buckets: fixed memory, relative error below 1 %.
///
/// Values below 128 have a bucket each; every power of two above is cut into 64 equal buckets.
package struct Histogram: Sendable, Equatable {
  /// All values recorded.
  package private(set) var count: UInt64 = 0
  /// The largest value recorded; 0 without values.
  package private(set) var maximum: UInt64 = 0
  private var buckets: [UInt64]

  package init() {
    buckets = Array(repeating: 0, count: Self.bucketCount)
  }

  package mutating func record(_ value: UInt64) {
    buckets[Self.bucket(of: value)] &+= 1
    count &+= 1
    maximum = max(maximum, value)
  }

  /// Forgets every value and keeps the memory.
  package mutating func reset() {
    for index in buckets.indices { buckets[index] = 0 }
    count = 0
    maximum = 0
  }

  /// The middle of the bucket that holds the value at `fraction` (0...1) of the sorted values;
  /// nil without values.
  package func quantile(_ fraction: Double) -> UInt64? {
    guard count > 0 else { return nil }
    let rank = UInt64((Double(count) * min(max(fraction, 0), 1)).rounded(.up))
    var left = min(max(rank, 1), count)
    for (index, held) in buckets.enumerated() where held > 0 {
      if held >= left { return min(Self.middle(ofBucket: index), maximum) }
      left -= held
    }
    return maximum
  }

  /// Buckets of a power of two, as a power of two.
  private static let bits = 6
  private static let bucketCount = (64 - bits + 1) << bits

  private static func bucket(of value: UInt64) -> Int {
    // How far the value must be shifted to keep bits + 1 significant bits.
    let shift = max(0, 63 - bits - value.leadingZeroBitCount)
    return (shift << bits) + Int(value >> UInt64(shift))
  }

  private static func middle(ofBucket index: Int) -> UInt64 {
    guard index >= 2 << bits else { return UInt64(index) }
    let shift = (index >> bits) - 1
    let lowest = UInt64(index - (shift << bits)) << UInt64(shift)
    return lowest + (UInt64(1) << UInt64(shift)) / 2
  }
}
