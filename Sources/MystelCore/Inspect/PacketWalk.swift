import MystelWire

/// One run of a packet's program over the packet: structure, values, and what breaks which rule.
///
/// Reads nothing outside the packet whatever its bytes say, and takes a number of steps linear in
/// its length: elements lie behind one another, and each is judged once. Allocates nothing.
struct PacketWalk: ~Copyable {
  /// How the walk ended.
  enum Outcome: Equatable {
    case sound
    /// A rule with the action `fix` is broken and enforced: `PacketRepair` has work.
    case needsRepair
    case refused(rule: UInt16)
  }

  /// What a run is for.
  private enum Purpose {
    case judge
    /// Structure alone, nothing reported: whether the packet can be read with this shift.
    case probe
    /// Structure alone, regions marked in `marks`: whether any two overlap.
    case mark
  }

  let bytes: UnsafeRawPointer
  let byteCount: Int
  let build: UnsafePointer<BuildTables>
  /// Where the body's offsets count from: 0, or 8 behind an integrity header.
  private let shift: Int
  private var purpose = Purpose.judge
  private(set) var refusal: UInt16?
  /// Sound structure is a condition of reading on, even where no rule enforces it.
  private(set) var isBroken = false
  private(set) var needsRepair = false
  /// Whether data lies elsewhere than a canonical writer would put it.
  private var isMisplaced = false
  private var isOutOfOrder = false
  /// The end of the data seen so far; in a canonical packet the next data starts here.
  private(set) var dataEnd = 0
  /// The text, bytes or array that the instructions behind it are about.
  var current = Span()
  private var marks: UnsafeMutablePointer<UInt64>?
  private var reported: SIMD4<UInt64> = .zero

  /// The bytes of a level: where its offsets count from, where its data starts and ends.
  struct Area {
    var base: Int
    var floor: Int
    var end: Int
  }

  /// Data behind a reference.
  struct Span {
    var start = 0
    /// Units, bytes or elements.
    var count = 0
    var isTerminated = true
  }

  // Safety: `bytes` stays valid while the walk lives, which is within one call of `inspect`.
  init(
    _ packet: UnsafeRawBufferPointer, bytes: UnsafeRawPointer, build: UnsafePointer<BuildTables>,
    shift: Int
  ) {
    self.bytes = bytes
    byteCount = packet.count
    self.build = build
    self.shift = shift
  }

  /// Judges the packet by its program.
  @inline(__always)
  mutating func run(
    _ entry: UnsafePointer<PacketEntry>, opcode: UInt16, findings: inout FindingBuffer,
    marks: inout ScratchBuffer
  ) -> Outcome {
    let report = Report(opcode: opcode)
    guard fits(entry, report, &findings) else { return outcome }
    guard entry.pointee.hasLayout else { return outcome }
    dataEnd = Int(entry.pointee.fixedEnd) + shift
    level(entry.pointee.body, base: shift, floor: dataEnd, end: byteCount, report, &findings)
    guard refusal == nil, !isBroken else { return outcome }
    if isOutOfOrder && overlaps(entry, &findings, &marks) {
      _ = breaks(build.pointee.structure[.references], report, at: 0, 0, &findings)
      return outcome
    }
    if isMisplaced { _ = breaks(build.pointee.structure[.order], report, at: 0, 0, &findings) }
    if byteCount > dataEnd, refusal == nil {
      _ = breaks(
        build.pointee.structure[.trailing], report, at: dataEnd, byteCount - dataEnd, &findings)
    }
    return outcome
  }

  /// Whether the packet can be read with this shift, as far as its references say.
  mutating func probe(_ entry: UnsafePointer<PacketEntry>, findings: inout FindingBuffer) -> Bool {
    guard byteCount >= Int(entry.pointee.fixedEnd) + shift else { return false }
    purpose = .probe
    dataEnd = Int(entry.pointee.fixedEnd) + shift
    level(
      entry.pointee.body, base: shift, floor: dataEnd, end: byteCount, Report(opcode: 0), &findings)
    return !isBroken
  }

  /// After a probe: whether every byte has its place, as in a packet that a client wrote.
  var isExact: Bool { !isMisplaced && !isOutOfOrder && dataEnd == byteCount }

  private var outcome: Outcome {
    if let refusal { return .refused(rule: refusal) }
    return needsRepair && !isBroken ? .needsRepair : .sound
  }

