import MystelCore
import MystelWire

/// A packet in words, for operators.
package enum PackText {
  /// - Parameter packs: builds that have the packet.
  package static func text(of name: String, in packs: [BuildPack]) -> String {
    var lines = [name, ""]
    for pack in packs {
      lines.append("build \(pack.build) (\(pack.label)): opcode \(pack.opcodes[name] ?? 0)")
    }
    // Builds of one patch share a layout; each different one is shown once.
    var shown: [PacketTraits] = []
    for pack in packs {
      let traits = pack.packets[name] ?? PacketTraits()
      guard !shown.contains(traits) else { continue }
      shown.append(traits)
      lines += ["", "as of \(pack.label):"] + describe(traits, isClients: name.hasPrefix("C_"))
    }
    return lines.joined(separator: "\n")
  }

  private static func describe(_ traits: PacketTraits, isClients: Bool) -> [String] {
    var lines: [String] = []
    if isClients {
      let phases = GamePhase.allCases.filter { traits.phases.contains(PhaseSet($0)) }
      lines.append("  may be sent in  \(phases.map { "\($0)" }.joined(separator: ", "))")
    }
    if let lengths = traits.lengths {
      lines.append("  length          \(lengths.lowerBound) to \(lengths.upperBound) bytes")
    }
    switch traits.integrity {
    case .absent: break
    case .possible:
      lines.append("  integrity       with or without 8 bytes of count and hash behind the opcode")
    case .required:
      lines.append("  integrity       8 bytes of count and hash behind the opcode")
    }
    guard let layout = traits.layout else { return lines + ["  its fields are not known"] }
    lines.append("  at least        \(layout.body.fixedEnd) bytes")
    return lines + fields(layout.body, indent: "  ")
  }

  private static func fields(_ level: LayoutLevel, indent: String) -> [String] {
    level.fields.flatMap { field -> [String] in
      var line =
        "\(indent)@\(field.offset) \(field.name.isEmpty ? "-" : field.name): \(field.kind.word)"
      if let limit = field.limit { line += ", at most \(limit)" }
      if field.isInterleaved { line += ", taking turns" }
      guard case .array(let level) = field.kind else { return [line] }
      return [line] + fields(level, indent: indent + "  ")
    }
  }
}
