import MystelWire

/// Turns one packet's layout, and the rules on its fields, into a program.
struct BodyCompiler {
  /// A check of a rule on one field or two of this packet.
  struct FieldCheck {
    var rule: UInt16
    var check: Rule.Check
  }

  private let packet: String
  private let structure: StructureRules
  private let checks: [FieldCheck]
  private let rules: [Rule]
  private var names: FieldNames
  private var constants: Constants
  private var program: [Instruction] = []
  /// The checks that found their field.
  private var placed: Set<Int> = []

  /// - Parameter checks: those that name this packet, of rules that are not off.
  static func compile(
    _ layout: PacketLayout, structure: StructureRules, checks: [FieldCheck], rules: [Rule],
    names: inout FieldNames, constants: inout Constants
  ) throws(RuleFault) -> [Instruction] {
    var compiler = BodyCompiler(
      packet: layout.name, structure: structure, checks: checks, rules: rules, names: names,
      constants: constants)
    compiler.level(layout.body, prefix: "")
    try compiler.requireAllPlaced(layout)
    names = compiler.names
    constants = compiler.constants
    return compiler.program
  }

  private init(
    packet: String, structure: StructureRules, checks: [FieldCheck], rules: [Rule],
    names: FieldNames, constants: Constants
  ) {
    self.packet = packet
    self.structure = structure
    self.checks = checks
    self.rules = rules
    self.names = names
    self.constants = constants
  }

  /// Fixed values first: they cost no look elsewhere, and most packets have nothing else.
  private mutating func level(_ level: LayoutLevel, prefix: String) {
    let start = program.count
    finiteFloats(level, prefix: prefix)
    for field in level.fields where !field.kind.isReference {
      value(field, name: Self.path(prefix, field.name))
    }
    joinFloats(from: start)
    relations(level, prefix: prefix)
    references(level, prefix: prefix)
  }

  // MARK: Fixed values

  /// One instruction for each run of floats that lie side by side.
  private mutating func finiteFloats(_ level: LayoutLevel, prefix: String) {
    let rule = structure[.notFinite]
    guard rule != Instruction.noRule else { return }
    let floats = level.fields.filter { $0.floatCount > 0 }.sorted { $0.offset < $1.offset }
    for field in floats {
      let offset = UInt16(clamping: field.offset)
      if let last = program.last, last.code == .finite, last.rule == rule,
        last.offset + last.extra * 4 == offset, last.field == names.peek(prefix, field)
      {
        program[program.count - 1].extra += UInt16(field.floatCount)
        continue
      }
      var step = step(.finite, rule, names.index(Self.path(prefix, field.name)), field)
      step.extra = UInt16(field.floatCount)
      step.a = Int64(Float.greatestFiniteMagnitude.bitPattern)
      step.b = 1
      program.append(step)
    }
    for field in level.fields where field.kind == .f64 {
      program.append(
        step(.finiteDouble, rule, names.index(Self.path(prefix, field.name)), field))
    }
  }

  /// Numbers that are not too far out are numbers: one look, and two only where it fails.
  private mutating func joinFloats(from start: Int) {
    var place = start
    while place < program.count {
      let finite = program[place]
      let far = program[place...].firstIndex {
        $0.code == .magnitude && $0.offset == finite.offset && $0.extra == finite.extra
      }
      guard finite.code == .finite, let far else {
        place += 1
        continue
      }
      let magnitude = program.remove(at: far)
      var both = magnitude
      both.rule = Instruction.noRule
      both.skip = 2
      program.replaceSubrange(place...place, with: [both, finite, magnitude])
      place += 3
    }
  }

  private mutating func value(_ field: LayoutField, name: String) {
    if field.kind == .bool, structure[.bool] != Instruction.noRule {
      program.append(step(.bool, structure[.bool], names.index(name), field))
    }
    for (number, entry) in checks.enumerated() {
      guard case .field(_, let wanted, let condition) = entry.check, wanted == name else {
        continue
      }
      guard let made = condition.instruction(on: field, constants: &constants) else { continue }
      placed.insert(number)
      add(made, rule: entry.rule, name: name, field: field)
    }
  }

