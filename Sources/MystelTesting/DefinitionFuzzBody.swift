import MystelWire

/// Reads arbitrary bytes as a layout file, a definition and an opcode file, and checks what must
/// hold for all of them.
///
/// Traps on a violation, as a fuzz body must. The readers themselves must never trap.
package func fuzzDefinition(_ bytes: [UInt8]) {
  let text = String(decoding: bytes, as: UTF8.self)
  let lineCount = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
  for patch in [92, 100] {
    let read = LayoutText.parse(text, patch: patch)
    check(read.problems, lineCount)
    let names = read.declarations.map(\.name)
    precondition(Set(names).count == names.count, "a name is declared twice")
    for declaration in read.declarations { check(declaration) }
  }
  let definition = DefinitionText.parse(text, name: "C_FUZZ")
  check(definition.problems, lineCount)
  if let layout = definition.layout {
    check(PacketDeclaration(name: "C_FUZZ", layout: layout))
    check(layout, packet: bytes)
  }
  let opcodes = OpcodeMapText.parse(text)
  check(opcodes.problems, lineCount)
  precondition(opcodes.opcodes.count <= lineCount, "a line gives one opcode at most")
  precondition(!opcodes.opcodes.values.contains(.max), "a placeholder is no opcode")
}

private func check(_ problems: [LayoutProblem], _ lineCount: Int) {
  precondition(problems.count <= 1000, "more problems than anybody reads")
  for problem in problems {
    precondition((0...lineCount).contains(problem.line), "a problem is on a line of the file")
    precondition(!problem.message.isEmpty, "a problem says what is wrong")
  }
}

/// A declaration must survive writing and reading.
private func check(_ declaration: PacketDeclaration) {
  let read = LayoutText.parse(LayoutText.text(of: declaration), patch: 92)
  precondition(read.problems.isEmpty, "what was written is sound: \(read.problems)")
  var expected = declaration
  expected.line = 1
  precondition(read.declarations == [expected], "what was written is what was meant")
  if let layout = declaration.layout { check(layout.body, end: layout.body.fixedEnd, depth: 1) }
}

/// Fields lie side by side in their level's fixed part.
private func check(_ level: LayoutLevel, end: Int, depth: Int) {
  precondition(depth <= 8, "levels are limited")
  var places = Set<Int>()
  var taken = LayoutLevel.Builder.firstOffset
  for field in level.fields {
    precondition(places.insert(field.offset).inserted, "fields share no place")
    precondition(
      field.offset >= LayoutLevel.Builder.firstOffset
        && field.offset + field.kind.fixedBytes <= end, "a field lies in its level")
    taken += field.kind.fixedBytes
    if case .array(let inner) = field.kind { check(inner, end: inner.fixedEnd, depth: depth + 1) }
  }
  precondition(taken == end, "a level's fixed part has no gap")
}

/// Packets come apart as they were put together, and bytes of others do no harm.
private func check(_ layout: PacketLayout, packet bytes: [UInt8]) {
  guard let empty = try? layout.encode(PacketFields(), opcode: 1) else {
    preconditionFailure("2,048 fields fit into a packet")
  }
  decode(layout, empty, mustBeSound: true)
  guard bytes.count >= PacketView.headerBytes, bytes.count <= PacketView.maximumBytes
  else { return }
  var framed = bytes
  framed[0] = UInt8(truncatingIfNeeded: bytes.count)
  framed[1] = UInt8(truncatingIfNeeded: bytes.count >> 8)
  decode(layout, framed, mustBeSound: false)
  // A packet as long as the layout wants, with references that may lead somewhere.
  framed = empty + bytes
  guard framed.count <= PacketView.maximumBytes else { return }
  for index in 4..<empty.count { framed[index] = bytes[index % bytes.count] & 0x3f }
  framed[0] = UInt8(truncatingIfNeeded: framed.count)
  framed[1] = UInt8(truncatingIfNeeded: framed.count >> 8)
  decode(layout, framed, mustBeSound: false)
}

private func decode(_ layout: PacketLayout, _ bytes: [UInt8], mustBeSound: Bool) {
  guard let packet = PacketView(bytes.span.bytes) else {
    preconditionFailure("a written packet is a packet")
  }
  let read = layout.decode(packet)
  precondition(read.consumedEnd <= bytes.count, "nothing is read behind the packet")
  precondition(read.problem == nil || !mustBeSound, "a written packet is sound")
  precondition(
    "\(read.fields)".unicodeScalars.allSatisfy { $0.value >= 0x20 }, "text controls nothing")
  guard read.problem == nil, let again = try? layout.encode(read.fields, opcode: packet.opcode)
  else { return }
  precondition(!mustBeSound || again == bytes, "a written packet is written the same again")
}
