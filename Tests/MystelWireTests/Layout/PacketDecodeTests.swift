import MystelTesting
import MystelWire
import Testing

@Suite("Reading packets by layout")
struct PacketDecodeTests {
  @Test("stops at the first field that a packet is too short for")
  func tooShort() throws {
    let layout = try Layouts.layout("a u8\nb u32\nc u8")
    let read = try #require(Layouts.decode(layout, BodyBytes.hex("0700 0100 05 0000")))
    #expect(read.fields == Layouts.fields(["a": .unsigned(5)]))
    #expect(read.problem == .init(field: "b", fault: .fieldOutOfRange))
    let empty = try #require(Layouts.decode(layout, BodyBytes.hex("0400 0100"), shift: 8))
    #expect(empty.fields == PacketFields() && empty.problem?.field == "a")
    #expect(Layouts.decode(layout, BodyBytes.hex("0400 0100"), shift: -1)?.fields.entries == [])
  }

  @Test(
    "tells the path and the fault of a broken reference, and keeps what stood before it",
    arguments: [
      ("1500 0100 0200 0900 09 0900 0f00 01 02 0f00 0000 03 04", "list[0].x", Fault?.none),
      ("1500 0100 0200 0900 09 0900 0f00 0102 0300 0000 0102", "list[1]", .hereMismatch),
      ("0f00 0100 0100 0900 09 0900 0900 0102", "list[0]", .countMismatch),
      ("0f00 0100 0200 0900 09 0900 0000 0102", "list", .countTooLarge),
      ("0f00 0100 0100 0400 09 0900 0000 0102", "list", .offsetInFixedPart),
      ("0f00 0100 0100 ffff 09 0900 0000 0102", "list", .offsetOutOfRange),
    ])
  func broken(_ packet: String, field: String, fault: Fault?) throws {
    let layout = try Layouts.layout("k u8\nlist array\n  x u8\n  y u8")
    let read = try #require(Layouts.decode(layout, BodyBytes.hex(packet)))
    #expect(read.fields["k"] == .unsigned(9))
    #expect(read.problem == fault.map { .init(field: field, fault: $0) })
  }

  typealias Fault = BodyFault

  @Test("keeps the fields of an element up to the broken one")
  func brokenInside() throws {
    let layout = try Layouts.layout("list array\n  x u8\n  text string")
    let packet = BodyBytes.hex("1300 0100 0100 0800 0800 0000 0f00 07 6100 6200")
    let read = try #require(Layouts.decode(layout, packet))
    #expect(read.problem == .init(field: "list[0].text", fault: .unterminatedString))
    #expect(read.fields["list"] == .elements([Layouts.fields(["x": .unsigned(7)])]))
  }

  @Test("gives up where references lead to the same data again and again")
  func sharedData() throws {
    let text = (0..<500).map { "f\($0) string\n" }.joined()
    let layout = try Layouts.layout(text)
    var packet = [UInt8](repeating: 0x41, count: 60_002)
    packet.replaceSubrange(0..<4, with: [0x62, 0xea, 1, 0])
    for field in 0..<500 { packet.replaceSubrange(4 + field * 2..<6 + field * 2, with: [0xec, 3]) }
    packet.replaceSubrange(60_000..<60_002, with: [0, 0])
    let read = try #require(Layouts.decode(layout, packet))
    #expect(read.problem?.fault == .elementsOverlap)
    #expect(read.fields.entries.count == 4)
  }

