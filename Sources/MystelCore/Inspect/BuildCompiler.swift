import MystelWire

/// Compiles a pack and the rules into the tables of one build.
struct BuildCompiler {
  private let pack: BuildPack
  private let rules: [Rule]
  private let modes: [Configuration.Mode]
  private var output = Output()
  private var names = FieldNames()
  private var constants = Constants()
  private var nextBucket: UInt16 = 0
  private var nextBit: UInt16 = 0
  private var signatures: SignatureCompiler
  /// What concerns each packet, by name.
  private var checks: [String: [BodyCompiler.FieldCheck]] = [:]
  private var guards: [String: [Instruction]] = [:]
  private var effects: [String: [Instruction]] = [:]

  struct Output {
    var program: [Instruction] = []
    var watches: [WatchStep] = []
    var room = SignatureRoom()
    var opcodes = [UInt16](repeating: 0, count: 65536)
    /// The first is the one of unknown opcodes.
    var entries = [PacketEntry()]
    var constants: [Int64] = []
    var structure = StructureRules()
    var strikes: [StrikeLimit] = []
    var names: [UInt16: String] = [:]
    var fieldNames: [String] = []
  }

  init(pack: BuildPack, rules: [Rule], modes: [Configuration.Mode]) {
    self.pack = pack
    self.rules = rules
    self.modes = modes
    signatures = SignatureCompiler(pack: pack)
  }

  mutating func compile() throws(RuleFault) -> Output {
    for (index, rule) in rules.enumerated() where concerns(rule, index) {
      for (number, check) in rule.checks.enumerated() {
        do throws(RuleFault) {
          try place(check, of: rule, UInt16(index))
        } catch {
          var fault = error
          fault.check = number
          throw fault
        }
      }
    }
    try strikes()
    signatures.finish()
    output.room = signatures.room
    trackers()
    for (name, opcode) in pack.opcodes.sorted(by: { $0.key < $1.key }) {
      try entry(name, opcode)
    }
    output.constants = constants.values
    output.fieldNames = names.names
    return output
  }

  private func concerns(_ rule: Rule, _ index: Int) -> Bool {
    modes[index] != .off && (rule.builds?.contains(pack.build) ?? true)
  }

  // MARK: Rules

  private mutating func strikes() throws(RuleFault) {
    var slot = 0
    for (rule, mode) in zip(rules, modes) {
      var limit = StrikeLimit()
      if let most = rule.closeAfter, mode == .enforce {
        guard slot < SessionState.strikeSlots else {
          throw RuleFault(
            rule: rule.id,
            message: "at most \(SessionState.strikeSlots) rules in force may have close_after")
        }
        limit = StrikeLimit(slot: UInt8(slot), most: UInt8(clamping: most))
        slot += 1
      }
      output.strikes.append(limit)
    }
  }

  private mutating func place(
    _ check: Rule.Check, of rule: Rule, _ index: UInt16
  ) throws(RuleFault) {
    if rule.action == .delay || rule.action == .coalesce {
      guard case .rate = check else {
        throw RuleFault(
          rule: rule.id,
          message: "only a rate can \(rule.action.rawValue): there is nothing to wait for")
      }
    }
    switch check {
    case .structure(let structure):
      let other = output.structure[structure]
      guard other == Instruction.noRule else {
        throw RuleFault(
          rule: rule.id,
          message: "`\(structure.rawValue)` is what rule \(rules[Int(other)].id) looks at: name a"
            + " file like it to replace it, or set one of the two to off")
      }
      output.structure[structure] = index
    case .field(let packets, _, _), .relation(let packets, _, _, _):
      for name in known(packets) where pack.packets[name]?.layout != nil {
        checks[name, default: []].append(.init(rule: index, check: check))
      }
    case .privilege(let packets, let statuses):
      var step = Instruction(.privilege)
      (step.a, step.extra) = constants.add(statuses.map(Int64.init))
      guards(step, index, known(packets))
    case .length(let packets, let range):
      var step = Instruction(.length)
      step.a = Int64(range.lowerBound)
      step.b = Int64(range.upperBound)
      guards(step, index, known(packets))
    case .rate(let packets, let perSecond, let burst):
      try rate(known(packets), perSecond, burst, of: rule, index)
    case .sequence(let packets, let after, let until, let once):
      try sequence(known(packets), known(after), known(until), once, of: rule, index)
    case .state(let state):
      self.state(state, index)
    case .signature(let signature):
      try signatures.place(
        signature, of: rule, index, names: &names, constants: &constants, known: known)
    }
  }

  /// The packets of this build that a list names; `*` stands for any rest of a name.
  private func known(_ packets: [String]) -> [String] {
    var found: [String] = []
    for name in packets {
      if name.hasSuffix("*") {
        let front = name.dropLast()
        found += pack.opcodes.keys.filter { $0.hasPrefix(front) }.sorted()
      } else if pack.opcodes[name] != nil {
        found.append(name)
      }
    }
    return found
  }

  private mutating func guards(_ step: Instruction, _ rule: UInt16, _ packets: [String]) {
    var step = step
    step.rule = rule
    for name in packets { guards[name, default: []].append(step) }
  }

