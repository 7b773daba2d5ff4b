import MystelWire

/// Turns signatures into the watch steps of one build.
struct SignatureCompiler {
  let pack: BuildPack
  /// By packet: signatures first, then notes.
  private var measures: [String: [WatchStep]] = [:]
  private var notes: [String: [WatchStep]] = [:]
  private(set) var room = SignatureRoom()
  /// What is followed of the session, for signatures that need it.
  private var kinds: EntityKinds = []
  var followsPlace = false
  var followsRoundTrip = false
  var followsClass = false
  private var actedOn: Set<String> = []

  init(pack: BuildPack) { self.pack = pack }

  /// The steps of a packet. Only to be asked for once every signature is placed.
  func steps(_ packet: String) -> [WatchStep] {
    Self.joined(measures[packet] ?? []) + (notes[packet] ?? [])
  }

  /// Puts one look at all the numbers of a packet before several at one of them each.
  private static func joined(_ steps: [WatchStep]) -> [WatchStep] {
    func isPair(_ at: Int) -> Bool {
      at + 1 < steps.count && steps[at].code == .emptyNumber && steps[at].skip == 1
        && steps[at].offset % 4 == steps[0].offset % 4
    }
    var end = 0
    while isPair(end) { end += 2 }
    guard end > 2 else { return steps }
    let fields = stride(from: 0, to: end, by: 2).map { steps[$0] }
    var all = WatchStep(.emptyNumber)
    all.offset = fields.map(\.offset).min() ?? 0
    all.width = (fields.map { $0.offset + $0.width }.max() ?? 0) - all.offset
    all.skip = UInt16(clamping: end)
    return [all] + steps
  }

  /// Adds a signature of a rule.
  ///
  /// - Parameter known: the packets of the build that a list of names stands for.
  mutating func place(
    _ signature: Signature, of rule: Rule, _ index: UInt16, names: inout FieldNames,
    constants: inout Constants, known: ([String]) -> [String]
  ) throws(RuleFault) {
    guard isDecidable(signature, known) else { return }
    let counter = try takeCounter(signature, rule)
    let packets = known(signature.packets)
    let shared = try sharedMemory(signature.measure, rule, known)
    for packet in packets {
      var made: [WatchStep] = []
      for match in signature.when {
        guard let step = try condition(match, packet, rule, &constants) else { continue }
        made.append(step)
      }
      guard made.count == signature.when.count,
        var measure = try measure(signature.measure, packet, rule, &names)
      else { continue }
      measure.rule = index
      measure.counter = counter
      if let shared { measure.memory = shared } else { measure.memory = try takeSlot(rule) }
      measure.times = UInt16(clamping: max(signature.times, 1))
      measure.isConsecutive = signature.isConsecutive
      measure.within = UInt32(clamping: Int(signature.withinSeconds * 1000))
      made.append(measure)
      for place in made.indices.dropLast() {
        made[place].skip = UInt16(clamping: made.count - 1 - place)
      }
      measures[packet, default: []] += made
    }
    if case .stamps(.zeroAmongOthers) = signature.measure, let shared {
      amongOthers(packets, counter, shared, index, signature)
    }
  }

  private mutating func takeSlot(_ rule: Rule) throws(RuleFault) -> UInt16 {
    guard Int(room.slots) < SignatureState.mostSlots else {
      throw RuleFault(
        rule: rule.id,
        message: "all signatures together may remember \(SignatureState.mostSlots) things, a "
          + "packet's last time and its like: turn others off")
    }
    room.slots += 1
    return room.slots - 1
  }

  private mutating func takeCounter(_ signature: Signature, _ rule: Rule) throws(RuleFault)
    -> UInt16
  {
    guard signature.times > 1 else { return 0 }
    guard Int(room.counters) < SignatureState.mostCounters else {
      throw RuleFault(
        rule: rule.id,
        message: "all signatures together may have \(SignatureState.mostCounters) that take more "
          + "than one hit: turn others off")
    }
    room.counters += 1
    return room.counters - 1
  }