  private mutating func relations(_ level: LayoutLevel, prefix: String) {
    for (number, entry) in checks.enumerated() {
      guard case .relation(_, let left, let relation, let right) = entry.check,
        let first = level.field(named: left, prefix: prefix),
        let second = level.field(named: right, prefix: prefix),
        let kind = first.kind.integer, let otherKind = second.kind.integer
      else { continue }
      placed.insert(number)
      var made = relation.instruction
      made.kind = kind
      made.otherKind = otherKind
      made.extra = UInt16(clamping: second.offset)
      add(made, rule: entry.rule, name: Self.path(prefix, first.name), field: first)
    }
  }

  // MARK: References

  private mutating func references(_ level: LayoutLevel, prefix: String) {
    var index = level.fields.startIndex
    while index < level.fields.endIndex {
      let field = level.fields[index]
      index += 1
      guard field.kind.isReference else { continue }
      if field.isInterleaved, let pair = level.partner(after: index - 1) {
        let start = program.count
        program.append(Instruction(.interleaved))
        reference(field, prefix: prefix)
        reference(level.fields[pair], prefix: prefix)
        program[start].skip = UInt16(clamping: program.count - start - 1)
        index = pair + 1
      } else {
        reference(field, prefix: prefix)
      }
    }
  }

  private mutating func reference(_ field: LayoutField, prefix: String) {
    let name = Self.path(prefix, field.name)
    let start = program.count
    let code: Instruction.Code
    switch field.kind {
    case .string: code = .string
    case .bytes: code = .bytes
    default: code = .array
    }
    var made = step(code, structure[.limits], names.index(name), field)
    made.a = structure[.limits] == Instruction.noRule ? -1 : Int64(field.limit ?? -1)
    program.append(made)
    if case .array(let level) = field.kind {
      program[start].extra = UInt16(clamping: level.fixedEnd)
      self.level(level, prefix: name)
      program[start].skip = UInt16(clamping: program.count - start - 1)
    }
    conditions(field, name: name)
  }

  /// Conditions on a text, on bytes or on the number of elements.
  private mutating func conditions(_ field: LayoutField, name: String) {
    if field.kind == .string, structure[.textForm] != Instruction.noRule {
      program.append(step(.wellFormed, structure[.textForm], names.index(name), field))
    }
    for (number, entry) in checks.enumerated() {
      guard case .field(_, let wanted, let condition) = entry.check, wanted == name,
        let made = condition.instruction(behind: field)
      else { continue }
      placed.insert(number)
      add(made, rule: entry.rule, name: name, field: field)
    }
  }

  // MARK: Parts

  private mutating func add(
    _ instruction: Instruction, rule: UInt16, name: String, field: LayoutField
  ) {
    var made = instruction
    made.rule = rule
    made.field = names.index(name)
    made.offset = UInt16(clamping: field.offset)
    program.append(made)
  }

  private func step(
    _ code: Instruction.Code, _ rule: UInt16, _ name: UInt16, _ field: LayoutField
  ) -> Instruction {
    var made = Instruction(code)
    made.rule = rule
    made.field = name
    made.offset = UInt16(clamping: field.offset)
    return made
  }

  private func requireAllPlaced(_ layout: PacketLayout) throws(RuleFault) {
    for (number, entry) in checks.enumerated() where !placed.contains(number) {
      let wanted: String
      switch entry.check {
      case .field(_, let field, _): wanted = field
      case .relation(_, let left, _, let right): wanted = "\(left) beside \(right)"
      case .structure, .length, .rate, .sequence, .privilege, .state, .signature: continue
      }
      let rule = rules[Int(entry.rule)]
      let paths = layout.body.paths(prefix: "")
      let isThere = paths.contains(wanted)
      var fault = RuleFault(
        rule: rule.id,
        message: isThere
          ? "\(layout.name) has \(wanted), but as nothing that such a condition could be of"
          : "\(layout.name) has no field \(wanted) that such a condition could be of",
        unknown: wanted, candidates: isThere ? [] : paths)
      fault.check = rule.checks.firstIndex(of: entry.check)
      throw fault
    }
  }

