import MystelCore
import Testing

/// Points that fade.
@Suite struct SessionScoreTests {
  private let terms = SessionScore.Terms(threshold: 100, halfLifeSeconds: 600)

  private func second(_ seconds: UInt64) -> Instant {
    Instant(nanoseconds: seconds * 1_000_000_000)
  }

  @Test("points add up, and halve in their time")
  func fades() {
    var score = SessionScore()
    let passed1 = score.add(80, at: second(10), terms)
    #expect(!passed1)
    #expect(score.value(at: second(10), terms) == 80)
    #expect(abs(score.value(at: second(610), terms) - 40) < 0.001)
    #expect(abs(score.value(at: second(1210), terms) - 20) < 0.001)
    #expect(score.value(at: second(1_000_000), terms) == 0)
  }

  @Test("tells the finding by which the threshold is passed, once")
  func passes() {
    var score = SessionScore()
    let passed2 = score.add(60, at: second(1), terms)
    #expect(!passed2)
    let passed3 = score.add(60, at: second(2), terms)
    #expect(passed3)
    let passed4 = score.add(60, at: second(3), terms)
    #expect(!passed4)
  }

  @Test("the same points far enough apart never pass")
  func slow() {
    var score = SessionScore()
    for hour in 1...200 as ClosedRange<UInt64> {
      let passed5 = score.add(60, at: second(hour * 3600), terms)
      #expect(!passed5)
    }
  }

  @Test("what rules in shadow find ends nobody, and is told all the same")
  func shadow() {
    var scores = SessionScores()
    let passed6 = scores.add(60, isEnforced: false, second(1), terms)
    #expect(passed6 == nil)
    let passed7 = scores.add(60, isEnforced: false, second(2), terms)
    #expect(passed7 == .init(isEnforced: false))
    let passed8 = scores.add(60, isEnforced: true, second(3), terms)
    #expect(passed8 == nil)
    let passed9 = scores.add(60, isEnforced: true, second(4), terms)
    #expect(passed9 == .init(isEnforced: true))
  }

  @Test("a score in shadow ends nobody, and one that is off counts nothing")
  func modes() {
    var scores = SessionScores()
    var shadow = terms
    shadow.mode = .shadow
    let passed10 = scores.add(200, isEnforced: true, second(1), shadow)
    #expect(passed10 == .init(isEnforced: false))
    var off = terms
    off.mode = .off
    var none = SessionScores()
    let passed11 = none.add(200, isEnforced: true, second(1), off)
    #expect(passed11 == nil)
  }
}
