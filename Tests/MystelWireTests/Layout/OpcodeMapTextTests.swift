import MystelWire
import Testing

@Suite("Opcode files")
struct OpcodeMapTextTests {
  @Test(
    "tell of a line without a name and a number, and read on",
    arguments: [
      ("C_A", 0), ("C-A 5", 0), ("\u{1b} 5", 0), ("C_A 1 2", 0), ("= 5", 0), ("C_A =", 0),
      ("C_A = = 5", 0), ("C_A==5", 0),
      ("C_A = 5 6 7 8", 0), ("C_A x", 5), ("C_A 65536", 5), ("C_A -1", 5), ("C_A +1", 5),
      ("C_A 0x10", 5), ("C_A = 12abc", 7), ("C_A 99999999999999999999", 5), ("C_A=x", 5),
    ])
  func wrong(_ line: String, column: Int) {
    let read = OpcodeMapText.parse("C_B 1\n\(line)\nC_C 2")
    #expect(read.opcodes == ["C_B": 1, "C_C": 2])
    #expect(read.problems.map { [$0.line, $0.column] } == [[2, column]])
  }

  @Test("leave out what has the placeholder 65535, and say so")
  func placeholder() {
    let read = OpcodeMapText.parse("C_A 7\nC_B 65535\nC_A 65535\n")
    #expect(read.opcodes.isEmpty)
    #expect(read.problems.map(\.line) == [2, 3])
  }

  @Test("of over 1 MiB are refused")
  func tooLarge() {
    #expect(OpcodeMapText.parse(String(repeating: " ", count: 1 << 20) + "A 1").problems.count == 1)
  }

  @Test("separate name and number by spaces, a `=` or both; the last line for a name holds")
  func forms() {
    let read = OpcodeMapText.parse(
      "\u{feff}# numbers\r\nC_A 1\r\n\tC_B\t2 # two\r\nC_C = 3\nC_D=4\nC_E= 5\nC_F =6\nC_A 65534")
    #expect(
      read.opcodes == ["C_A": 65534, "C_B": 2, "C_C": 3, "C_D": 4, "C_E": 5, "C_F": 6])
    #expect(read.problems == [])
  }
}