  /// What a finding says of the packet, the same for all of its instructions.
  struct Report {
    var opcode: UInt16
    var field: UInt16 = 0
  }

  /// The length, without which no field may be read.
  @inline(__always)
  private mutating func fits(
    _ entry: UnsafePointer<PacketEntry>, _ report: Report, _ findings: inout FindingBuffer
  ) -> Bool {
    if byteCount < Int(entry.pointee.shortest) + shift {
      isBroken = byteCount < Int(entry.pointee.fixedEnd) + shift
      let goesOn = breaks(build.pointee.structure[.tooShort], report, at: 0, byteCount, &findings)
      return goesOn && !isBroken
    }
    if byteCount > Int(entry.pointee.longest) + shift {
      return breaks(build.pointee.structure[.tooLong], report, at: 0, byteCount, &findings)
    }
    return true
  }

  // MARK: Levels

  /// Runs a level's instructions. `base` is where its offsets count from; its data lies between
  /// `floor`, where its fixed part ends, and `end`.
  mutating func level(
    _ range: ProgramRange, base: Int, floor: Int, end: Int, _ report: Report,
    _ findings: inout FindingBuffer
  ) {
    let area = Area(base: base, floor: floor, end: end)
    let isJudging = purpose == .judge
    // Safety: ranges come from the compiler, which keeps them inside the program.
    var step = build.pointee.program + Int(range.start)
    let stop = step + Int(range.count)
    while step < stop {
      switch step.pointee.code {
      case .string: string(step.pointee, area, report, &findings)
      case .bytes: byteRun(step.pointee, area, report, &findings)
      case .array:
        array(step, area, report, &findings)
        step += Int(step.pointee.skip)
      case .interleaved:
        pair(step, area, report, &findings)
        step += Int(step.pointee.skip)
      default:
        if isJudging {
          if holds(step, base) {
            step += Int(step.pointee.skip)
          } else if !breaks(step, base, report, &findings) {
            return
          }
        }
        step += 1
        continue
      }
      if isBroken || refusal != nil { return }
      step += 1
    }
  }

  /// Reports a value that is not as it should be. - Returns: whether the walk goes on.
  private mutating func breaks(
    _ step: UnsafePointer<Instruction>, _ base: Int, _ report: Report,
    _ findings: inout FindingBuffer
  ) -> Bool {
    let found = place(step.pointee, base)
    var report = report
    report.field = step.pointee.field
    return breaks(step.pointee.rule, report, at: found.offset, found.count, &findings)
  }

  private mutating func string(
    _ step: Instruction, _ area: Area, _ report: Report, _ findings: inout FindingBuffer
  ) {
    let place = area.base + Int(step.offset)
    let start = Int(word(place))
    guard start >= area.floor, start < area.end else {
      return fault(step, report, at: place, 2, &findings)
    }
    let found = TextScan.length(bytes, from: start, end: area.end)
    current = Span(start: start, count: found.units, isTerminated: found.isTerminated)
    guard found.isTerminated else {
      return unterminated(step, end: area.end, report, &findings)
    }
    claim(start, start + 2 * found.units + 2)
    limit(step, report, at: start, 2 * found.units, &findings)
  }

  /// Text that runs to the end of its level: repaired where nothing can follow.
  private mutating func unterminated(
    _ step: Instruction, end: Int, _ report: Report, _ findings: inout FindingBuffer
  ) {
    guard end == byteCount, current.start >= dataEnd else {
      return fault(step, report, at: current.start, end - current.start, &findings)
    }
    let rule = build.pointee.structure[.unterminated]
    guard purpose == .judge, rule != Instruction.noRule else {
      return fault(step, report, at: current.start, end - current.start, &findings)
    }
    claim(current.start, end)
    var report = report
    report.field = step.field
    if !breaks(rule, report, at: current.start, end - current.start, &findings) { return }
    // Nothing that comes behind could be told from the text.
    isBroken = build.pointee.responses[Int(rule)] != .fix
  }

  private mutating func byteRun(
    _ step: Instruction, _ area: Area, _ report: Report, _ findings: inout FindingBuffer
  ) {
    let place = area.base + Int(step.offset)
    let start = Int(word(place))
    let count = Int(word(place + 2))
    current = Span(start: start, count: count)
    guard count > 0 else {
      // Writers differ in the offset of bytes that are empty, but it leads nowhere else.
      if start > area.end { fault(step, report, at: place, 4, &findings) }
      return
    }
    guard start >= area.floor, start + count <= area.end else {
      return fault(step, report, at: place, 4, &findings)
    }
    claim(start, start + count)
    limit(step, report, at: start, count, &findings)
  }

