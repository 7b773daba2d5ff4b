import MystelWire
import Testing

@Suite("A packet reader")
struct BodyReaderTests {
  @Test(
    "refuses a string that does not lie behind the fixed part and inside the packet",
    arguments: [
      (0, BodyFault.offsetInFixedPart), (2, .offsetInFixedPart), (5, .offsetInFixedPart),
      (11, .offsetOutOfRange), (65535, .offsetOutOfRange), (10, .unterminatedString),
      (9, .unterminatedString),
    ] as [(UInt16, BodyFault)])
  func stringOffset(_ offset: UInt16, _ fault: BodyFault) {
    let packet = BodyBytes.packet(offset, 0x41, 0)
    #expect(BodyBytes.string(packet) == .failure(fault))
  }

  @Test("refuses a string whose NUL is missing, cut in half, or not on a unit's border")
  func unterminated() {
    let withoutNul = BodyBytes.packet(6, 0x41, 0x42)
    #expect(BodyBytes.string(withoutNul) == .failure(.unterminatedString))
    let halfNul = BodyBytes.packet(6, 0x41, then: [0])
    #expect(BodyBytes.string(halfNul) == .failure(.unterminatedString))
    let across = BodyBytes.packet(6, 0x0041, 0x4200)
    #expect(BodyBytes.string(across) == .failure(.unterminatedString))
  }

  @Test("refuses fields and references that are not in the fixed part")
  func fieldOutside() throws {
    let packet = BodyBytes.packet(6, 0x41, 0)
    for offset in [Int.min, -1, 5, 6, Int.max] {
      #expect(BodyBytes.string(packet, at: offset) == .failure(.fieldOutOfRange))
    }
    for offset in [Int.min, -1, 5, 6, Int.max] {
      #expect(BodyBytes.bytes(packet, at: offset) == .failure(.fieldOutOfRange))
    }
    let view = try BodyBytes.view(packet.span.bytes)
    let reader = try BodyBytes.reader(view, fixedBytes: 6)
    #expect(reader.u16(at: 4) == 6)
    #expect(reader.u16(at: 5) == nil)
    #expect(reader.u8(at: 6) == nil)
    #expect(reader.vector(at: -1) == nil)
    #expect(reader.arrayHeader(at: Int.max) == nil)
    #expect(reader.arrayHeader(at: 4) == nil)
  }

  @Test("is nothing where the packet is shorter than its fixed part")
  func tooShort() throws {
    let packet = BodyBytes.packet(6, 0)
    let view = try BodyBytes.view(packet.span.bytes)
    for fixedBytes in [Int.min, 3, 9, Int.max] {
      #expect(throws: BodyBytes.Unreadable.self) {
        _ = try BodyBytes.reader(view, fixedBytes: fixedBytes)
      }
    }
    let whole = try BodyBytes.reader(view, fixedBytes: 8)
    #expect(whole.fixedEnd == 8)
  }

  @Test("reads a string at an odd offset, and an empty one of two bytes at the end")
  func strings() {
    let odd = BodyBytes.packet(7, then: [0xff, 0x41, 0, 0x3c, 0xd8, 0x0d, 0xdf, 0, 0])
    #expect(BodyBytes.string(odd) == .success("A🌍"))
    #expect(BodyBytes.string(BodyBytes.packet(6, 0)) == .success(""))
  }

  @Test("keeps a lone surrogate, and says so")
  func loneSurrogates() throws {
    let packet = BodyBytes.packet(6, 0xd83c, 0x41, 0xdf0d, 0xd83c, 0)
    #expect(BodyBytes.string(packet) == .success("\u{fffd}A\u{fffd}\u{fffd}"))
    let view = try BodyBytes.view(packet.span.bytes)
    let reader = try BodyBytes.reader(view, fixedBytes: 6)
    guard case .success(let text) = reader.string(at: 4) else {
      Issue.record("no text")
      return
    }
    let isWellFormed = text.isWellFormed
    #expect(!isWellFormed)
    let unitCount = text.unitCount
    #expect(unitCount == 4)
    #expect(text.unit(at: 2) == 0xdf0d)
    #expect(text.unit(at: 4) == nil)
    #expect(text.unit(at: -1) == nil)
  }

  @Test(
    "refuses bytes that do not lie behind the fixed part and inside the packet",
    arguments: [
      (7, 1, .offsetInFixedPart), (0, 1, .offsetInFixedPart), (7, 0, .offsetInFixedPart),
      (8, 3, .offsetOutOfRange), (9, 2, .offsetOutOfRange), (10, 1, .offsetOutOfRange),
      (11, 0, .offsetOutOfRange), (65535, 65535, .offsetOutOfRange),
      (8, 65535, .offsetOutOfRange),
    ] as [(UInt16, UInt16, BodyFault)])
  func bytesOutside(_ offset: UInt16, _ count: UInt16, _ fault: BodyFault) {
    let packet = BodyBytes.packet(offset, count, 0x0201)
    #expect(BodyBytes.bytes(packet) == .failure(fault))
  }

  @Test("reads bytes, and none where none are counted, with a real offset or with zero")
  func bytes() {
    #expect(BodyBytes.bytes(BodyBytes.packet(8, 2, 0x0201)) == .success([1, 2]))
    #expect(BodyBytes.bytes(BodyBytes.packet(9, 1, 0x0201)) == .success([2]))
    #expect(BodyBytes.bytes(BodyBytes.packet(8, 0)) == .success([]))
    #expect(BodyBytes.bytes(BodyBytes.packet(0, 0)) == .success([]))
  }

  @Test("reads the login packet of a real 90.02 client")
  func realLogin() throws {
    // The ticket is left out of the project; its 50 bytes are replaced by their positions.
    let head = "6500 629a 1700 3300 3200 00000000 00 06000000 2a230000"
    let name: [UInt8] = "royalBush4806\0".utf16.flatMap { [UInt8($0), 0] as [UInt8] }
    let ticket = [UInt8](0..<50)
    let packet = BodyBytes.hex(head) + name + ticket
    let view = try BodyBytes.view(packet.span.bytes)
    let reader = try BodyBytes.reader(view, fixedBytes: 23)
    #expect(reader.u32(at: 15) == 6)
    #expect(reader.i32(at: 19) == 9002)
    #expect(BodyBytes.string(packet, fixedBytes: 23) == .success("royalBush4806"))
    #expect(BodyBytes.bytes(packet, fixedBytes: 23, at: 6) == .success(ticket))
  }
}
