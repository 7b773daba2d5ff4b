import MystelWire
import Testing

@Suite("Writing packets by layout")
struct PacketEncodeTests {
  @Test("names the field that cannot hold its value, or the one that was meant")
  func errors() throws {
    let layout = try Layouts.layout(
      "flag bool\nsmall u8\nsigned i16\nspeed f32\nloc vec3\nname string\ndata bytes\n"
        + "list array\n  gameId u64\n  inner array\n    - u32")
    func error(_ name: String, _ value: PacketValue) -> LayoutError? {
      do throws(LayoutError) {
        _ = try layout.encode(Layouts.fields([name: value]), opcode: 1)
        return nil
      } catch { return error }
    }
    #expect(error("nmae", .text("a")) == .unknownField("nmae", nearest: "name"))
    #expect(error("zzzzzz", .text("a")) == .unknownField("zzzzzz", nearest: nil))
    #expect(error("flag", .text("a")) == .wrongKind("flag", expected: "true or false"))
    #expect(error("small", .bool(true)) == .wrongKind("small", expected: "a whole number"))
    #expect(error("small", .integer(-1)) == .outOfRange("small", kind: "u8"))
    #expect(error("small", .unsigned(256)) == .outOfRange("small", kind: "u8"))
    #expect(error("signed", .unsigned(1 << 63)) == .outOfRange("signed", kind: "i16"))
    #expect(error("speed", .text("1")) == .wrongKind("speed", expected: "a number"))
    #expect(error("speed", .real(1e300)) == .outOfRange("speed", kind: "f32"))
    #expect(error("speed", .integer(.max)) == .outOfRange("speed", kind: "f32"))
    #expect(error("loc", .real(1)) == .wrongKind("loc", expected: "three numbers"))
    #expect(error("name", .bytes([])) == .wrongKind("name", expected: "text"))
    #expect(error("data", .text("")) == .wrongKind("data", expected: "bytes"))
    #expect(error("list", .bytes([])) == .wrongKind("list", expected: "a list of elements"))
    let inner = Layouts.fields(["inner": .elements([Layouts.fields(["": .text("x")])])])
    #expect(
      error("list", .elements([.init(), inner]))
        == .wrongKind("list[1].inner[0]", expected: "a whole number"))
    let misspelt = Layouts.fields(["gameid": .unsigned(1)])
    #expect(
      error("list", .elements([misspelt])) == .unknownField("list[0].gameid", nearest: "gameId"))
  }

  @Test("refuses two values for a field")
  func twice() throws {
    let layout = try Layouts.layout("a u8\nb u8")
    let values = Layouts.fields(["b": .unsigned(1), "a": .unsigned(1), "b": .unsigned(1)])
    #expect(throws: LayoutError.repeatedField("b")) { try layout.encode(values, opcode: 1) }
  }

  @Test("refuses more than 65535 bytes, and writes that many")
  func tooLong() throws {
    let layout = try Layouts.layout("data bytes\nname string\nlist array\n  a array\n    - u64")
    func packet(_ name: String, _ value: PacketValue) throws -> [UInt8] {
      try layout.encode(Layouts.fields([name: value]), opcode: 1)
    }
    let room = 65535 - 14 - 2
    #expect(try packet("data", .bytes(.init(repeating: 1, count: room))).count == 65535)
    #expect(throws: LayoutError.tooLong("name")) {
      try packet("data", .bytes(.init(repeating: 1, count: room + 1)))
    }
    #expect(throws: LayoutError.tooLong("data")) {
      try packet("data", .bytes(.init(repeating: 1, count: 70_000)))
    }
    #expect(throws: LayoutError.tooLong("name")) {
      try packet("name", .text(String(repeating: "x", count: 33_000)))
    }
    let elements = [PacketFields](repeating: .init(), count: 70_000)
    #expect(throws: LayoutError.tooLong("list")) { try packet("list", .elements(elements)) }
    let inner = Layouts.fields(["a": .elements(elements)])
    #expect(throws: LayoutError.tooLong("list[0].a")) { try packet("list", .elements([inner])) }
  }

  @Test("puts zeros, empty text and empty lists where there is no value")
  func missing() throws {
    let layout = try Layouts.layout("x u32\nname string\ndata bytes\nlist array\n  - u8")
    let expected = BodyBytes.hex("1400 3412 1200 1400 0000 0000 0000 00000000 0000")
    #expect(try layout.encode(PacketFields(), opcode: 0x1234) == expected)
  }

  @Test("puts each value where its field stands, in little-endian order")
  func values() throws {
    let layout = try Layouts.layout(
      "a bool\nb i8\nc i16\nd u32\ne i64\nf f32\ng f64\nh vec3\ni angle\nj skill\nk narrowskill\n"
        + "l appearance\nm angles")
    let packet = try layout.encode(
      Layouts.fields([
        "m": .vector(Vector3(x: 1, y: 2, z: 3)), "a": .bool(true), "b": .integer(-2),
        "c": .unsigned(3), "d": .integer(4), "e": .integer(-5), "f": .integer(1), "g": .real(1),
        "h": .vector(Vector3(x: 1, y: -1, z: .infinity)), "i": .integer(-32768),
        "j": .unsigned(0x1_0203_0405), "k": .unsigned(6), "l": .unsigned(7),
      ]), opcode: 1)
    let expected = BodyBytes.hex(
      "4e00 0100 01 fe 0300 04000000 fbffffffffffffff 0000803f 000000000000f03f"
        + "0000803f 000080bf 0000807f 0080 0504030201000000 06000000 0700000000000000"
        + "0000803f 00000040 00004040")
    #expect(packet == expected)
  }

  @Test("ends text at a NUL inside it")
  func textWithNul() throws {
    let layout = try Layouts.layout("name string")
    let packet = try layout.encode(Layouts.fields(["name": .text("a\0b")]), opcode: 1)
    #expect(packet == BodyBytes.hex("0a00 0100 0600 6100 0000"))
  }

  @Test("lets neighbouring arrays take turns that are so, and only those")
  func turns() throws {
    let layout = try Layouts.layout(
      "z array\n  - u16\na array interleaved\n  - u8\nx u8\nb array interleaved\n  - u16\n"
        + "y array\n  - u8")
    func elements(_ values: UInt64...) -> PacketValue {
      .elements(values.map { Layouts.fields(["": .unsigned($0)]) })
    }
    let packet = try layout.encode(
      Layouts.fields([
        "z": elements(1, 2), "a": elements(3, 4), "b": elements(5, 6, 7), "y": elements(8),
      ]), opcode: 1)
    let expected = BodyBytes.hex(
      "4200 0100 0200 1500 0200 2100 0300 2600 0100 3d00 00"
        + "1500 1b00 0100 1b00 0000 0200"
        + "2100 2c00 03 2600 3100 0500 2c00 0000 04 3100 3700 0600 3700 0000 0700"
        + "3d00 0000 08")
    #expect(packet == expected)
  }

  @Test("counts offsets from the packet's first byte, a count and a hash included")
  func integrity() throws {
    let layout = try Layouts.layout("name string\nlist array\n  text string")
    let values = Layouts.fields([
      "name": .text("a"), "list": .elements([Layouts.fields(["text": .text("b")])]),
    ])
    let packet = try layout.encode(
      values, opcode: 2, integrity: IntegrityHeader(count: 3, hash: 0xdead_beef))
    let expected = BodyBytes.hex(
      "2000 0200 03000000 efbeadde 1200 0100 1600 6100 0000 1600 0000 1c00 6200 0000")
    #expect(packet == expected)
    #expect(Layouts.decode(layout, packet, shift: 8)?.fields == values)
  }

  @Test("puts references where an explicit layout has them")
  func explicitReferences() throws {
    let layout = try Layouts.layout("ref b\nx u8\nref a\na string\nb bytes")
    let packet = try layout.encode(
      Layouts.fields(["a": .text("a"), "b": .bytes([1, 2]), "x": .unsigned(9)]), opcode: 1)
    #expect(packet == BodyBytes.hex("1100 0100 0f00 0200 09 0b00 6100 0000 0102"))
  }
}