  /// The memory that all packets of a signature share; nil where each has its own, or needs none.
  private mutating func sharedMemory(
    _ measure: Signature.Measure, _ rule: Rule, _ known: ([String]) -> [String]
  ) throws(RuleFault) -> UInt16? {
    switch measure {
    case .match, .unannounced, .soonerThanSeen, .perEntity, .motion(.jump): return 0
    case .repeated, .steady, .stamps(.missing), .stamps(.counter): return nil
    case .together, .motion, .stamps(.zeroAmongOthers): return try takeSlot(rule)
    case .sooner(_, let after, _, let key):
      return try marks(after, key: key, rule, known)
    case .between(_, _, let after), .later(_, let after):
      return try marks(after, key: nil, rule, known)
    case .absent(let packets, let after, _):
      let memory = try takeSlot(rule)
      var mark = WatchStep(.mark)
      mark.memory = memory
      mark.flag = true
      for packet in known([after]) { notes[packet, default: []].append(mark) }
      var seen = WatchStep(.seen)
      seen.memory = memory
      for packet in known(packets) { notes[packet, default: []].append(seen) }
      return memory
    }
  }

  private mutating func marks(
    _ after: [String], key: String?, _ rule: Rule, _ known: ([String]) -> [String]
  ) throws(RuleFault) -> UInt16 {
    let memory = try takeSlot(rule)
    for packet in known(after) {
      var mark = WatchStep(.mark)
      mark.memory = memory
      if let key, let found = try field(key, packet, rule) {
        mark.offset = UInt16(clamping: found.offset)
        mark.kind = found.kind.integer ?? .u32
      }
      notes[packet, default: []].append(mark)
    }
    return memory
  }

  /// The other stamped packets of the build, whose hashes a rewritten packet's is held against.
  private mutating func amongOthers(
    _ packets: [String], _ counter: UInt16, _ memory: UInt16, _ rule: UInt16, _ signature: Signature
  ) {
    for (name, traits) in pack.packets.sorted(by: { $0.key < $1.key })
    where traits.integrity != .absent && !packets.contains(name) {
      var step = WatchStep(.stampZero)
      step.flag = true
      step.rule = rule
      step.counter = counter
      step.memory = memory
      step.times = UInt16(clamping: max(signature.times, 1))
      measures[name, default: []].append(step)
    }
  }

  // MARK: Fields

  /// A field of a packet; nil where the build has no layout of it.
  func field(_ name: String, _ packet: String, _ rule: Rule) throws(RuleFault)
    -> LayoutField?
  {
    guard let body = pack.packets[packet]?.layout?.body else { return nil }
    if let found = body.fields.first(where: { $0.name == name }) { return found }
    throw RuleFault(
      rule: rule.id, message: "\(packet) has no field \"\(name)\" for a signature",
      unknown: name, candidates: body.fields.map(\.name))
  }

  func integer(
    _ name: String, _ packet: String, _ rule: Rule
  ) throws(RuleFault) -> (offset: UInt16, kind: IntegerKind)? {
    guard let found = try field(name, packet, rule) else { return nil }
    guard let kind = found.kind.integer else {
      throw RuleFault(rule: rule.id, message: "\(packet)'s \(name) is no integer")
    }
    return (UInt16(clamping: found.offset), kind)
  }

  // MARK: Measures

  private mutating func measure(
    _ measure: Signature.Measure, _ packet: String, _ rule: Rule, _ names: inout FieldNames
  ) throws(RuleFault) -> WatchStep? {
    switch measure {
    case .match: return WatchStep(.match)
    case .repeated(let from, let to, let copies):
      var step = timed(.repeated, from, to)
      step.count = UInt16(clamping: max(copies, 1))
      return step
    case .together(let closer, let differs, let agrees):
      return try together(closer, differs ?? agrees, isDifference: differs != nil, packet, rule)
    case .steady(let from, let to, let spread, let count):
      var step = timed(.steady, from, to)
      step.spread = Float(spread)
      step.count = UInt16(clamping: max(count, 3))
      return step
    case .sooner(let than, _, let roundTrip, let key):
      var step = timed(.sooner, than, 0)
      step.flag = roundTrip
      if roundTrip { follow(\.followsRoundTrip) }
      guard let key else { return step }
      guard let found = try field(key, packet, rule) else { return nil }
      step.offset = UInt16(clamping: found.offset)
      step.kind = found.kind.integer ?? .u32
      step.width = UInt16(clamping: found.kind.fixedBytes)
      return step
    case .between(let from, let to, _): return timed(.between, from, to)
    case .later(let than, _): return timed(.later, than, 0)
    case .absent(_, _, let seconds): return timed(.absent, seconds * 1000, 0)
    case .unannounced(let name, let kinds):
      return try about(.unannounced, name, kinds, packet, rule, &names)
    case .soonerThanSeen(let name, let kinds, let than):
      follow(\.followsRoundTrip)
      var step = try about(.soonerThanSeen, name, kinds, packet, rule, &names)
      step?.a = Int64(than * 1e6)
      return step
    case .perEntity(let name, let kinds, let atMost):
      var step = try about(.perEntity, name, kinds, packet, rule, &names)
      step?.a = Int64(atMost)
      return step
    case .motion(let motion): return try motionStep(motion, packet, rule)
    case .stamps(let stamps):
      switch stamps {
      case .zeroAmongOthers: return WatchStep(.stampZero)
      case .missing: return WatchStep(.stampMissing)
      case .counter: return WatchStep(.stampCounter)
      }
    }
  }