  @Test("says where the last field ends, so that what is left over shows")
  func leftOver() throws {
    let layout = try Layouts.layout("name string\ndata bytes\nx u8")
    let packet = BodyBytes.hex("1300 0100 0b00 0f00 0200 05 6100 0000 0102 ffff")
    let read = try #require(Layouts.decode(layout, packet))
    #expect(read.problem == nil)
    #expect(read.consumedEnd == 17)
    #expect(
      read.fields
        == Layouts.fields(["name": .text("a"), "data": .bytes([1, 2]), "x": .unsigned(5)]))
  }

  @Test("keeps the bits of NaN, and a bool that is neither 0 nor 1")
  func oddBits() throws {
    let layout = try Layouts.layout("a f32\nb f32\nc f64\nd bool\ne vec3")
    let packet = BodyBytes.hex(
      "2100 0100 0100807f 0000c0ff 010000000000f07f 02 0100807f ffffffff 000080ff")
    let read = try #require(Layouts.decode(layout, packet))
    #expect(read.fields["d"] == .unsigned(2))
    #expect(try layout.encode(read.fields, opcode: 1) == packet)
  }

  @Test("comes back to the values that were written", arguments: Self.layouts)
  func roundTrip(_ text: String) throws {
    let layout = try Layouts.layout(text)
    for seed in UInt64(1)...200 {
      var random = SplitMix64(seed: seed)
      let values = random.fields(of: layout.body)
      let integrity = seed % 2 == 0 ? nil : IntegrityHeader(count: 1, hash: 2)
      let packet = try layout.encode(values, opcode: 7, integrity: integrity)
      let read = try #require(Layouts.decode(layout, packet, shift: integrity == nil ? 0 : 8))
      #expect(read.problem == nil, "seed \(seed)")
      #expect(read.consumedEnd == packet.count, "seed \(seed)")
      for entry in values.entries where !entry.value.isList {
        #expect(read.fields[entry.name] == entry.value, "seed \(seed)")
      }
      let again = try layout.encode(read.fields, opcode: 7, integrity: integrity)
      #expect(again == packet, "seed \(seed)")
      #expect("\(read.fields)".unicodeScalars.allSatisfy { $0.value >= 0x20 }, "seed \(seed)")
    }
  }

  @Test("returns on any change of a sound packet", arguments: [1, 2, 3] as [UInt64])
  func mutated(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for text in Self.layouts {
      let layout = try Layouts.layout(text)
      for _ in 0..<200 {
        var packet = try layout.encode(random.fields(of: layout.body), opcode: 7)
        for _ in 0...random.next(below: 4) where packet.count > 4 {
          let at = 4 + Int(random.next(below: UInt64(packet.count - 4)))
          packet[at] = random.bytes(1)[0] & (random.next(below: 2) == 0 ? 0xff : 0x1f)
        }
        let read = try #require(Layouts.decode(layout, packet))
        #expect(read.consumedEnd <= packet.count)
        guard read.problem == nil else { continue }
        let again = try? layout.encode(read.fields, opcode: 7)
        // Data that several references share is written for each of them.
        if let again { #expect(Layouts.decode(layout, again)?.problem == nil) }
      }
    }
  }

  @Test("is written in one line, in which nothing controls a terminal")
  func text() {
    let plain: PacketValue = .elements([Layouts.fields(["": .unsigned(1)])])
    let fields = Layouts.fields([
      "message": .text("hi \"\\\n\u{1b}[2J\u{202e}\u{2028}ß"), "channel": .integer(-1),
      "loc": .vector(Vector3(x: 1.5, y: 2, z: .nan)), "speed": .real(Double(Float(1.1))),
      "targets": .elements([Layouts.fields(["gameId": .unsigned(5)])]), "list": plain,
      "data": .bytes([0, 255]), "on": .bool(true), "none": .elements([]),
    ])
    #expect(
      "\(fields)"
        == #"{message: "hi \"\\\n\u{1b}[2J\u{202e}\u{2028}ß", channel: -1, loc: (1.5, 2.0, nan), "#
        + "speed: 1.1, targets: [{gameId: 5}], list: [1], data: 0x00ff, on: true, none: []}")
  }
}

extension PacketDecodeTests {
  static let layouts = [
    "a bool\nb u8\nc i8\nd u16\ne i16\nf u32\ng i32\nh u64\ni i64\nj f32\nk f64\nl vec3\n"
      + "m angles\nn angle\no skill\np narrowskill\nq appearance",
    "x u8\nname string\ndata bytes\ny u16\nlist array\n  - string",
    "a array interleaved\n  - vec3\nb array interleaved\n  id u64\n  name string\nc u8",
    "ref b\nx u8\nref a\na string\nb array\n  ref t\n  n array\n    - bytes\n  ref n\n  t string",
    "a array\n  b array\n    c array\n      d array\n        s string\n        x u8\n      y bytes",
    "a array interleaved\n  l array interleaved\n    - u8\n  m array interleaved\n    - string\n"
      + "b array interleaved\n  - bytes",
  ]
}

extension PacketValue {
  fileprivate var isList: Bool {
    if case .elements = self { true } else { false }
  }
}
