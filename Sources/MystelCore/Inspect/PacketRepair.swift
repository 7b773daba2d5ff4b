import MystelWire

/// Writes a packet anew, as a canonical writer would have, with what broke `fix` rules put right.
///
/// The packet must have been walked and found sound but for that. Works in scratch memory.
struct PacketRepair: ~Copyable {
  private let source: UnsafeRawBufferPointer
  private let bytes: UnsafeRawPointer
  private let build: UnsafePointer<BuildTables>
  private let shift: Int
  /// Set when something cannot be repaired.
  private var hasFailed = false
  /// Judges single values, as the walk did.
  private var judge: PacketWalk

  // Safety: `packet` stays valid while this lives, which is within one call of `inspect`.
  init(
    _ packet: UnsafeRawBufferPointer, bytes: UnsafeRawPointer, build: UnsafePointer<BuildTables>,
    shift: Int
  ) {
    source = packet
    self.bytes = bytes
    self.build = build
    self.shift = shift
    judge = PacketWalk(packet, bytes: bytes, build: build, shift: shift)
  }

  /// Writes the repaired packet to the end of `outlet.replacement`.
  ///
  /// - Returns: false, and nothing written, where the result would be too long or cannot be.
  mutating func run(
    _ entry: UnsafePointer<PacketEntry>, trailing: Range<Int>?, outlet: inout PacketOutlet
  ) -> Bool {
    let start = outlet.replacement.count
    let fixed = Int(entry.pointee.fixedEnd) + shift
    outlet.replacement.append(UnsafeRawBufferPointer(rebasing: source[0..<fixed]))
    level(
      entry.pointee.body, from: shift, to: start + shift, end: source.count, origin: start, &outlet)
    if let trailing {
      outlet.replacement.append(UnsafeRawBufferPointer(rebasing: source[trailing]))
    }
    let count = outlet.replacement.count - start
    guard !hasFailed, count <= PacketView.maximumBytes else {
      outlet.replacement.cut(to: start)
      return false
    }
    store(UInt16(count), at: start, &outlet.replacement)
    return true
  }

  /// Repairs a level whose fixed part was copied. `from` and `to` are where its offsets count from,
  /// before and after; `origin` is where the new packet starts.
  private mutating func level(
    _ range: ProgramRange, from: Int, to: Int, end: Int, origin: Int,
    _ outlet: inout PacketOutlet
  ) {
    var at = Int(range.start)
    let stop = at + Int(range.count)
    while at < stop, !hasFailed {
      // Safety: ranges come from the compiler, which keeps them inside the program.
      let step = build.pointee.program[at]
      at += 1
      switch step.code {
      case .string:
        link(to + Int(step.offset), origin, &outlet.replacement)
        let conditions = ProgramRange(start: UInt32(at), count: UInt16(clamping: stop - at))
        text(step, conditions, from: from, end: end, &outlet)
      case .bytes:
        byteRun(step, from: from, to: to, origin: origin, &outlet.replacement)
      case .array:
        var list = List(step, at: at, from: from, to: to, bytes)
        while list.remaining > 0, !hasFailed { element(&list, end: end, origin, &outlet) }
        at += Int(step.skip)
      case .interleaved:
        pair(at, from: from, to: to, end: end, origin: origin, &outlet)
        at += Int(step.skip)
      default:
        // Texts were put right where they were written; arrays cannot be.
        guard !step.code.isAboutText, isFixed(step.rule), !judge.holds(step, from) else {
          continue
        }
        patch(step, from: from, to: to, &outlet.replacement)
      }
    }
  }

  private func isFixed(_ rule: UInt16) -> Bool {
    rule != Instruction.noRule && build.pointee.responses[Int(rule)] == .fix
  }

  // MARK: Values

  private mutating func patch(
    _ step: Instruction, from: Int, to: Int, _ output: inout ScratchBuffer
  ) {
    // Safety: the fixed part was copied whole, so every field in it lies inside the content.
    guard let target = output.mutableBytes.baseAddress else { return }
    let offset = to + Int(step.offset)
    let value = step.kind.load(bytes, from + Int(step.offset))
    switch step.code {
    case .range: step.kind.store(min(max(value, step.a), step.b), target, offset)
    case .oneOf, .oneOfSmall: step.kind.store(step.b, target, offset)
    case .multiple: step.kind.store(value - value % step.a, target, offset)
    case .bool: target.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
    case .finite, .magnitude:
      for index in 0..<Int(step.extra) {
        var single = step
        single.extra = 1
        single.offset = step.offset + UInt16(4 * index)
        guard !judge.holds(single, from) else { continue }
        target.storeBytes(of: 0, toByteOffset: offset + 4 * index, as: UInt32.self)
      }
    case .finiteDouble: target.storeBytes(of: 0, toByteOffset: offset, as: UInt64.self)
    case .notEqual, .atMost, .oneIsZero, .productAtMost: hasFailed = true
    case .string, .bytes, .array, .interleaved, .count, .text, .wellFormed, .privilege, .length,
      .rate,
      .needs, .state, .set, .clear, .track:
      break
    }
  }

  // MARK: References

  private mutating func byteRun(
    _ step: Instruction, from: Int, to: Int, origin: Int, _ output: inout ScratchBuffer
  ) {
    let start = Int(word(from + Int(step.offset)))
    let count = Int(word(from + Int(step.offset) + 2))
    // Writers differ in the offset of bytes that are empty; a 0 stays.
    if start > 0 { link(to + Int(step.offset), origin, &output) }
    guard count > 0 else { return }
    guard start + count <= source.count else { return hasFailed = true }
    output.append(UnsafeRawBufferPointer(rebasing: source[start..<(start + count)]))
    if step.a >= 0, count > step.a, isFixed(step.rule) { hasFailed = true }
  }