  private mutating func rate(
    _ packets: [String], _ perSecond: Double, _ burst: Double, of rule: Rule, _ index: UInt16
  ) throws(RuleFault) {
    // The bounds keep the nanoseconds below inside of 64 bits.
    guard Rule.rates.contains(perSecond), Rule.bursts.contains(burst) else {
      throw RuleFault(
        rule: rule.id,
        message: "a rate is 0.001 to 1000000 packets a second, a burst 1 to 1000000")
    }
    guard Int(nextBucket) < SessionState.buckets else {
      throw RuleFault(
        rule: rule.id,
        message: "all rules together may have \(SessionState.buckets) rates that are not off")
    }
    var step = Instruction(.rate)
    step.extra = nextBucket
    step.a = Int64(1e9 / perSecond)
    step.b = Int64(1e9 / perSecond * burst)
    nextBucket += 1
    guards(step, index, packets)
  }

  private mutating func sequence(
    _ packets: [String], _ after: [String], _ until: [String], _ once: Bool, of rule: Rule,
    _ index: UInt16
  ) throws(RuleFault) {
    // Without what comes first in this build, nobody could send what comes after.
    guard !after.isEmpty else { return }
    guard Int(nextBit) < SessionState.bits else {
      throw RuleFault(
        rule: rule.id,
        message: "all rules together may have \(SessionState.bits) sequences that are not off")
    }
    var step = Instruction(.needs)
    step.extra = nextBit
    guards(step, index, packets)
    effect(.set, nextBit, after)
    effect(.clear, nextBit, until + (once ? packets : []))
    nextBit += 1
  }

  private mutating func effect(_ code: Instruction.Code, _ bit: UInt16, _ packets: [String]) {
    var step = Instruction(code)
    step.extra = bit
    for name in packets { effects[name, default: []].append(step) }
  }

  private mutating func state(_ state: Rule.State, _ index: UInt16) {
    var step = Instruction(.state)
    step.extra = UInt16(Rule.State.allCases.firstIndex(of: state) ?? 0)
    let subject = state.subject
    for name in known(subject.packets) {
      if let wanted = subject.field {
        let field = pack.packets[name]?.layout?.body.fields.first { $0.name == wanted }
        guard let field, let kind = field.kind.integer else { continue }
        step.offset = UInt16(clamping: field.offset)
        step.kind = kind
        step.field = names.index(wanted)
      }
      guards(step, index, [name])
    }
  }

  // MARK: Packets

  private mutating func trackers() {
    for tracker in Tracker.allCases {
      let source = tracker.source
      guard pack.opcodes[source.packet] != nil else { continue }
      let fields = pack.packets[source.packet]?.layout?.body.fields ?? []
      var step = Instruction(.track)
      step.extra = tracker.rawValue
      step.a = Int64(fields.first { $0.name == source.a }?.offset ?? 0)
      step.b = Int64(fields.first { $0.name == source.b }?.offset ?? 0)
      effects[source.packet, default: []].append(step)
    }
  }

  private mutating func entry(_ name: String, _ opcode: UInt16) throws(RuleFault) {
    var entry = PacketEntry()
    entry.origin = origin(name)
    entry.effects = add(effects[name] ?? [])
    let watch = signatures.steps(name)
    if !watch.isEmpty {
      entry.watch = ProgramRange(
        start: UInt32(clamping: output.watches.count), count: UInt16(clamping: watch.count))
      output.watches += watch
    }
    if entry.origin == .client {
      entry.guards = add(guards[name] ?? [])
      try body(name, &entry)
    }
    output.names[opcode] = name
    output.opcodes[Int(opcode)] = UInt16(clamping: output.entries.count)
    output.entries.append(entry)
  }

  private func origin(_ name: String) -> PacketEntry.Origin {
    if name.hasPrefix("C_") { return .client }
    return name.hasPrefix("S_") ? .server : .inside
  }

  private mutating func body(_ name: String, _ entry: inout PacketEntry) throws(RuleFault) {
    guard let traits = pack.packets[name] else { return }
    entry.phases = traits.phases
    entry.integrity = traits.integrity
    entry.cost = UInt16(clamping: max(traits.cost, 1))
    entry.isIdempotent = traits.isIdempotent
    if let lengths = traits.lengths {
      entry.shortest = UInt16(clamping: lengths.lowerBound)
      entry.longest = UInt16(clamping: lengths.upperBound)
    }
    guard let layout = traits.layout else { return }
    entry.hasLayout = true
    entry.fixedEnd = UInt16(clamping: layout.body.fixedEnd)
    entry.shortest = max(entry.shortest, entry.fixedEnd)
    entry.firstOffset = firstOffset(layout.body)
    let program = try BodyCompiler.compile(
      layout, structure: output.structure, checks: checks[name] ?? [], rules: rules,
      names: &names, constants: &constants)
    entry.body = add(program)
  }

  /// Where the offset of the data stands that comes first, if the first data is never empty.
  private func firstOffset(_ level: LayoutLevel) -> UInt16 {
    guard let first = level.fields.first(where: { $0.kind.isReference }) else { return 0 }
    if case .array = first.kind { return UInt16(clamping: first.offset + 2) }
    return UInt16(clamping: first.offset)
  }

  private mutating func add(_ steps: [Instruction]) -> ProgramRange {
    guard !steps.isEmpty else { return ProgramRange() }
    let range = ProgramRange(
      start: UInt32(clamping: output.program.count), count: UInt16(clamping: steps.count))
    output.program += steps
    return range
  }
}
