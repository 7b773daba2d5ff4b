import MystelCore
import Testing

@Suite("JSON from outside") struct JSONParserTests {
  private func read(_ text: String) -> JSONValue? { try? JSONParser.value(of: Array(text.utf8)) }

  @Test(
    "what is no JSON, or would be understood differently by two readers, is refused",
    arguments: [
      "", " ", "{", "}", "[", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
      "{'a':1}", "1 2", "[1]]", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "-", "+1",
      "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1_000", "1e999", "-1e999", "\"", "\"\\\"",
      "\"\\x41\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800x\"", "\"\\udc00\"",
      "\"\\ud800\\u0041\"", "\"a\nb\"", "\"\u{1}\"", "{\"a\":1,\"a\":2}",
      "{\"a\":1,\"\\u0061\":2}", "{\"b\":{\"c\":1,\"c\":1}}", "//\n1", "1 // one", "\u{feff}1",
    ])
  func refused(text: String) {
    #expect(read(text) == nil)
  }

  @Test(
    "bytes that are no text are refused",
    arguments: [[0xff], [0x22, 0xc3, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22]])
  func noText(bytes: [UInt8]) {
    #expect(throws: JSONParser.Fault.self) { try JSONParser.value(of: bytes) }
  }

  @Test("values are read as they are written")
  func values() {
    #expect(
      read(" {\"a\" : [1, -2.50e+3, true, false, null, \"\"] } ")
        == .object([
          "a": .array([
            .number("1"), .number("-2.50e+3"), .bool(true), .bool(false), .null, .string(""),
          ])
        ]))
    #expect(
      read("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00é\"")
        == .string("\"\\/\u{8}\u{c}\n\r\t\u{e9}\u{1f600}\u{e9}"))
    #expect(read("18446744073709551616") == .number("18446744073709551616"))
    #expect(read("{}") == .empty)
    #expect(read("[]") == .array([]))
  }

  @Test("32 levels are read, 33 are not, and neither are a hundred thousand")
  func depth() {
    let nested = { (count: Int) in
      String(repeating: "[", count: count) + String(repeating: "]", count: count)
    }
    #expect(read(nested(32)) != nil)
    #expect(read(nested(33)) == nil)
    #expect(read(String(repeating: "[", count: 100_000)) == nil)
    #expect(read(String(repeating: "{\"a\":", count: 100_000)) == nil)
  }

  @Test("every start of a text is refused, and every text with a byte changed is refused or read")
  func damage() throws {
    let text = Array(#"{"a": [1.5e3, "x\u00e9\n"], "b": {"c": null, "d": true}}"#.utf8)
    let whole = try JSONParser.value(of: text)
    for count in 0..<text.count {
      #expect(throws: JSONParser.Fault.self) { try JSONParser.value(of: Array(text.prefix(count))) }
    }
    var read = 0
    for index in text.indices {
      for byte in [0x00, 0x22, 0x2c, 0x5b, 0x5c, 0x7d, 0xff] as [UInt8] {
        var changed = text
        changed[index] = byte
        guard let value = try? JSONParser.value(of: changed) else { continue }
        // What is read can be written, and is the same then.
        #expect(try JSONParser.value(of: Array(value.text.utf8)) == value)
        read += value == whole ? 0 : 1
      }
    }
    #expect(read > 5)
  }

  /// The cases of RFC 7396, appendix A, as far as a patch is an object: objects that lose their last
  /// member go, too.
  @Test(
    "a merge patch sets, replaces and takes away",
    arguments: [
      (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
      (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
      (#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
      (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
      (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
      (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
      (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
      (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
      (#"{"a":"foo"}"#, #"{"a":{"b":1}}"#, #"{"a":{"b":1}}"#),
      ("{}", #"{"a":{"bb":{"ccc":null}}}"#, "{}"),
      (#"{"a":{"b":{"c":1}},"d":2}"#, #"{"a":{"b":{"c":null}}}"#, #"{"d":2}"#),
      (#"{"a":1}"#, "{}", #"{"a":1}"#),
    ])
  func merge(before: String, patch: String, after: String) throws {
    let merged = try #require(read(before)).merging(try #require(read(patch)))
    #expect(merged == read(after), "\(merged.text)")
  }
}
