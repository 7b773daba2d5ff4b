/// One build's packets and the rules that concern them, compiled.
package final class BuildPolicy: Sendable {
  package let pack: BuildPack
  /// Packet names by opcode.
  package let names: [UInt16: String]
  /// `Finding.field` is a place in here; the first is empty.
  package let fieldNames: [String]

  init(pack: BuildPack, rules: [Rule], modes: [Configuration.Mode]) throws(RuleFault) {
    self.pack = pack
    names = Dictionary(
      pack.opcodes.map { ($0.value, $0.key) }, uniquingKeysWith: { a, b in min(a, b) })
    fieldNames = [""]
  }
}