  // MARK: Regions

  /// Takes note that a field's data lies here.
  mutating func claim(_ start: Int, _ stop: Int) {
    switch purpose {
    case .judge, .probe:
      if start < dataEnd { isOutOfOrder = true }
      if start != dataEnd { isMisplaced = true }
      dataEnd = max(dataEnd, stop)
    case .mark:
      mark(start, stop)
    }
  }

  /// Whether any two regions share a byte: walks the structure again and marks every byte.
  private mutating func overlaps(
    _ entry: UnsafePointer<PacketEntry>, _ findings: inout FindingBuffer,
    _ scratch: inout ScratchBuffer
  ) -> Bool {
    let words = byteCount / 64 + 1
    let room = scratch.room(words * 8)
    let marks = room.bindMemory(to: UInt64.self)
    marks.initialize(repeating: 0)
    var second = PacketWalk(
      UnsafeRawBufferPointer(start: bytes, count: byteCount), bytes: bytes, build: build,
      shift: shift)
    second.marks = marks.baseAddress
    second.purpose = .mark
    let floor = Int(entry.pointee.fixedEnd) + shift
    second.mark(0, floor)
    second.level(
      entry.pointee.body, base: shift, floor: floor, end: byteCount, Report(opcode: 0), &findings)
    return second.isBroken
  }

  private mutating func mark(_ start: Int, _ stop: Int) {
    guard let marks else { return }
    var at = start
    while at < stop {
      // Safety: regions end inside the packet, and there is a bit for each of its bytes.
      let bit = UInt64(1) << UInt64(at & 63)
      if marks[at >> 6] & bit != 0 {
        isBroken = true
        return
      }
      marks[at >> 6] |= bit
      at += 1
    }
  }

  // MARK: Verdicts

  /// The structure is broken here: nothing behind can be trusted.
  mutating func fault(
    _ step: Instruction, _ report: Report, at offset: Int, _ count: Int,
    _ findings: inout FindingBuffer
  ) {
    isBroken = true
    guard purpose == .judge else { return }
    var report = report
    report.field = step.field
    _ = breaks(build.pointee.structure[.references], report, at: offset, count, &findings)
  }

  mutating func limit(
    _ step: Instruction, _ report: Report, at offset: Int, _ count: Int,
    _ findings: inout FindingBuffer
  ) {
    guard purpose == .judge, step.a >= 0, current.count > step.a else { return }
    var report = report
    report.field = step.field
    _ = breaks(step.rule, report, at: offset, count, &findings)
  }

  /// Reports that a rule is broken. - Returns: whether the walk goes on.
  mutating func breaks(
    _ rule: UInt16, _ report: Report, at offset: Int, _ count: Int,
    _ findings: inout FindingBuffer
  ) -> Bool {
    guard rule != Instruction.noRule, refusal == nil else { return refusal == nil }
    let response = build.pointee.responses[Int(rule)]
    guard response != .ignore else { return true }
    let word = Int(rule >> 6) & 3
    let bit = UInt64(1) << UInt64(rule & 63)
    if reported[word] & bit == 0 {
      reported[word] |= bit
      findings.append(
        Finding(
          rule: rule, isEnforced: response != .shadow, opcode: report.opcode,
          direction: .toBackend, field: report.field, offset: UInt16(clamping: offset),
          byteCount: UInt16(clamping: count)))
    }
    switch response {
    case .ignore, .shadow, .count: return true
    case .fix:
      needsRepair = true
      return true
    case .discard, .close, .ban, .delay, .coalesce:
      refusal = rule
      return false
    }
  }

  @inline(__always)
  func word(_ offset: Int) -> UInt16 {
    // Safety: callers read references in fixed parts, and links, that were found to lie inside.
    bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
  }

  /// Where the bytes that an instruction looked at lie.
  private func place(_ step: Instruction, _ base: Int) -> (offset: Int, count: Int) {
    switch step.code {
    case .count, .text, .wellFormed: (current.start, 2 * current.count)
    case .finite, .magnitude: (base + Int(step.offset), 4 * Int(step.extra))
    case .finiteDouble: (base + Int(step.offset), 8)
    default: (base + Int(step.offset), step.kind.bytes)
    }
  }
}
