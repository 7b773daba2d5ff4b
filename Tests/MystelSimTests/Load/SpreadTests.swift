import MystelSim
import Testing

struct SpreadTests {
  @Test("no value, or one that is not a number, has no spread")
  func invalid() {
    #expect(Spread([]) == nil)
    #expect(Spread([1, .nan]) == nil)
  }

  @Test("the median is the middle of an odd count and the mean of the two middle ones of an even")
  func median() {
    #expect(Spread([9, 1, 5])?.median == 5)
    #expect(Spread([9, 1, 5, 7])?.median == 6)
    #expect(Spread([3])?.median == 3)
  }

  @Test("least and most are the ends of the unsorted values")
  func ends() {
    let spread = Spread([4, 2, 8])
    #expect(spread?.least == 2)
    #expect(spread?.most == 8)
  }

  @Test("a ratio compares values of the same run, and leaves out runs where the peer has none")
  func ratios() {
    let spread = Spread(ratiosOf: [10, 30, 8], to: [5, 10, 0])
    #expect(spread?.least == 2)
    #expect(spread?.most == 3)
    #expect(Spread(ratiosOf: [1], to: [0]) == nil)
  }
}
