import MystelSim
import Testing

struct HistogramTests {
  @Test("without values there is no quantile")
  func empty() {
    #expect(Histogram().quantile(0.5) == nil)
  }

  @Test("values below 128 are exact")
  func exact() {
    var histogram = Histogram()
    for value in UInt64(0)..<100 { histogram.record(value) }
    #expect(histogram.quantile(0) == 0)
    #expect(histogram.quantile(0.5) == 49)
    #expect(histogram.quantile(0.99) == 98)
    #expect(histogram.quantile(1) == 99)
  }

  @Test("a quantile is within 1 % of the sorted values, from nanoseconds to minutes")
  func relativeError() throws {
    var histogram = Histogram()
    var values: [UInt64] = []
    var state: UInt64 = 42
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      values.append((state >> 24) >> (state >> 59))
    }
    for value in values { histogram.record(value) }
    values.sort()
    for fraction in [0.01, 0.25, 0.5, 0.9, 0.99, 0.999] {
      let wanted = Double(values[Int((Double(values.count) * fraction).rounded(.up)) - 1])
      let found = Double(try #require(histogram.quantile(fraction)))
      #expect(abs(found - wanted) <= max(wanted * 0.01, 0.5), "quantile \(fraction)")
    }
  }

  @Test("the largest 64-bit value has a bucket, and no quantile lies above the maximum")
  func extremes() {
    var histogram = Histogram()
    histogram.record(.max)
    #expect(histogram.maximum == .max)
    #expect((histogram.quantile(1) ?? 0) >= UInt64.max / 100 * 99)
    histogram.reset()
    histogram.record(1_000_000)
    #expect(histogram.quantile(0.5).map { $0 <= 1_000_000 } == true)
  }

  @Test("a reset histogram equals a new one")
  func reset() {
    var histogram = Histogram()
    histogram.record(5_000_000)
    histogram.reset()
    #expect(histogram == Histogram())
  }
}
