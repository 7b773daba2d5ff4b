/// Two arrays whose elements are written in turns: first, second, first, second.
///
/// The longer one goes on alone. Each array keeps its own links, so both can also be read one
/// after the other with `PacketReader.array`; this walk also holds them to the order.
/// Source: docs/protocol/tera.md#body
public struct ArrayPair: ~Escapable {
  private var first: ArrayElements
  private var second: ArrayElements
  private var written = 0
  private var fault: BodyFault?

  @_lifetime(copy first, copy second)
  init(_ first: ArrayElements, _ second: ArrayElements) {
    self.first = first
    self.second = second
  }

  /// The next element of each array, the end of both, or the first fault found; a fault stays.
  @_lifetime(copy self)
  public mutating func next() -> ArrayPairStep {
    if let fault { return .fault(fault) }
    switch first.next() {
    case .fault(let fault): return stop(fault)
    case .end:
      switch second.next() {
      case .fault(let fault): return stop(fault)
      case .end: return .end
      case .element(let right):
        guard follows(right) else { return stop(.notInterleaved) }
        return .second(right)
      }
    case .element(let left):
      guard follows(left) else { return stop(.notInterleaved) }
      switch second.next() {
      case .fault(let fault): return stop(fault)
      case .end: return .first(left)
      case .element(let right):
        guard follows(right) else { return stop(.notInterleaved) }
        return .both(left, right)
      }
    }
  }

  /// Whether `element` lies behind everything given so far, and takes note of it.
  private mutating func follows(_ element: PacketReader) -> Bool {
    guard element.start >= written else { return false }
    written = element.fixedEnd
    return true
  }

  @_lifetime(copy self)
  private mutating func stop(_ fault: BodyFault) -> ArrayPairStep {
    self.fault = fault
    return .fault(fault)
  }
}

/// What a step through two interleaved arrays finds.
public enum ArrayPairStep: ~Escapable {
  /// An element of each.
  case both(PacketReader, PacketReader)
  /// An element of the first; the second has ended.
  case first(PacketReader)
  /// An element of the second; the first has ended.
  case second(PacketReader)
  /// Both have ended.
  case end
  /// One is broken here, or they do not take turns; there is nothing behind it.
  case fault(BodyFault)
}
