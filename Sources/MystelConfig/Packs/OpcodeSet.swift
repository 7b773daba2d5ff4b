import MystelCore
import MystelWire

/// Whether a list of opcodes is that of its build: with another one, packets would be held to the
/// rules of others, and nobody would notice.
struct OpcodeSet {
  /// What is wrong with `build.pack`.
  private(set) var buildProblems: [LayoutProblem] = []
  /// What is wrong with `opcodes.txt`.
  private(set) var opcodeProblems: [LayoutProblem] = []

  /// Numbers that may differ from the program's own list, of a hundred: lists are gathered by hand.
  private static let tolerated = 2

  /// - Parameters:
  ///   - text: the list as it is written; nil where it could not be read whole.
  ///   - known: what the program itself knows of the build.
  init(
    folder: String, build: UInt32, opcodes: [String: UInt16], text: String?, hash: String?,
    known: BuildPack?
  ) {
    if folder != String(build) {
      buildProblems.append(
        LayoutProblem(line: 0, message: "is of build \(build), in the folder \(shown(folder))"))
    }
    if let text { check(hash, against: Self.hash(of: text)) }
    checkLogin(opcodes)
    if let known { compare(opcodes, known) }
  }

  /// The hash that `build.pack` names.
  static func hash(of text: String) -> String {
    var hash = ContentHash()
    hash.add(text)
    return hash.text
  }

  private mutating func check(_ named: String?, against hash: String) {
    guard named != hash else { return }
    let found = named.map { "`opcodes \(shown($0))` is of another list" } ?? "has no line `opcodes`"
    buildProblems.append(
      LayoutProblem(
        line: 0, message: "\(found): write `opcodes \(hash)` if opcodes.txt is this build's"))
  }

  /// Without these no session could be followed, and everything would be refused, or nothing.
  private mutating func checkLogin(_ opcodes: [String: UInt16]) {
    for (name, opcode) in opcodes
    where (name == "C_CHECK_VERSION") != (opcode == TeraBuild.checkVersionOpcode)
      && (name == "C_CHECK_VERSION" || opcode == TeraBuild.checkVersionOpcode)
    {
      add("\(name) is \(opcode): C_CHECK_VERSION is 19900 in every build, and nothing else is")
    }
    let needed = [
      "C_CHECK_VERSION", "C_LOGIN_ARBITER", "S_LOGIN_ARBITER", "S_LOGIN", "S_LOAD_TOPO",
      "S_SPAWN_ME", "C_LOAD_TOPO_FIN", "S_RETURN_TO_LOBBY",
    ]
    for name in needed where opcodes[name] == nil {
      add("has no \(name), without which no session can be followed")
    }
  }

  private mutating func compare(_ opcodes: [String: UInt16], _ known: BuildPack) {
    var (common, different) = (0, 0)
    for (name, opcode) in opcodes {
      guard let own = known.opcodes[name] else { continue }
      common += 1
      if own != opcode { different += 1 }
    }
    guard different * 100 > common * Self.tolerated else { return }
    add(
      "is not the list of build \(known.build): \(different) of \(common) numbers are others than"
        + " the program's own")
  }

  private mutating func add(_ message: String) {
    opcodeProblems.append(LayoutProblem(line: 0, message: message))
  }
}
