import MystelWire

/// Whether a packet is harmless to a server that trusts it: a second opinion, written for clarity
/// and not for speed, that shares no code with the inspection.
struct SlowChecker {
  private let bytes: [UInt8]
  private let shift: Int
  /// Who claims each byte.
  private var owners: [Int: String] = [:]

  /// - Returns: what is wrong; nil where nothing is.
  static func fault(in bytes: [UInt8], _ layout: PacketLayout, mayBeStamped: Bool) -> String? {
    let plain = fault(in: bytes, layout, shift: 0)
    guard plain != nil, mayBeStamped else { return plain }
    return fault(in: bytes, layout, shift: 8) == nil ? nil : plain
  }

  private static func fault(in bytes: [UInt8], _ layout: PacketLayout, shift: Int) -> String? {
    guard bytes.count >= 4, Int(bytes[0]) + 256 * Int(bytes[1]) == bytes.count else {
      return "the length field is wrong"
    }
    guard bytes.count >= layout.body.fixedEnd + shift else { return "the fixed part is cut" }
    var checker = SlowChecker(bytes: bytes, shift: shift)
    if let fault = checker.claim(0, layout.body.fixedEnd + shift, "fixed part") { return fault }
    return checker.level(layout.body, at: shift, end: bytes.count, path: layout.name)
  }

  private init(bytes: [UInt8], shift: Int) {
    self.bytes = bytes
    self.shift = shift
  }

  private mutating func claim(_ from: Int, _ to: Int, _ name: String) -> String? {
    guard from >= 0, to <= bytes.count, from <= to else { return "\(name) lies outside" }
    for index in from..<to {
      if let other = owners[index] { return "\(name) overlaps \(other)" }
      owners[index] = name
    }
    return nil
  }

  private func word(_ at: Int) -> Int { Int(bytes[at]) + 256 * Int(bytes[at + 1]) }

  private mutating func level(
    _ level: LayoutLevel, at base: Int, end: Int, path: String
  ) -> String? {
    for field in level.fields {
      let name = "\(path).\(field.name)"
      let place = base + field.offset
      let fault: String?
      switch field.kind {
      case .f32: fault = finite(place, 1, name)
      case .vec3, .angles: fault = finite(place, 3, name)
      case .string: fault = string(place, base + level.fixedEnd, end, name)
      case .bytes: fault = raw(place, base + level.fixedEnd, end, name)
      case .array(let inner): fault = array(inner, place, base + level.fixedEnd, end, name)
      default: fault = nil
      }
      if let fault { return fault }
    }
    return nil
  }

  private func finite(_ place: Int, _ count: Int, _ name: String) -> String? {
    for index in 0..<count {
      let at = place + 4 * index
      let exponent = (Int(bytes[at + 3]) & 0x7f) << 1 | Int(bytes[at + 2]) >> 7
      if exponent == 0xff { return "\(name) is not finite" }
    }
    return nil
  }

  private mutating func string(_ place: Int, _ floor: Int, _ end: Int, _ name: String) -> String? {
    let start = word(place)
    guard start >= floor, start < end else { return "\(name) points outside" }
    var at = start
    while at + 1 < end {
      if bytes[at] == 0, bytes[at + 1] == 0 { return claim(start, at + 2, name) }
      at += 2
    }
    return "\(name) has no end"
  }

  private mutating func raw(_ place: Int, _ floor: Int, _ end: Int, _ name: String) -> String? {
    let (start, count) = (word(place), word(place + 2))
    guard count > 0 else { return nil }
    guard start >= floor, start + count <= end else { return "\(name) points outside" }
    return claim(start, start + count, name)
  }

  private mutating func array(
    _ inner: LayoutLevel, _ place: Int, _ floor: Int, _ end: Int, _ name: String
  ) -> String? {
    let count = word(place)
    var here = word(place + 2)
    for index in 0..<count {
      guard here >= floor, here + inner.fixedEnd <= end else { return "\(name) runs outside" }
      guard word(here) == here else { return "\(name)[\(index)] is not where it says" }
      let next = word(here + 2)
      guard (next == 0) == (index == count - 1) else { return "\(name) is miscounted" }
      if let fault = claim(here, here + inner.fixedEnd, "\(name)[\(index)]") { return fault }
      let limit = next == 0 ? end : next
      guard limit >= here + inner.fixedEnd else { return "\(name) goes back" }
      if let fault = level(inner, at: here, end: limit, path: "\(name)[\(index)]") {
        return fault
      }
      here = next
    }
    return nil
  }
}
