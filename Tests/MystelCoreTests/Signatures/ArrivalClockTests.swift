import MystelCore
import Testing

/// How much an interval may have been shortened on its way.
@Suite struct ArrivalClockTests {
  private static let millisecond: UInt64 = 1_000_000

  @Test("a packet after a pause is as late as it looks")
  func single() {
    var clock = ArrivalClock()
    for at in [1000, 1200, 1450] as [UInt64] {
      clock.arrive(at * Self.millisecond)
      #expect(clock.slack(at * Self.millisecond) == 0)
    }
  }

  @Test("a run without a pause may have taken as long as the silence before it")
  func run() {
    var clock = ArrivalClock()
    clock.arrive(1000 * Self.millisecond)
    clock.arrive(1900 * Self.millisecond)
    clock.arrive(1901 * Self.millisecond)
    #expect(clock.slack(1901 * Self.millisecond) == 900 * Self.millisecond)
  }

  @Test("a run right behind another packet has no silence to be made of")
  func busy() {
    var clock = ArrivalClock()
    clock.arrive(1000 * Self.millisecond)
    clock.arrive(1025 * Self.millisecond)
    clock.arrive(1026 * Self.millisecond)
    #expect(clock.slack(1026 * Self.millisecond) == 25 * Self.millisecond)
  }

  @Test("what a stall held back may dribble in for half a second")
  func dribble() {
    var clock = ArrivalClock()
    clock.arrive(1000 * Self.millisecond)
    for at in [2000, 2001, 2002] as [UInt64] { clock.arrive(at * Self.millisecond) }
    clock.arrive(2050 * Self.millisecond)
    #expect(clock.slack(2050 * Self.millisecond) == 1000 * Self.millisecond)
    clock.arrive(2600 * Self.millisecond)
    #expect(clock.slack(2600 * Self.millisecond) == 0)
  }
}
