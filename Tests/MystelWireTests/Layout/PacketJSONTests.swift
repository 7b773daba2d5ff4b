import Foundation
import MystelWire
import Testing

@Suite("Fields as JSON")
struct PacketJSONTests {
  @Test("every kind of value is written in its own way, and a JSON reader takes the line")
  func kinds() throws {
    let fields = PacketFields([
      .init(name: "big", value: .unsigned(.max)), .init(name: "least", value: .integer(.min)),
      .init(name: "half", value: .real(0.5)), .init(name: "yes", value: .bool(true)),
      .init(name: "raw", value: .bytes([0, 0x0a, 0xff])),
      .init(name: "at", value: .vector(Vector3(x: 1, y: -2.5, z: 3))),
      .init(
        name: "list",
        value: .elements([
          PacketFields([.init(name: "id", value: .unsigned(1))]),
          PacketFields([.init(name: "", value: .integer(-7))]), PacketFields(),
        ])),
    ])
    #expect(
      fields.json == """
        {"big":18446744073709551615,"least":-9223372036854775808,"half":0.5,"yes":true,\
        "raw":"000aff","at":[1.0,-2.5,3.0],"list":[{"id":1},-7,{}]}
        """)
    _ = try JSONSerialization.jsonObject(with: Data(fields.json.utf8))
  }

  @Test("floats that are no numbers, which JSON does not have, are texts")
  func noNumbers() throws {
    let odd = Float(bitPattern: 0x7f80_0001)
    let fields = PacketFields([
      .init(name: "a", value: .real(.nan)), .init(name: "b", value: .real(-.infinity)),
      .init(name: "c", value: .vector(Vector3(x: odd, y: .infinity, z: 0))),
    ])
    #expect(fields.json == #"{"a":"nan","b":"-inf","c":["nan","inf",0.0]}"#)
    _ = try JSONSerialization.jsonObject(with: Data(fields.json.utf8))
  }

  @Test("texts come out of a JSON reader as they went in, and control no terminal")
  func texts() throws {
    let text = "a\"b\\c\n\r\t\u{0}\u{1b}[31m\u{202e}\u{2028}\u{e0001}\u{7f} 한국 🎮"
    let line = PacketFields([.init(name: "t", value: .text(text))]).json
    let read = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
    #expect(read?["t"] == text)
    #expect(line.unicodeScalars.allSatisfy { $0.value >= 32 && $0 != "\u{202e}" && $0 != "\u{7f}" })
    #expect(line.contains(#"\udb40\udc01"#))
  }
}