  private func timed(_ code: WatchStep.Code, _ from: Double, _ to: Double) -> WatchStep {
    var step = WatchStep(code)
    step.a = Int64(from * 1e6)
    step.b = Int64(to * 1e6)
    return step
  }

  private func together(
    _ closer: Double, _ name: String?, isDifference: Bool, _ packet: String, _ rule: Rule
  ) throws(RuleFault) -> WatchStep? {
    var step = timed(.together, closer, 0)
    guard let name else { return step }
    guard let found = try integer(name, packet, rule) else { return nil }
    (step.offset, step.kind) = found
    step.width = UInt16(found.kind.bytes)
    step.flag = isDifference
    return step
  }

  /// A step about ids: of a field, or of a field of an array's elements.
  private mutating func about(
    _ code: WatchStep.Code, _ name: String, _ kinds: EntityKinds, _ packet: String, _ rule: Rule,
    _ names: inout FieldNames
  ) throws(RuleFault) -> WatchStep? {
    let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
    var step = WatchStep(code)
    step.kinds = kinds.rawValue
    step.field = names.index(name)
    if let body = pack.packets[packet]?.layout?.body, parts.count == 2,
      let array = body.fields.first(where: { $0.name == parts[0] }),
      case .array(let level) = array.kind
    {
      guard let inner = level.fields.first(where: { $0.name == parts[1] }) else {
        throw RuleFault(
          rule: rule.id, message: "\(packet) has no field \"\(name)\"", unknown: parts[1],
          candidates: level.fields.map(\.name))
      }
      step.flag = true
      step.offset = UInt16(clamping: array.offset)
      step.other = UInt16(clamping: inner.offset)
    } else {
      guard let found = try field(name, packet, rule) else { return nil }
      step.offset = UInt16(clamping: found.offset)
    }
    self.kinds.formUnion(kinds)
    if code != .unannounced, actedOn.insert(packet).inserted {
      var act = WatchStep(.act)
      act.offset = step.offset
      notes[packet, default: []].append(act)
    }
    return step
  }

  private mutating func motionStep(
    _ motion: Signature.Motion, _ packet: String, _ rule: Rule
  ) throws(RuleFault) -> WatchStep? {
    guard let place = try field("loc", packet, rule), let time = try field("time", packet, rule)
    else { return nil }
    var step: WatchStep
    switch motion {
    case .jump:
      followsPlace = true
      step = WatchStep(.jump)
      step.a = 2000
    case .clockBack:
      step = WatchStep(.clockBack)
      step.a = 100
    case .clockFast:
      step = WatchStep(.clockFast)
      step.a = 20
    }
    step.offset = UInt16(clamping: place.offset)
    step.other = UInt16(clamping: time.offset)
    return step
  }

  mutating func follow(_ what: WritableKeyPath<SignatureCompiler, Bool>) {
    self[keyPath: what] = true
  }

  // MARK: What is followed

  /// Adds the notes that the signatures rest on. Once, after the last signature.
  mutating func finish() {
    room.kinds = kinds
    room.followsPlace = followsPlace
    room.followsClass = followsClass
    for source in FollowedPacket.all where isFollowed(source) {
      guard pack.opcodes[source.packet] != nil else { continue }
      var step = WatchStep(source.code)
      step.kinds = source.kinds.rawValue
      if let name = source.field {
        guard
          let field = pack.packets[source.packet]?.layout?.body.fields
            .first(where: { $0.name == name })
        else { continue }
        step.offset = UInt16(clamping: field.offset)
      }
      if source.code == .moved {
        let body = pack.packets[source.packet]?.layout?.body
        step.other = UInt16(
          clamping: body?.fields.first { $0.name == "gameId" }?.offset ?? 0)
      }
      notes[source.packet, default: []].append(step)
    }
  }

  private func isFollowed(_ source: FollowedPacket) -> Bool {
    switch source.code {
    case .ping, .pong: return followsRoundTrip
    case .moved: return followsPlace
    case .template: return followsClass
    case .zone: return !kinds.isEmpty
    default: return !kinds.isDisjoint(with: source.kinds)
    }
  }
}
