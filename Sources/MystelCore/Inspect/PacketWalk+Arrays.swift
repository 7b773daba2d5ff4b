/// Arrays: one after the other, or two whose elements take turns.
extension PacketWalk {
  mutating func array(
    _ at: UnsafePointer<Instruction>, _ area: Area, _ report: Report,
    _ findings: inout FindingBuffer
  ) {
    let step = at.pointee
    let inner = elements(of: at)
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
    _ both: UnsafePointer<Instruction>, _ area: Area, _ report: Report,
    _ findings: inout FindingBuffer
  ) {
    let leftAt = both + 1
    let left = leftAt.pointee
    let leftInner = elements(of: leftAt)
    let leftEnd = leftAt + 1 + Int(left.skip)
    var rightAt = leftEnd
    // Conditions on the left array stand between the two.
    while rightAt.pointee.code != .array { rightAt += 1 }
    let right = rightAt.pointee
    let rightInner = elements(of: rightAt)
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
    settle(left, leftEnd..<rightAt, first.first, totals.0, report, &findings)
    let rightEnd = rightAt + 1 + Int(right.skip)
    let stop = leftAt + Int(both.pointee.skip)
    settle(right, rightEnd..<stop, second.first, totals.1, report, &findings)
  }

  /// The instructions of an array's elements.
  private func elements(of array: UnsafePointer<Instruction>) -> ProgramRange {
    ProgramRange(
      start: UInt32(clamping: array + 1 - build.pointee.program), count: array.pointee.skip)
  }

  /// The limit of an array that was walked, and the conditions behind it.
  private mutating func settle(
    _ step: Instruction, _ conditions: Range<UnsafePointer<Instruction>>, _ start: Int,
    _ count: Int, _ report: Report, _ findings: inout FindingBuffer
  ) {
    current = Span(start: start, count: count)
    limit(step, report, at: start, 0, &findings)
    guard refusal == nil, !conditions.isEmpty else { return }
    let from = conditions.lowerBound - build.pointee.program
    let range = ProgramRange(
      start: UInt32(clamping: from),
      count: UInt16(clamping: conditions.upperBound - conditions.lowerBound))
    level(range, base: 0, floor: 0, end: 0, report, &findings)
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
