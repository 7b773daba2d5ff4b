import MystelCore
import MystelWire
import Testing

/// What workers learnt apart, put together.
@Suite struct CalibrationMergeTests {
  private typealias Rig = CalibrationTests.Rig

  @Test("what two have learnt is, merged, what one learns from all of it", arguments: 0..<7)
  func mergeIsLearning(split: Int) throws {
    var whole = try Rig()
    for number in 0..<6 { play(number, &whole) }
    var (first, second) = (try Rig(), try Rig())
    for number in 0..<split { play(number, &first) }
    for number in split..<6 { play(number, &second) }
    var merged = first.calibration
    merged.merge(second.calibration)
    #expect(merged == whole.calibration)
    #expect(merged.players.count == 4)
    #expect(merged.packets.values.contains { $0.intervals.count > 0 && $0.players.count > 1 })
  }

  @Test("nothing, merged in or merged into, changes nothing")
  func nothing() throws {
    var rig = try Rig()
    play(3, &rig)
    var merged = rig.calibration
    merged.merge(Calibration())
    #expect(merged == rig.calibration)
    merged = Calibration()
    merged.merge(rig.calibration)
    #expect(merged == rig.calibration)
  }

  @Test("merging keeps to the room that one has")
  func bounds() throws {
    var (low, high) = (try Rig(), try Rig())
    for opcode in UInt16(0)..<3000 { low.send(opcode) }
    for opcode in UInt16(2000)..<6000 { high.send(opcode) }
    for count in 0..<60 {
      low.send(CalibrationTests.unnamed, body: count)
      high.send(CalibrationTests.unnamed, body: 100 + count)
    }
    var merged = low.calibration
    merged.merge(high.calibration)
    #expect(merged.packets.count == Calibration.mostKinds)
    #expect(merged.packetCount == 7120)
    #expect(merged.withoutPlace + merged.packets.values.reduce(0) { $0 + $1.count } == 7120)
    let lengths = merged.packets[.init(build: 367_081, opcode: CalibrationTests.unnamed)]?.lengths
    // Opcode 9000 found a place in one of them only where there still was one.
    if let lengths { #expect(lengths.counts.count <= LengthProfile.mostDistinct) }
  }

  @Test("lengths that were told apart by two fill the room of one, and the rest still counts")
  func lengths() throws {
    var (short, long) = (try Rig(), try Rig())
    for count in 0..<60 {
      short.send(CalibrationTests.unnamed, body: count)
      long.send(CalibrationTests.unnamed, body: 100 + count)
    }
    var merged = short.calibration
    merged.merge(long.calibration)
    let kind = Calibration.Kind(build: 367_081, opcode: CalibrationTests.unnamed)
    let lengths = try #require(merged.packets[kind]?.lengths)
    #expect(lengths.counts.count == LengthProfile.mostDistinct)
    #expect(lengths.hasMore)
    #expect((lengths.shortest, lengths.longest) == (4, 163))
  }

  @Test("players beyond those told apart count as one, and what hits one of them hits somebody")
  func crowd() throws {
    var (left, right) = (try Rig(), try Rig())
    let many = UInt64(CalibrationPlayers.most)
    for number in 0..<many { visit(.account(number), &left) }
    for number in (many / 2)..<(many * 2) { visit(.account(number), &right) }
    #expect(left.calibration.players.count == CalibrationPlayers.most)
    #expect(left.calibration.players.hasMore)
    right.begin(.account(many * 3))
    for _ in 0..<4000 { right.send(CalibrationTests.unnamed) }
    right.finish()
    var merged = left.calibration
    merged.merge(right.calibration)
    #expect(merged.players.count == CalibrationPlayers.most)
    #expect(merged.sessions == Int(many + many * 3 / 2 + 1))
    #expect(merged.players.needs.count { $0.packetsPerSecond > 500 } == 1)
    #expect(merged.outcomes.count == Calibration.mostOutcomes)
    #expect(merged.outcomesWithoutPlace == merged.sessions - Calibration.mostOutcomes)
    let kind = Calibration.Kind(build: 367_081, opcode: CalibrationTests.unnamed)
    #expect(merged.packets[kind]?.players.count == CalibrationPlayers.most)
  }

  /// A session whose packets and player follow from its number. Eighths of seconds add up to the same
  /// in every order.
  private func play(_ number: Int, _ rig: inout Rig) {
    rig.begin(number < 3 ? .account(7) : .session(UInt64(number)))
    let words: [UInt32] = [0, Float.nan.bitPattern, Float(number).bitPattern]
    for step in 0..<(3 + number) {
      rig.send(CalibrationTests.real, words: [words[step % 3]], at: step * 125 * (number + 1))
      rig.send(CalibrationTests.unnamed, body: step * number, at: step * 250)
      rig.send(CalibrationTests.stamped, words: [UInt32(step), 7, 5], at: step * 250)
    }
    if number > 2 { rig.send(CalibrationTests.place, words: [0, 0, 0], at: number * 250) }
    rig.finish()
  }

  private func visit(_ player: CalibrationPlayer, _ rig: inout Rig) {
    rig.begin(player)
    rig.send(CalibrationTests.unnamed)
    rig.finish()
  }
}
