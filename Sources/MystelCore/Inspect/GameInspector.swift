import MystelWire

/// The inspection of a TERA session, in the order of docs/ARCHITECTURE.md#inspection.
///
/// Framing is checked by the lane before a packet gets here.
package struct GameInspector: PacketInspector, ~Copyable {
  /// The time of the read at work; set before each.
  package var now: Instant
  /// What packets are judged by; `Finding.rule` is a place in its rules.
  package private(set) var policy: InspectionPolicy
  private let builds: [UInt32]
  private let unknownBuild: Configuration.Listener.UnknownBuild
  /// The build that the client claimed and the backend speaks; nil before the first packet, and
  /// for a client that is carried by its frames alone.
  package private(set) var build: BuildPolicy?
  /// What `build` compiled, without counting references.
  private(set) var tables: UnsafePointer<BuildTables>?
  /// What the client has sent, and may.
  var limits: SessionMeter
  private(set) var coalesces = false
  /// Whether anything is limited, or repeats are to be told.
  private var isMetered: Bool { coalesces || !limits.isOff }
  var repeatCheck = RepeatCheck()
  package internal(set) var meterWork = MeterWork()
  /// Whether the session ends for something that its source is to be reported for.
  package internal(set) var earnedBan = false
  package private(set) var sawFirstPacket = false
  /// Whether the client's build is none that can be inspected.
  package private(set) var isFrameOnly = false
  /// What the client's C_CHECK_VERSION says, even where it is refused.
  package private(set) var claimedBuild: UInt32?
  var state = SessionState()
  /// The account that the server named, once it accepted the login; never what a client claims.
  package var account: UInt64? { state.isAccepted && state.account != 0 ? state.account : nil }
  var signatures = SignatureState()
  /// Whoever looks on; nil for nearly all sessions.
  private var onlookers: Onlookers?
  /// Learns from the packets; nil where nobody declares the session genuine.
  package var learner: SessionLearner? {
    get { onlookers?.learner }
    set { admit { $0.learner = newValue } }
  }
  /// Takes the packets down; nil where nobody asked for that.
  package var recording: PacketRecording? {
    get { onlookers?.recording }
    set { admit { $0.recording = newValue } }
  }

  private mutating func admit(_ change: (Onlookers) -> Void) {
    let all = onlookers ?? Onlookers()
    change(all)
    onlookers = all.isEmpty ? nil : all
  }

  /// - Parameter builds: the builds that the listener and its backend have in common.
  package init(
    policy: InspectionPolicy, builds: [UInt32],
    unknownBuild: Configuration.Listener.UnknownBuild, limits: SessionLimits = .none, now: Instant
  ) {
    self.limits = SessionMeter(limits, now: now)
    self.policy = policy
    self.builds = builds
    self.unknownBuild = unknownBuild
    self.now = now
    coalesces = self.limits.coalesces || policy.coalesces
  }

  /// Judges from the next packet on by other rules. What the server told of the session stays.
  ///
  /// A session whose build they do not have keeps the rules it has: it must not go on unchecked.
  package mutating func adopt(_ policy: InspectionPolicy) {
    guard policy !== self.policy else { return }
    if let build {
      guard let same = policy.builds[build.pack.build] else { return }
      self.build = same
      tables = same.tables
      state.adoptRules()
      signatures.begin(same.tables.pointee.room, now: now.nanoseconds)
    }
    self.policy = policy
    coalesces = limits.coalesces || policy.coalesces
  }

  package mutating func inspect(
    _ packet: RawSpan, opcode: UInt16, direction: Direction, outlet: inout PacketOutlet
  ) -> Verdict {
    if let onlookers { return inspect(packet, opcode, direction, before: onlookers, &outlet) }
    return weigh(packet, opcode, direction, &outlet)
  }

  /// Holds a packet to the limits, then to the rules.
  @inline(__always)
  mutating func weigh(
    _ packet: RawSpan, _ opcode: UInt16, _ direction: Direction, _ outlet: inout PacketOutlet
  ) -> Verdict {
    if case .toBackend = direction, isMetered,
      let refusal = meter(packet, opcode: opcode, outlet: &outlet)
    {
      return refusal
    }
    return judge(packet, opcode, direction, &outlet)
  }

  private mutating func judge(
    _ packet: RawSpan, _ opcode: UInt16, _ direction: Direction, _ outlet: inout PacketOutlet
  ) -> Verdict {
    guard let tables else { return inspectUnbound(packet, opcode, direction, &outlet) }
    let entry = tables.pointee.entry(opcode)
    // Safety: the entry lives as long as `build`; the packet as long as this call.
    return packet.withUnsafeBytes { bytes in
      switch direction {
      case .toClient:
        let effects = entry.pointee.effects
        if effects.count > 0 { apply(effects, bytes, entry, shift: 0, tables) }
        if entry.pointee.watch.count > 0 {
          _ = watch(bytes, opcode, entry, .bare, tables, &outlet.findings)
        }
        return .forward
      case .toBackend:
        signatures.clock.arrive(now.nanoseconds)
        let before = outlet.findings.findings.count
        let verdict = inspectClient(bytes, opcode, entry, tables, &outlet)
        if outlet.findings.findings.count > before {
          outlet.findings.keep(bytes, from: before)
        }
        return verdict
      }
    }
  }

  // MARK: The first packet

  private mutating func inspectUnbound(
    _ packet: RawSpan, _ opcode: UInt16, _ direction: Direction, _ outlet: inout PacketOutlet
  ) -> Verdict {
    guard direction == .toBackend, !sawFirstPacket else { return .forward }
    if opcode == TeraBuild.checkVersionOpcode {
      guard let view = PacketView(packet), case .success(let claim) = CheckVersion.parse(view)
      else { return .close(.checkVersionMalformed) }
      claimedBuild = claim.build
      guard bind(claim.build) else { return refuse() }
    } else {
      // A tool that logs in without saying its build; only an operator who observes lets it.
      guard let number = loginBuild(opcode), bind(number), let tables else {
        return .close(.firstPacketUnexpected)
      }
      state.track(.versionClaimed, a: 0, b: 0)
      let rule = tables.pointee.structure[.firstPacket]
      if report(rule, opcode, at: 2, 2, tables, &outlet.findings) != nil {
        return .close(.firstPacketUnexpected)
      }
    }
    sawFirstPacket = true
    return judge(packet, opcode, direction, &outlet)
  }

  private mutating func refuse() -> Verdict {
    guard unknownBuild == .frameOnly else { return .close(.buildNotServed) }
    sawFirstPacket = true
    isFrameOnly = true
    return .forward
  }

  private mutating func bind(_ number: UInt32) -> Bool {
    guard builds.contains(number), let found = policy.builds[number] else { return false }
    build = found
    tables = found.tables
    signatures.begin(found.tables.pointee.room, now: now.nanoseconds)
    return true
  }

  private func loginBuild(_ opcode: UInt16) -> UInt32? {
    builds.first { policy.builds[$0]?.pack.opcodes["C_LOGIN_ARBITER"] == opcode }
  }

  // MARK: Packets of the client

  private mutating func inspectClient(
    _ bytes: UnsafeRawBufferPointer, _ opcode: UInt16, _ entry: UnsafePointer<PacketEntry>,
    _ tables: UnsafePointer<BuildTables>, _ outlet: inout PacketOutlet
  ) -> Verdict {
    guard let start = bytes.baseAddress else { return .forward }
    if !state.isInPlace(entry.pointee),
      let refusal = admit(bytes, opcode, entry, tables, &outlet.findings)
    {
      return refusal
    }
    let reading = IntegrityReading.of(bytes, start, entry, tables, &outlet.findings)
    let shift = reading.shift
    // Before anything can refuse the packet: what is refused tells of its sender too.
    let odd =
      entry.pointee.watch.count > 0
      ? watch(bytes, opcode, entry, reading, tables, &outlet.findings) : nil
    if entry.pointee.guards.count > 0,
      let refusal = guards(bytes, opcode, entry, shift: shift, tables, &outlet)
    {
      return refusal
    }
    var walk = PacketWalk(bytes, bytes: start, build: tables, shift: shift)
    let outcome = walk.run(
      entry, opcode: opcode, findings: &outlet.findings, marks: &outlet.marks)
    if reading == .either,
      let refusal = judgeStamped(bytes, start, opcode, entry, outcome, tables, &outlet)
    {
      return refusal
    }
    switch outcome {
    case .refused(let rule): return verdict(rule, tables)
    case .needsRepair:
      if let odd { return odd }
      return repair(bytes, start, opcode, entry, walk, shift: shift, tables, &outlet)
    case .sound:
      if let odd { return odd }
      if entry.pointee.effects.count > 0 {
        apply(entry.pointee.effects, bytes, entry, shift: shift, tables)
      }
      return .forward
    }
  }

  /// A packet that may be read in two ways must be sound in both. Nil where it is.
  @inline(never)
  private mutating func judgeStamped(
    _ bytes: UnsafeRawBufferPointer, _ start: UnsafeRawPointer, _ opcode: UInt16,
    _ entry: UnsafePointer<PacketEntry>, _ bare: PacketWalk.Outcome,
    _ tables: UnsafePointer<BuildTables>, _ outlet: inout PacketOutlet
  ) -> Verdict? {
    if case .refused(let rule) = bare { return verdict(rule, tables) }
    var walk = PacketWalk(
      bytes, bytes: start, build: tables, shift: IntegrityReading.stamped.shift)
    let stamped = walk.run(
      entry, opcode: opcode, findings: &outlet.findings, marks: &outlet.marks)
    if case .refused(let rule) = stamped { return verdict(rule, tables) }
    // What is put right in one reading would be wrong in the other.
    return bare == .sound && stamped == .sound ? nil : .drop(.fixImpossible)
  }

  /// What becomes of a packet that may not be sent at all, or not now. Nil where it goes on.
  @inline(never)
  private mutating func admit(
    _ bytes: UnsafeRawBufferPointer, _ opcode: UInt16, _ entry: UnsafePointer<PacketEntry>,
    _ tables: UnsafePointer<BuildTables>, _ findings: inout FindingBuffer
  ) -> Verdict? {
    let check: Rule.Structure
    switch entry.pointee.origin {
    case .client:
      check = state.wrongMoment(for: entry.pointee.phases)
    case .unknown: check = .unknownOpcode
    case .server, .inside: check = .direction
    }
    let rule = tables.pointee.structure[check]
    return report(rule, opcode, at: 2, 2, tables, &findings)
  }

  // MARK: Rules

  /// Reports a broken rule. - Returns: the verdict, where the rule refuses the packet.
  mutating func report(
    _ rule: UInt16, _ opcode: UInt16, at offset: Int, _ count: Int,
    _ tables: UnsafePointer<BuildTables>,
    _ findings: inout FindingBuffer, field: UInt16 = 0
  ) -> Verdict? {
    guard rule != Instruction.noRule else { return nil }
    let response = tables.pointee.responses[Int(rule)]
    guard response != .ignore else { return nil }
    findings.append(
      Finding(
        rule: rule, isEnforced: response != .shadow, opcode: opcode, direction: .toBackend,
        field: field, offset: UInt16(clamping: offset), byteCount: UInt16(clamping: count)))
    return response == .shadow || response == .count ? nil : verdict(rule, tables)
  }

  mutating func verdict(_ rule: UInt16, _ tables: UnsafePointer<BuildTables>) -> Verdict {
    let reason = policy.rules[Int(rule)].reason
    let isLast = state.strike(tables.pointee.strikes[Int(rule)])
    let response = tables.pointee.responses[Int(rule)]
    if response == .ban { earnedBan = true }
    return isLast || response == .close || response == .ban ? .close(reason) : .drop(reason)
  }

  @inline(never)
  private mutating func guards(
    _ bytes: UnsafeRawBufferPointer, _ opcode: UInt16, _ entry: UnsafePointer<PacketEntry>,
    shift: Int,
    _ tables: UnsafePointer<BuildTables>, _ outlet: inout PacketOutlet
  ) -> Verdict? {
    let range = entry.pointee.guards
    for index in Int(range.start)..<(Int(range.start) + Int(range.count)) {
      // Safety: ranges come from the compiler, which keeps them inside the program.
      let step = tables.pointee.program[index]
      guard !permits(step, bytes, shift: shift, tables) else { continue }
      let refusal = report(
        step.rule, opcode, at: Int(step.offset), 0, tables, &outlet.findings, field: step.field)
      guard let refusal else { continue }
      switch tables.pointee.responses[Int(step.rule)] {
      case .coalesce where repeatCheck.isRepeat:
        meterWork.coalesced &+= 1
        return .drop(.coalesced)
      case .coalesce, .delay:
        let until = state.owe(
          bucket: step.extra, interval: UInt64(step.a), burst: UInt64(step.b), now: now)
        delay(until: until, &outlet)
      case .ignore, .shadow, .count, .fix, .discard, .close, .ban: return refusal
      }
    }
    return nil
  }

  private mutating func permits(
    _ step: Instruction, _ bytes: UnsafeRawBufferPointer, shift: Int,
    _ tables: UnsafePointer<BuildTables>
  ) -> Bool {
    switch step.code {
    case .privilege: return tables.pointee.contains(Int64(state.status), step)
    case .rate:
      return state.take(
        bucket: step.extra, interval: UInt64(step.a), burst: UInt64(step.b), now: now)
    case .length:
      let count = Int64(bytes.count - shift)
      return count >= step.a && count <= step.b
    case .needs: return state.holdsBit(step.extra)
    case .state:
      let kind = Rule.State.allCases[Int(step.extra)]
      let value = field(step.offset, step.kind, bytes, shift: shift)
      return kind.permits(state, value: value)
    default: return true
    }
  }

  mutating func apply(
    _ range: ProgramRange, _ bytes: UnsafeRawBufferPointer, _ entry: UnsafePointer<PacketEntry>,
    shift: Int,
    _ tables: UnsafePointer<BuildTables>
  ) {
    for index in Int(range.start)..<(Int(range.start) + Int(range.count)) {
      // Safety: ranges come from the compiler, which keeps them inside the program.
      let step = tables.pointee.program[index]
      switch step.code {
      case .set: state.setBit(step.extra)
      case .clear: state.clearBit(step.extra)
      case .track:
        guard let tracker = Tracker(rawValue: step.extra) else { continue }
        state.track(
          tracker, a: Self.word(bytes, Int(step.a)), b: Self.word(bytes, Int(step.b)))
      default: break
      }
    }
  }

  private func field(
    _ offset: UInt16, _ kind: IntegerKind, _ bytes: UnsafeRawBufferPointer, shift: Int
  ) -> Int64? {
    let at = Int(offset) + shift
    guard offset > 0, at + kind.bytes <= bytes.count, let start = bytes.baseAddress else {
      return nil
    }
    return kind.load(start, at)
  }

  /// Up to eight bytes; those outside the packet count as 0, as does a field that is not there.
  private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    guard offset > 0 else { return 0 }
    var value: UInt64 = 0
    for index in 0..<8 where offset + index < bytes.count {
      value |= UInt64(bytes[offset + index]) << UInt64(8 * index)
    }
    return value
  }
}