  private mutating func text(
    _ step: Instruction, _ conditions: ProgramRange, from: Int, end: Int,
    _ outlet: inout PacketOutlet
  ) {
    let start = Int(word(from + Int(step.offset)))
    guard start <= end, end <= source.count else { return hasFailed = true }
    let found = TextScan.length(bytes, from: start, end: end)
    judge.current = .init(start: start, count: found.units)
    outlet.text.removeAll()
    outlet.text.append(
      UnsafeRawBufferPointer(rebasing: source[start..<(start + 2 * found.units)]))
    if step.a >= 0, isFixed(step.rule) { cut(units: Int(step.a), &outlet) }
    for index in Int(conditions.start)..<(Int(conditions.start) + Int(conditions.count)) {
      let condition = build.pointee.program[index]
      guard condition.code.isAboutText else { break }
      guard isFixed(condition.rule), !judge.holds(condition, from) else { continue }
      apply(condition, &outlet)
    }
    // A repair may have left more than one condition allows, or uncovered something new.
    outlet.replacement.append(outlet.text.unsafeBytes)
    outlet.replacement.append(unit: 0)
  }

  private mutating func apply(_ condition: Instruction, _ outlet: inout PacketOutlet) {
    outlet.cleanText.removeAll()
    switch condition.code {
    case .wellFormed: TextScan.wellForm(outlet.text.unsafeBytes, into: &outlet.cleanText)
    case .text:
      Rule.TextForm.allCases[Int(condition.a)].clean(
        outlet.text.unsafeBytes, into: &outlet.cleanText)
    default:
      guard outlet.text.count / 2 >= condition.a else { return hasFailed = true }
      cut(units: Int(condition.b), &outlet)
      return
    }
    swap(&outlet.text, &outlet.cleanText)
  }

  private func cut(units: Int, _ outlet: inout PacketOutlet) {
    outlet.text.cut(to: TextScan.prefix(outlet.text.unsafeBytes, units: units).count)
  }

  // MARK: Arrays

  /// An array being copied.
  private struct List {
    let inner: ProgramRange
    let elementBytes: Int
    var position: Int
    var remaining: Int
    /// Where the offset of the next element is to be written.
    var link: Int

    init(_ step: Instruction, at: Int, from: Int, to: Int, _ bytes: UnsafeRawPointer) {
      inner = ProgramRange(start: UInt32(at), count: step.skip)
      elementBytes = Int(step.extra)
      let place = from + Int(step.offset)
      // Safety: the reference lies in a fixed part that the walk found inside the packet.
      remaining = Int(bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))
      position = Int(bytes.loadUnaligned(fromByteOffset: place + 2, as: UInt16.self))
      link = to + Int(step.offset) + 2
    }
  }

  private mutating func element(
    _ list: inout List, end: Int, _ origin: Int, _ outlet: inout PacketOutlet
  ) {
    let here = list.position
    guard here + list.elementBytes <= source.count else { return hasFailed = true }
    let next = Int(word(here + 2))
    let to = outlet.replacement.count
    link(list.link, origin, &outlet.replacement)
    outlet.replacement.append(
      UnsafeRawBufferPointer(rebasing: source[here..<(here + list.elementBytes)]))
    store(UInt16(clamping: to - origin), at: to, &outlet.replacement)
    store(0, at: to + 2, &outlet.replacement)
    list.link = to + 2
    list.position = next
    list.remaining -= 1
    let limit = next == 0 ? end : next
    level(list.inner, from: here, to: to, end: limit, origin: origin, &outlet)
  }

  private mutating func pair(
    _ at: Int, from: Int, to: Int, end: Int, origin: Int, _ outlet: inout PacketOutlet
  ) {
    var rightAt = at + 1 + Int(build.pointee.program[at].skip)
    while build.pointee.program[rightAt].code != .array { rightAt += 1 }
    var first = List(build.pointee.program[at], at: at + 1, from: from, to: to, bytes)
    var second = List(build.pointee.program[rightAt], at: rightAt + 1, from: from, to: to, bytes)
    while first.remaining > 0 || second.remaining > 0, !hasFailed {
      if second.remaining == 0 || (first.remaining > 0 && first.position < second.position) {
        element(&first, end: end, origin, &outlet)
      } else {
        element(&second, end: end, origin, &outlet)
      }
    }
  }

  // MARK: Words

  /// Writes the end of the packet so far into the reference at `place`.
  private mutating func link(_ place: Int, _ origin: Int, _ output: inout ScratchBuffer) {
    let target = output.count - origin
    guard target <= PacketView.maximumBytes else { return hasFailed = true }
    store(UInt16(target), at: place, &output)
  }

  private func store(_ value: UInt16, at place: Int, _ output: inout ScratchBuffer) {
    output.mutableBytes.storeBytes(of: value, toByteOffset: place, as: UInt16.self)
  }

  private func word(_ offset: Int) -> UInt16 {
    // Safety: references and links were found inside the packet by the walk.
    bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
  }
}

extension Instruction.Code {
  /// Whether it judges the text of the `string` instruction before it.
  var isAboutText: Bool {
    switch self {
    case .count, .text, .wellFormed: true
    default: false
    }
  }
}