  static func path(_ prefix: String, _ name: String) -> String {
    prefix.isEmpty ? name : name.isEmpty ? prefix : "\(prefix).\(name)"
  }
}

/// The names that findings refer to by number.
struct FieldNames {
  private(set) var names = [""]
  private var indices = ["": UInt16(0)]

  /// The number of a name; the one of the empty name when there are too many.
  mutating func index(_ name: String) -> UInt16 {
    if let known = indices[name] { return known }
    guard names.count < Int(UInt16.max) else { return 0 }
    let index = UInt16(names.count)
    names.append(name)
    indices[name] = index
    return index
  }

  fileprivate func peek(_ prefix: String, _ field: LayoutField) -> UInt16? {
    indices[BodyCompiler.path(prefix, field.name)]
  }
}

/// Values that do not fit into an instruction.
struct Constants {
  private(set) var values: [Int64] = []

  mutating func add(_ list: [Int64]) -> (index: Int64, count: UInt16) {
    let index = values.count
    values += list
    return (Int64(index), UInt16(clamping: list.count))
  }
}

/// The rule behind each structural check: `Instruction.noRule` where it is off or there is none.
struct StructureRules: BitwiseCopyable {
  private var rules = InlineArray<24, UInt16>(repeating: Instruction.noRule)

  subscript(check: Rule.Structure) -> UInt16 {
    get { rules[check.place] }
    set { rules[check.place] = newValue }
  }
}

extension Rule.Structure {
  fileprivate var place: Int {
    switch self {
    case .direction: 0
    case .unknownOpcode: 1
    case .tooShort: 2
    case .tooLong: 3
    case .trailing: 4
    case .references: 5
    case .order: 6
    case .unterminated: 7
    case .textForm: 8
    case .limits: 9
    case .notFinite: 10
    case .bool: 11
    case .phase: 12
    case .loginOrder: 13
    case .loginRepeated: 14
    case .interleaving: 15
    case .firstPacket: 16
    }
  }
}

extension LayoutLevel {
  fileprivate func field(named path: String, prefix: String) -> LayoutField? {
    fields.first { BodyCompiler.path(prefix, $0.name) == path }
  }

  /// The array that takes turns with the one at `index`.
  fileprivate func partner(after index: Int) -> Int? {
    let next = fields[(index + 1)...].firstIndex { $0.kind.isReference }
    guard let next, fields[next].isInterleaved, case .array = fields[next].kind else { return nil }
    return next
  }

  /// Every field's path, those of elements included.
  package func paths(prefix: String) -> [String] {
    fields.flatMap { field -> [String] in
      let path = BodyCompiler.path(prefix, field.name)
      guard case .array(let level) = field.kind else { return [path] }
      return [path] + level.paths(prefix: path)
    }
  }
}

extension LayoutField {
  /// How many floats of four bytes stand here.
  var floatCount: Int {
    switch kind {
    case .f32: 1
    case .vec3, .angles: 3
    default: 0
    }
  }
}

extension LayoutField.Kind {
  /// How the field's integer lies; nil for fields that hold none.
  var integer: IntegerKind? {
    switch self {
    case .bool, .u8: .u8
    case .i8: .i8
    case .u16: .u16
    case .i16, .angle: .i16
    case .u32, .narrowSkill: .u32
    case .i32: .i32
    case .u64, .skill, .appearance: .u64
    case .i64: .i64
    case .f32, .f64, .vec3, .angles, .string, .bytes, .array: nil
    }
  }
}
