import MystelWire

/// One build's packets and the rules that concern them, compiled.
package final class BuildPolicy: Sendable {
  package let pack: BuildPack
  /// Packet names by opcode.
  package let names: [UInt16: String]
  /// `Finding.field` is a place in here; the first is empty.
  package let fieldNames: [String]
  // Safety: written once in `init`, read only, and freed when nobody holds the policy.
  nonisolated(unsafe) let tables: UnsafePointer<BuildTables>
  private nonisolated(unsafe) let memory: [UnsafeMutableRawPointer]

  init(pack: BuildPack, rules: [Rule], modes: [Configuration.Mode]) throws(RuleFault) {
    var compiler = BuildCompiler(pack: pack, rules: rules, modes: modes)
    let compiled = try compiler.compile()
    self.pack = pack
    names = compiled.names
    fieldNames = compiled.fieldNames
    var memory: [UnsafeMutableRawPointer] = []
    func copy<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafePointer<Value> {
      let room = UnsafeMutablePointer<Value>.allocate(capacity: max(values.count, 1))
      room.initialize(from: values, count: values.count)
      memory.append(UnsafeMutableRawPointer(room))
      return UnsafePointer(room)
    }
    let tables = BuildTables(
      program: copy(compiled.program), watches: copy(compiled.watches),
      opcodes: copy(compiled.opcodes),
      entries: copy(compiled.entries),
      responses: copy(zip(rules, modes).map { RuleResponse($1, $0.action) }),
      strikes: copy(compiled.strikes),
      constants: copy(compiled.constants), structure: compiled.structure,
      room: compiled.room)
    self.tables = copy([tables])
    self.memory = memory
  }

  deinit {
    for room in memory { room.deallocate() }
  }
}
