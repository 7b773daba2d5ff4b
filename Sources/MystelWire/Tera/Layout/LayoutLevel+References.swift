extension LayoutLevel.Builder {
  /// A line that says where a reference stands: behind the first `position` fields.
  struct ReferenceLine {
    /// The field that the reference is of.
    var name: String
    var position: Int
    /// Where the line stands in its file.
    var line: Int
  }

  /// Where lines put the references of a level.
  struct Placement {
    /// Values in their order, references where lines put them.
    var slots: [Slot] = []
    /// Lines that name no reference of the level, or one that was placed before.
    var wrong: [ReferenceLine] = []
    /// References that no line names.
    var missing: [Int] = []
  }

  /// Places the references of `entries`; `lines` are in the order of the file.
  static func place(_ entries: [Entry], _ lines: [ReferenceLine]) -> Placement {
    var placement = Placement()
    var unplaced: [String: Int] = [:]
    for (index, entry) in entries.enumerated() where entry.kind.isReference {
      unplaced[entry.name] = index
    }
    var rest = lines[...]
    for position in 0...entries.count {
      while let line = rest.first, line.position <= position {
        rest.removeFirst()
        if let index = unplaced.removeValue(forKey: line.name) {
          placement.slots.append(.reference(index))
        } else {
          placement.wrong.append(line)
        }
      }
      if position < entries.count, !entries[position].kind.isReference {
        placement.slots.append(.field(position))
      }
    }
    placement.missing = unplaced.values.sorted()
    return placement
  }
}
