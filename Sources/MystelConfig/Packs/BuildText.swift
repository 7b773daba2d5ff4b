import MystelCore
import MystelWire

/// Reads a `build.pack` file: what sets one build apart. Grammar: docs/operating/packs.md#builds
struct BuildText {
  private(set) var build: UInt32?
  /// Major * 100 + minor.
  private(set) var patch: Int?
  private(set) var label = ""
  /// The hash of the list of opcodes that it goes with.
  private(set) var opcodesHash: String?
  private(set) var problems: [LayoutProblem] = []
  private var headers: [String: PacketTraits.IntegrityHeader] = [:]
  private var headersOfAll: PacketTraits.IntegrityHeader?

  /// Whether clients put a count and a hash into such a packet; nil where the file does not say.
  func header(_ name: String) -> PacketTraits.IntegrityHeader? {
    guard name.hasPrefix("C_"), name != "C_CHECK_VERSION" else { return nil }
    return headers[name] ?? headersOfAll
  }

  static func parse(_ text: String) -> BuildText {
    var reader = BuildText()
    for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = raw.prefix { $0 != "#" }
      let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }
      if let key = words.first { reader.line(index + 1, key, Array(words.dropFirst())) }
    }
    if reader.build == nil { reader.problem(0, "has no line `build NUMBER`") }
    if reader.patch == nil { reader.problem(0, "has no line `patch NUMBER`, 9204 for 92.04") }
    return reader
  }

  private mutating func problem(_ line: Int, _ message: String) {
    problems.append(LayoutProblem(line: line, message: message))
  }

  private mutating func line(_ number: Int, _ key: Substring, _ values: [Substring]) {
    switch key {
    case "build":
      guard let value = values.first.flatMap({ UInt32($0) }), values.count == 1 else {
        return problem(number, "expected `build NUMBER`")
      }
      build = value
    case "patch":
      guard let value = values.first.flatMap({ Int($0) }), (100...99_999).contains(value) else {
        return problem(number, "expected `patch NUMBER`, 9204 for 92.04")
      }
      patch = value
    case "opcodes":
      guard let value = values.first, values.count == 1 else {
        return problem(number, "expected `opcodes HASH`")
      }
      opcodesHash = String(value)
    case "label": label = values.joined(separator: " ")
    case "integrity":
      let words = [
        "absent": PacketTraits.IntegrityHeader.absent, "possible": .possible,
        "required": .required,
      ]
      guard values.count == 2, let header = words[String(values[0])] else {
        return problem(
          number, "expected `integrity absent|possible|required PACKET`, or `*` for all")
      }
      if values[1] == "*" { headersOfAll = header } else { headers[String(values[1])] = header }
    default:
      let keys = ["build", "patch", "label", "opcodes", "integrity"]
      let meant = nearest(to: String(key), among: keys).map { "; nearest is `\($0)`" } ?? ""
      problem(number, "`\(shown(String(key)))` is none of \(keys.joined(separator: ", "))\(meant)")
    }
  }
}

/// Reads an `opcodes.txt` file: a number and a name a line.
enum OpcodeListText {
  static func parse(_ text: String) -> (opcodes: [String: UInt16], problems: [LayoutProblem]) {
    var opcodes: [String: UInt16] = [:]
    var problems: [LayoutProblem] = []
    var names: [UInt16: String] = [:]
    opcodes.reserveCapacity(2500)
    names.reserveCapacity(2500)
    var number = 0
    for raw in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let words = raw.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
      guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
      guard words.count == 2, let opcode = UInt16(Substring(first)) else {
        problems.append(LayoutProblem(line: number, message: "expected `NUMBER NAME`"))
        continue
      }
      let name = String(Substring(words[1]))
      if let other = names[opcode] ?? opcodes[name].map({ String($0) }) {
        problems.append(
          LayoutProblem(line: number, message: "\(opcode) \(name): \(other) is given already"))
        continue
      }
      names[opcode] = name
      opcodes[name] = opcode
    }
    return (opcodes, problems)
  }
}
