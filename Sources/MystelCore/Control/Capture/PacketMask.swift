import MystelWire

/// Takes out of packets what players wrote, and what lets somebody log in as them.
package enum PacketMask {
  /// What stands for every character and byte that was taken out.
  private static let stroke = UInt8(ascii: "x")

  /// A packet with its texts and raw bytes struck out; its length and its structure stay. Where no layout
  /// says what is in it, nothing of its body is left.
  package static func masked(_ packet: ArraySlice<UInt8>, build: BuildPolicy?) -> [UInt8] {
    var bytes = Array(packet)
    guard bytes.count > 4 else { return bytes }
    let opcode = UInt16(bytes[2]) | UInt16(bytes[3]) << 8
    guard let name = build?.names[opcode], let layout = build?.pack.packets[name]?.layout else {
      for index in 4..<bytes.count { bytes[index] = 0 }
      return bytes
    }
    let content = PacketContent(Array(packet), build: build, leavingOut: .nothing)
    let shift = content.stamp == nil ? 0 : PacketView.integrityHeaderBytes - 4
    var budget = bytes.count
    strike(layout.body, at: shift, &bytes, &budget)
    return bytes
  }

  /// Strikes out a level's texts.
  ///
  /// - Parameters:
  ///   - start: what is added to the places of the level's fields.
  ///   - budget: how many more fields and elements are looked at: a hostile packet's elements may lead
  ///     back to themselves.
  private static func strike(
    _ level: LayoutLevel, at start: Int, _ bytes: inout [UInt8], _ budget: inout Int
  ) {
    for field in level.fields where field.kind.isReference {
      budget -= 1
      guard budget > 0 else { return }
      let place = start + field.offset
      switch field.kind {
      case .string:
        guard let offset = word(bytes, place) else { continue }
        strikeText(from: offset, &bytes)
      case .bytes:
        guard let offset = word(bytes, place), let count = word(bytes, place + 2) else { continue }
        for index in bytes.indices.dropFirst(max(4, offset)).prefix(count) {
          bytes[index] = stroke
        }
      case .array(let inner):
        var next = word(bytes, place + 2) ?? 0
        while next >= 4, budget > 0 {
          budget -= 1
          strike(inner, at: next, &bytes, &budget)
          next = word(bytes, next + 2) ?? 0
        }
      default: continue
      }
    }
  }

  private static func strikeText(from offset: Int, _ bytes: inout [UInt8]) {
    var at = offset
    while at >= 4, let unit = word(bytes, at), unit != 0 {
      bytes[at] = stroke
      bytes[at + 1] = 0
      at += 2
    }
  }

  private static func word(_ bytes: [UInt8], _ at: Int) -> Int? {
    guard at >= 4, at + 1 < bytes.count else { return nil }
    return Int(bytes[at]) | Int(bytes[at + 1]) << 8
  }
}
