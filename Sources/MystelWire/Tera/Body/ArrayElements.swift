/// The elements of one array, one step at a time: at most as many as the array counts, each
/// behind the one before, so that every walk ends.
///
/// An element states its own offset (`here`) and the next one's (`next`, 0 for the last).
/// Source: docs/protocol/tera.md#body
public struct ArrayElements: ~Escapable {
  /// The bytes of `here` and `next`, which start every element.
  public static let linkBytes = 4

  private let packet: PacketView
  private let elementBytes: Int
  private let end: Int
  private var position: Int
  private var fault: BodyFault?
  /// The number of elements not walked yet; 0 after a fault.
  public private(set) var remaining: Int

  /// The walk of an array of checked size: `header.count` elements fit before `end`.
  @_lifetime(copy packet)
  init(_ packet: PacketView, header: ArrayHeader, elementBytes: Int, end: Int) {
    self.packet = packet
    self.elementBytes = elementBytes
    self.end = end
    position = header.offset
    remaining = header.count
  }

  /// The next element, the end, or the first fault found; a fault stays.
  ///
  /// An element is only given after its links were checked.
  @_lifetime(copy self)
  public mutating func next() -> ArrayStep {
    if let fault { return .fault(fault) }
    guard remaining > 0 else { return .end }
    let here = position
    switch following(here) {
    case .failure(let fault):
      self.fault = fault
      remaining = 0
      return .fault(fault)
    case .success(let next):
      remaining -= 1
      position = next
      let level = PacketReader(
        packet, start: here, fixedEnd: here + elementBytes, end: next == 0 ? end : next)
      return .element(level)
    }
  }

  /// The checked offset of the element behind the one at `here`; 0 where that is the last.
  private func following(_ here: Int) -> Result<Int, BodyFault> {
    guard here + elementBytes <= end, let statedHere = packet.u16(at: here),
      let statedNext = packet.u16(at: here + 2)
    else { return .failure(.elementOutOfRange) }
    guard Int(statedHere) == here else { return .failure(.hereMismatch) }
    let next = Int(statedNext)
    guard (next == 0) == (remaining == 1) else { return .failure(.countMismatch) }
    if next == 0 { return .success(0) }
    guard next > here else { return .failure(.nextNotForward) }
    guard next >= here + elementBytes else { return .failure(.elementsOverlap) }
    guard next + elementBytes <= end else { return .failure(.elementOutOfRange) }
    return .success(next)
  }
}

/// What a step through an array finds.
public enum ArrayStep: ~Escapable {
  /// An element, as a level of its own: its fields count from its `here` word.
  case element(PacketReader)
  /// All counted elements were given, and the last one says that it is the last.
  case end
  /// The array is broken here; there is nothing behind it.
  case fault(BodyFault)
}
