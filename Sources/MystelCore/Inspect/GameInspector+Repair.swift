import MystelWire

/// Putting packets right.
extension GameInspector {
  @inline(never)
  mutating func repair(
    _ bytes: UnsafeRawBufferPointer, _ start: UnsafeRawPointer, _ opcode: UInt16,
    _ entry: UnsafePointer<PacketEntry>, _ walk: borrowing PacketWalk, shift: Int,
    _ tables: UnsafePointer<BuildTables>,
    _ outlet: inout PacketOutlet
  ) -> Verdict {
    let from = outlet.replacement.count
    var repair = PacketRepair(bytes, bytes: start, build: tables, shift: shift)
    let trailing = tables.pointee.structure[.trailing]
    let isKept = trailing == Instruction.noRule || tables.pointee.responses[Int(trailing)] != .fix
    let rest = isKept && walk.dataEnd < bytes.count ? walk.dataEnd..<bytes.count : nil
    guard repair.run(entry, trailing: rest, outlet: &outlet),
      restamp(bytes, from: from, shift: shift, &outlet.replacement)
    else { return .drop(.fixImpossible) }
    let made = UnsafeRawBufferPointer(rebasing: outlet.replacement.unsafeBytes[from...])
    guard let madeStart = made.baseAddress else { return .drop(.fixImpossible) }
    var second = PacketWalk(made, bytes: madeStart, build: tables, shift: shift)
    let outcome = second.run(
      entry, opcode: opcode, findings: &outlet.findings, marks: &outlet.marks)
    guard outcome == .sound else {
      outlet.replacement.cut(to: from)
      if case .refused(let rule) = outcome { return verdict(rule, tables) }
      return .drop(.fixImpossible)
    }
    apply(entry.pointee.effects, made, entry, shift: shift, tables)
    return .rewrite
  }

  /// A changed packet needs a hash of its own. - Returns: false where it cannot be known.
  private func restamp(
    _ original: UnsafeRawBufferPointer, from: Int, shift: Int, _ output: inout ScratchBuffer
  ) -> Bool {
    guard shift > 0, let start = original.baseAddress else { return true }
    let hash = start.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
    guard hash != 0 else { return true }
    guard state.integritySeed != 0 else { return false }
    let old = RawSpan(_unsafeBytes: original)
    let new = RawSpan(
      _unsafeBytes: UnsafeRawBufferPointer(
        rebasing: output.unsafeBytes[from...]))
    let seeds: [Integrity.Seed] = [
      .unsigned(state.integritySeed), .signed(Int32(bitPattern: state.integritySeed)),
    ]
    for seed in seeds {
      guard let view = PacketView(old), Integrity.hash(of: view, seed: seed) == hash,
        let made = PacketView(new), let stamp = Integrity.hash(of: made, seed: seed)
      else { continue }
      output.mutableBytes.storeBytes(of: stamp, toByteOffset: from + 8, as: UInt32.self)
      return true
    }
    return false
  }
}
