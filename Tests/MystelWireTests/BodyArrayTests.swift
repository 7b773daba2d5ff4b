import MystelWire
import Testing

@Suite("An array in a packet")
struct BodyArrayTests {
  typealias Walk = BodyBytes.Walk

  @Test("is refused at once where more elements are counted than fit", arguments: [3, 65535])
  func countTooLarge(_ count: UInt16) {
    let packet = BodyBytes.packet(count, 8, 8, 14, 1, 14, 0, 2)
    #expect(BodyBytes.walk(packet, elementBytes: 6) == Walk(fault: .countTooLarge))
  }

  @Test(
    "is refused where its offset does not lie behind the fixed part and inside the packet",
    arguments: [
      (0, .offsetInFixedPart), (4, .offsetInFixedPart), (7, .offsetInFixedPart),
      (21, .offsetOutOfRange), (65535, .offsetOutOfRange), (20, .countTooLarge),
      (15, .countTooLarge),
    ] as [(UInt16, BodyFault)])
  func offset(_ offset: UInt16, _ fault: BodyFault) {
    let packet = BodyBytes.packet(1, offset, 8, 14, 1, 14, 0, 2)
    #expect(BodyBytes.walk(packet, elementBytes: 6) == Walk(fault: fault))
  }

  @Test(
    "ends with a fault at the first element whose links are wrong",
    arguments: [
      // here, next of the first of two elements at 8; what is found
      (9, 14, .hereMismatch), (0, 14, .hereMismatch), (14, 14, .hereMismatch),
      (8, 8, .nextNotForward), (8, 4, .nextNotForward), (8, 1, .nextNotForward),
      (8, 12, .elementsOverlap), (8, 9, .elementsOverlap), (8, 13, .elementsOverlap),
      (8, 15, .elementOutOfRange), (8, 65535, .elementOutOfRange), (8, 0, .countMismatch),
    ] as [(UInt16, UInt16, BodyFault)])
  func links(_ here: UInt16, _ next: UInt16, _ fault: BodyFault) {
    let packet = BodyBytes.packet(2, 8, here, next, 1, 14, 0, 2)
    #expect(BodyBytes.walk(packet, elementBytes: 6) == Walk(fault: fault))
  }

  @Test("is refused where the last element goes on, to itself, back, or ahead")
  func lastElement() {
    for next: UInt16 in [8, 14, 20, 65535] {
      let packet = BodyBytes.packet(2, 8, 8, 14, 1, 14, next, 2, 20, 0, 3)
      #expect(BodyBytes.walk(packet, elementBytes: 6) == Walk(starts: [8], fault: .countMismatch))
    }
  }

  @Test("keeps its fault, however often the next element is asked for")
  func faultStays() throws {
    let packet = BodyBytes.packet(2, 8, 8, 8, 1, 14, 0, 2)
    let view = try BodyBytes.view(packet.span.bytes)
    let reader = try BodyBytes.reader(view, fixedBytes: 8)
    guard case .success(var elements) = reader.array(at: 4, elementBytes: 6) else {
      Issue.record("no array")
      return
    }
    for _ in 0..<3 {
      guard case .fault(.nextNotForward) = elements.next() else {
        Issue.record("no fault")
        return
      }
    }
    #expect(elements.remaining == 0)
  }

  @Test("may have gaps and is walked in order; without elements its offset says nothing")
  func walks() {
    let tight = BodyBytes.packet(2, 8, 8, 14, 1, 14, 0, 2)
    #expect(BodyBytes.walk(tight, elementBytes: 6) == Walk(starts: [8, 14]))
    let gap = BodyBytes.packet(2, 10, 0xffff, 10, 18, 1, 0xffff, 18, 0, 2)
    #expect(BodyBytes.walk(gap, elementBytes: 6) == Walk(starts: [10, 18]))
    #expect(BodyBytes.walk(BodyBytes.packet(0, 0), elementBytes: 6) == Walk())
    #expect(BodyBytes.walk(BodyBytes.packet(0, 65535), elementBytes: 6) == Walk())
  }

