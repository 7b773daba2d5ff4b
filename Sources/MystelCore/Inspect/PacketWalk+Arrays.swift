/// Arrays: one after the other, or two whose elements take turns.
extension PacketWalk {
  mutating func array(
    _ step: Instruction, _ inner: ProgramRange, _ area: Area, _ report: Report,
    _ findings: inout FindingBuffer
  ) {
    guard var cursor = open(step, area, report, &findings) else { return }
    let total = cursor.remaining
    while cursor.remaining > 0 {
      let here = cursor.position
      guard let next = advance(&cursor, step, end: area.end, report, &findings) else { return }
      claim(here, here + cursor.elementBytes)
      level(
        inner, base: here, floor: here + cursor.elementBytes, end: next, report, &findings)
      if isBroken || refusal != nil { return }
    }
    current = Span(start: cursor.first, count: total)
    limit(step, report, at: cursor.first, 0, &findings)
  }

  /// Two arrays whose elements take turns, walked in the order in which they lie.
  mutating func pair(
    _ at: Int, _ area: Area, _ report: Report, _ findings: inout FindingBuffer
  ) {
    let left = build.pointee.program[at]
    let leftInner = ProgramRange(start: UInt32(at + 1), count: left.skip)
    var rightAt = at + 1 + Int(left.skip)
    // Conditions on the left array stand between the two.
    while build.pointee.program[rightAt].code != .array { rightAt += 1 }
    let right = build.pointee.program[rightAt]
    let rightInner = ProgramRange(start: UInt32(rightAt + 1), count: right.skip)
    guard var first = open(left, area, report, &findings),
      var second = open(right, area, report, &findings)
    else { return }
    let totals = (first.remaining, second.remaining)
    let starts = (first.position, second.position)
    var takesTurns = true
    while first.remaining > 0 || second.remaining > 0 {
      let takesFirst =
        second.remaining == 0 || (first.remaining > 0 && first.position < second.position)
      let here = takesFirst ? first.position : second.position
      let next =
        takesFirst
        ? advance(&first, left, end: area.end, report, &findings)
        : advance(&second, right, end: area.end, report, &findings)
      guard let next else { return }
      if totals.0 > 1, totals.1 > 1 {
        // The second element of the one lies behind the first element of the other.
        if first.remaining == totals.0 - 1, first.position < starts.1 { takesTurns = false }
        if second.remaining == totals.1 - 1, second.position < starts.0 { takesTurns = false }
      }
      let floor = here + (takesFirst ? first : second).elementBytes
      claim(here, floor)
      level(
        takesFirst ? leftInner : rightInner, base: here, floor: floor, end: next, report,
        &findings)
      if isBroken || refusal != nil { return }
    }
    guard
      takesTurns
        || breaks(
          build.pointee.structure[.interleaving], report, at: starts.0, 0, &findings)
    else { return }
    settle(
      left, from: at + 1 + Int(left.skip), to: rightAt, first.first, totals.0, report, &findings)
    let behind = rightAt + 1 + Int(right.skip)
    let stop = at + Int(build.pointee.program[at - 1].skip)
    settle(right, from: behind, to: stop, second.first, totals.1, report, &findings)
  }

  /// The limit of an array that was walked, and the conditions behind it.
  private mutating func settle(
    _ step: Instruction, from: Int, to stop: Int, _ start: Int, _ count: Int, _ report: Report,
    _ findings: inout FindingBuffer
  ) {
    current = Span(start: start, count: count)
    limit(step, report, at: start, 0, &findings)
    guard refusal == nil, stop > from else { return }
    level(
      ProgramRange(start: UInt32(from), count: UInt16(clamping: stop - from)), base: 0, floor: 0,
      end: 0, report, &findings)
  }

  // MARK: Elements

  /// A place in a list of elements.
  private struct Cursor {
    var first: Int
    var position: Int
    var remaining: Int
    var elementBytes: Int
  }

  private mutating func open(
    _ step: Instruction, _ area: Area, _ report: Report, _ findings: inout FindingBuffer
  ) -> Cursor? {
    let place = area.base + Int(step.offset)
    let count = Int(word(place))
    let start = Int(word(place + 2))
    let elementBytes = Int(step.extra)
    let cursor = Cursor(
      first: start, position: start, remaining: count, elementBytes: elementBytes)
    guard count > 0 else {
      // A server that follows links without counting would follow this one.
      if start == 0 { return cursor }
      fault(step, report, at: place, 4, &findings)
      return nil
    }
    guard start >= area.floor, start < area.end, count * elementBytes <= area.end - start else {
      fault(step, report, at: place, 4, &findings)
      return nil
    }
    return cursor
  }

  /// Steps to the next element. - Returns: where the data of the one left behind must end.
  private mutating func advance(
    _ cursor: inout Cursor, _ step: Instruction, end: Int, _ report: Report,
    _ findings: inout FindingBuffer
  ) -> Int? {
    let here = cursor.position
    guard here + cursor.elementBytes <= end, Int(word(here)) == here else {
      fault(step, report, at: here, 4, &findings)
      return nil
    }
    let next = Int(word(here + 2))
    cursor.remaining -= 1
    guard (next == 0) == (cursor.remaining == 0) else {
      fault(step, report, at: here, 4, &findings)
      return nil
    }
    guard next != 0 else { return end }
    guard next >= here + cursor.elementBytes, next + cursor.elementBytes <= end else {
      fault(step, report, at: here, 4, &findings)
      return nil
    }
    cursor.position = next
    return next
  }
}
