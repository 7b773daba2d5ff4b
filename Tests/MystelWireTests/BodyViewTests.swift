import MystelWire
import Testing

@Suite("A packet view")
struct BodyViewTests {
  @Test(
    "is nothing unless the length field states exactly the bytes given",
    arguments: ["", "04", "0400", "040012", "05003412", "03003412", "00003412", "0400341200"])
  func wrongLength(_ hex: String) {
    let bytes = BodyBytes.hex(hex)
    #expect(!BodyBytes.isPacket(bytes))
  }

  @Test("reads nothing outside the packet, at any offset and width")
  func outside() throws {
    let bytes = BodyBytes.packet(1, 2)
    let packet = try BodyBytes.view(bytes.span.bytes)
    for offset in [Int.min, -1, 8, 9, Int.max - 7, Int.max] {
      #expect(packet.u8(at: offset) == nil)
      #expect(packet.bool(at: offset) == nil)
      #expect(packet.u16(at: offset) == nil)
      #expect(packet.i16(at: offset) == nil)
      #expect(packet.u32(at: offset) == nil)
      #expect(packet.i32(at: offset) == nil)
      #expect(packet.f32(at: offset) == nil)
      #expect(packet.u64(at: offset) == nil)
      #expect(packet.i64(at: offset) == nil)
      #expect(packet.f64(at: offset) == nil)
    }
  }

  @Test("reads a value whose last byte is the packet's last, and none that needs one more")
  func lastByte() throws {
    let bytes = BodyBytes.packet(0x0201, 0x0403)
    let packet = try BodyBytes.view(bytes.span.bytes)
    #expect(packet.u8(at: 7) == 4)
    #expect(packet.u16(at: 6) == 0x0403)
    #expect(packet.u16(at: 7) == nil)
    #expect(packet.u32(at: 4) == 0x0403_0201)
    #expect(packet.u32(at: 5) == nil)
    #expect(packet.u64(at: 0) == 0x0403_0201_1234_0008)
    #expect(packet.u64(at: 1) == nil)
  }

  @Test("is an opcode alone at four bytes, and 65535 bytes at most")
  func extremes() throws {
    let shortest = BodyBytes.hex("0400 ffff")
    let empty = try BodyBytes.view(shortest.span.bytes)
    #expect(empty.opcode == 0xffff)
    #expect(empty.byteCount == 4)
    let longest = [0xff, 0xff, 1, 0] + [UInt8](repeating: 7, count: 65531)
    let full = try BodyBytes.view(longest.span.bytes)
    #expect(full.byteCount == 65535)
    #expect(full.u8(at: 65534) == 7)
    let beyond = longest + [0]
    #expect(!BodyBytes.isPacket(beyond))
  }

  @Test("reads signed numbers, floats and truth as the wire has them")
  func kinds() throws {
    let bytes = BodyBytes.hex("1200 3412 ffff feff ffff 0000c03f 02 00 0000")
    let packet = try BodyBytes.view(bytes.span.bytes)
    #expect(packet.i16(at: 4) == -1)
    #expect(packet.i32(at: 6) == -2)
    #expect(packet.f32(at: 10) == 1.5)
    #expect(packet.bool(at: 14) == true)
    #expect(packet.bool(at: 15) == false)
    let wide = BodyBytes.hex("1400 3412 feffffffffffffff 000000000000f8bf")
    let widePacket = try BodyBytes.view(wide.span.bytes)
    #expect(widePacket.i64(at: 4) == -2)
    #expect(widePacket.f64(at: 12) == -1.5)
  }
}