  @Test("has elements that cannot reach the data of their neighbours")
  func sharedData() throws {
    // Two elements with a string each; the first one's reference is varied.
    func firstName(_ reference: UInt16) throws -> Result<String, BodyFault>? {
      let packet = BodyBytes.packet(
        2, 8, 8, 18, reference, 0x41, 0, 18, 0, 24, 0x42, 0)
      let view = try BodyBytes.view(packet.span.bytes)
      let reader = try BodyBytes.reader(view, fixedBytes: 8)
      guard case .success(var elements) = reader.array(at: 4, elementBytes: 6),
        case .element(let element) = elements.next()
      else { return nil }
      switch element.string(at: 4) {
      case .success(let text): return .success(String(text))
      case .failure(let fault): return .failure(fault)
      }
    }
    #expect(try firstName(14) == .success("A"))
    #expect(try firstName(24) == .failure(.offsetOutOfRange))
    #expect(try firstName(12) == .failure(.offsetInFixedPart))
    #expect(try firstName(17) == .failure(.unterminatedString))
  }

  @Test("of strings reads each text in its own element")
  func strings() throws {
    var writer = PacketWriter()
    writer.strings(["a", "", "ж🌍"])
    let packet = try writer.packet(opcode: 1)
    let view = try BodyBytes.view(packet.span.bytes)
    let reader = try BodyBytes.reader(view, fixedBytes: 8)
    guard case .success(var elements) = reader.array(at: 4, elementBytes: 6) else {
      Issue.record("no array")
      return
    }
    var texts: [String] = []
    while case .element(let element) = elements.next() {
      if case .success(let text) = element.string(at: 4) { texts.append(String(text)) }
    }
    #expect(texts == ["a", "", "ж🌍"])
  }
}

@Suite("Two interleaved arrays")
struct BodyArrayPairTests {
  /// The steps of a walk: F, S or B for the elements given, then what ended it.
  private func steps(_ packet: [UInt8]) throws -> (String, BodyFault?) {
    let view = try BodyBytes.view(packet.span.bytes)
    let reader = try BodyBytes.reader(view, fixedBytes: 12)
    switch reader.interleavedArrays(at: 4, elementBytes: 6, and: 8, elementBytes: 6) {
    case .failure(let fault): return ("", fault)
    case .success(var pair):
      var steps = ""
      while true {
        switch pair.next() {
        case .both: steps += "B"
        case .first: steps += "F"
        case .second: steps += "S"
        case .end: return (steps, nil)
        case .fault(let fault): return (steps, fault)
        }
      }
    }
  }

  private func packet(_ first: [UInt16], _ second: [UInt16]) throws -> [UInt8] {
    var writer = PacketWriter()
    writer.interleavedArrays(first, { $0.u16($1) }, second, { $0.u16($1) })
    return try writer.packet(opcode: 1)
  }

  @Test("are refused where one is written behind the other, or second before first")
  func order() throws {
    var writer = PacketWriter()
    writer.array([1, 2] as [UInt16]) { $0.u16($1) }
    writer.array([3, 4] as [UInt16]) { $0.u16($1) }
    #expect(try steps(writer.packet(opcode: 1)) == ("B", .notInterleaved))
    let swapped = BodyBytes.packet(1, 18, 1, 12, 12, 0, 1, 18, 0, 2)
    #expect(try steps(swapped) == ("", .notInterleaved))
  }

  @Test("are refused where they share an element, or one of them is broken")
  func broken() throws {
    #expect(try steps(BodyBytes.packet(1, 12, 1, 12, 12, 0, 1)) == ("", .notInterleaved))
    #expect(try steps(BodyBytes.packet(1, 12, 1, 18, 12, 0, 1, 17, 0, 2)) == ("", .hereMismatch))
    #expect(try steps(BodyBytes.packet(1, 12, 9, 18, 12, 0, 1, 18, 0, 2)) == ("", .countTooLarge))
  }

  @Test("are given in turns, the longer one going on alone")
  func turns() throws {
    #expect(try steps(packet([1, 2], [3, 4])) == ("BB", nil))
    #expect(try steps(packet([1, 2, 3], [4])) == ("BFF", nil))
    #expect(try steps(packet([], [4, 5])) == ("SS", nil))
    #expect(try steps(packet([], [])) == ("", nil))
  }
}
