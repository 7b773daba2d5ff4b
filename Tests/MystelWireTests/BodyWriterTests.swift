import MystelWire
import Testing

@Suite("A packet writer")
struct BodyWriterTests {
  @Test("refuses a packet of 65536 bytes, and writes one of 65535")
  func tooLong() throws {
    var writer = PacketWriter()
    writer.bytes([UInt8](repeating: 1, count: 65527))
    #expect(try writer.packet(opcode: 1).count == 65535)
    writer.u8(0)
    #expect(throws: PacketWriteError.tooLong(byteCount: 65536)) { try writer.packet(opcode: 1) }
  }

  @Test("refuses a skill id that the narrow form cannot hold, in an array too")
  func wideSkill() throws {
    let skill = try #require(SkillID(player: 1 << 26))
    var writer = PacketWriter()
    writer.array([skill]) { $0.skill($1, width: .narrow) }
    #expect(throws: PacketWriteError.skillTooWide) { try writer.packet(opcode: 1) }
  }

  @Test("puts references first, then fixed fields, then data, each in the order of definition")
  func order() throws {
    var writer = PacketWriter()
    writer.u32(0x0d0c_0b0a)
    writer.string("A")
    writer.u8(0xee)
    writer.bytes([1, 2, 3])
    let packet = try writer.packet(opcode: 0x1234)
    #expect(
      packet
        == BodyBytes.hex("1600 3412 0f00 1300 0300 0a0b0c0d ee 4100 0000 010203"))
  }

  @Test("writes an empty string as a NUL, empty bytes with an offset, an empty array without")
  func empty() throws {
    var writer = PacketWriter()
    writer.string("")
    writer.bytes([])
    writer.strings([])
    #expect(
      try writer.packet(opcode: 0x1234)
        == BodyBytes.hex("1000 3412 0e00 1000 0000 0000 0000 0000"))
  }

  @Test("links the elements of an array, each before its own data")
  func array() throws {
    var writer = PacketWriter()
    writer.array([("A", 1), ("", 2)] as [(String, UInt8)]) { element, value in
      element.string(value.0)
      element.u8(value.1)
    }
    #expect(
      try writer.packet(opcode: 0x1234)
        == BodyBytes.hex(
          """
          1c00 3412 0200 0800
          0800 1300 0f00 01 4100 0000
          1300 0000 1a00 02 0000
          """))
  }

  @Test("writes interleaved arrays in turns, each with links of its own")
  func interleaved() throws {
    var writer = PacketWriter()
    writer.interleavedArrays(
      [1, 2] as [UInt8], { $0.u8($1) }, [0xa0, 0xb0, 0xc0] as [UInt8], { $0.u8($1) })
    #expect(
      try writer.packet(opcode: 0x1234)
        == BodyBytes.hex(
          """
          2500 3412 0200 0c00 0300 1100
          0c00 1600 01 1100 1b00 a0
          1600 0000 02 1b00 2000 b0
          2000 0000 c0
          """))
  }

  @Test("keeps a reserved reference in its place while its data comes later")
  func reserved() throws {
    var writer = PacketWriter()
    let members = writer.reserveArray()
    writer.string("A")
    writer.array([7] as [UInt8], at: members) { $0.u8($1) }
    #expect(
      try writer.packet(opcode: 0x1234)
        == BodyBytes.hex("1300 3412 0100 0e00 0a00 4100 0000 0e00 0000 07"))
  }

  @Test("counts offsets from the packet's start, a count and hash included")
  func integrity() throws {
    var writer = PacketWriter()
    writer.string("A")
    let header = IntegrityHeader(count: 3, hash: 0x0403_0201)
    let packet = try writer.packet(opcode: 0x1234, integrity: header)
    #expect(packet == BodyBytes.hex("1200 3412 03000000 01020304 0e00 4100 0000"))
    let view = try BodyBytes.view(packet.span.bytes)
    #expect(view.integrityHeader == header)
    #expect(BodyBytes.string(packet, fixedBytes: 14, at: 12) == .success("A"))
  }

  @Test("writes no text behind a NUL, which no reader would see")
  func embeddedNul() throws {
    var writer = PacketWriter()
    writer.string("A\0B")
    #expect(
      try writer.packet(opcode: 0x1234) == BodyBytes.hex("0a00 3412 0600 4100 0000"))
  }

  @Test("writes every fixed field so that the reader gives it back")
  func fields() throws {
    let skill = try #require(SkillID(npcAction: 1102, huntingZone: 9))
    var writer = PacketWriter()
    writer.u16(0xfffe)
    writer.i16(-2)
    writer.i32(.min)
    writer.u64(.max - 1)
    writer.i64(-3)
    writer.f32(-0.5)
    writer.f64(0.1)
    writer.bool(true)
    writer.skill(skill, width: .wide)
    writer.skill(skill, width: .narrow)
    writer.angle(Angle(raw: -16384))
    writer.vector(Vector3(x: 1, y: -2, z: .infinity))
    writer.angleVector(AngleVector(raw: Vector3(x: 16384, y: 0, z: -32768)))
    writer.appearance(0x0807_0605_0403_0201)
    let packet = try writer.packet(opcode: 1)
    let view = try BodyBytes.view(packet.span.bytes)
    let reader = try BodyBytes.reader(view, fixedBytes: packet.count)
    #expect(packet.count == 4 + 2 + 2 + 4 + 8 + 8 + 4 + 8 + 1 + 8 + 4 + 2 + 12 + 12 + 8)
    #expect(reader.u16(at: 4) == 0xfffe)
    #expect(reader.i16(at: 6) == -2)
    #expect(reader.i32(at: 8) == .min)
    #expect(reader.u64(at: 12) == UInt64.max - 1)
    #expect(reader.i64(at: 20) == -3)
    #expect(reader.f32(at: 28) == -0.5)
    #expect(reader.f64(at: 32) == 0.1)
    #expect(reader.bool(at: 40) == true)
    #expect(reader.skill(at: 41, width: .wide) == skill)
    #expect(reader.skill(at: 49, width: .narrow) == skill)
    #expect(reader.angle(at: 53) == Angle(raw: -16384))
    #expect(reader.vector(at: 55) == Vector3(x: 1, y: -2, z: .infinity))
    #expect(reader.angleVector(at: 67)?.raw == Vector3(x: 16384, y: 0, z: -32768))
    #expect(reader.appearance(at: 79) == 0x0807_0605_0403_0201)
    #expect(reader.skill(at: 80, width: .wide) == nil)
  }
}
