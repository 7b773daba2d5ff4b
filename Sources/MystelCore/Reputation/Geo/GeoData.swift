/// A data section of a MaxMind DB file: values that are found by the keys that lead to them.
struct GeoData: Sendable {
  let bytes: [UInt8]
  /// What pointers count from, and where the section ends.
  let section: Range<Int>

  /// Values looked at before a look-up gives up. Records of city files have fewer than 200.
  private static let mostSteps = 4096
  /// Values in values that are skipped.
  private static let deepest = 16
  private static let longestText = 255

  private enum Kind {
    static let pointer = 1
    static let text = 2
    static let double = 3
    static let blob = 4
    static let uint16 = 5
    static let uint32 = 6
    static let map = 7
    static let int32 = 8
    static let uint64 = 9
    static let uint128 = 10
    static let array = 11
    static let boolean = 14
    static let float = 15
  }

  /// The head of a value: what it is, how long, and where the rest of it begins.
  private struct Head {
    var kind: Int
    /// Bytes, or for maps and arrays entries; for a pointer where it leads.
    var size: Int
    var body: Int
  }

  /// The text at the end of a path of keys, from a place in the section.
  func text(_ path: [String], at place: Int) -> String? {
    guard let head = find(path, place), head.kind == Kind.text, head.size <= GeoData.longestText,
      let range = range(head.body, head.size)
    else { return nil }
    return String(validating: bytes[range], as: UTF8.self)
  }

  /// The number without sign at the end of a path of keys, from a place in the section.
  func number(_ path: [String], at place: Int) -> UInt64? {
    guard let head = find(path, place),
      [Kind.uint16, Kind.uint32, Kind.uint64].contains(head.kind), head.size <= 8,
      let range = range(head.body, head.size)
    else { return nil }
    return bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
  }

  // MARK: Walking

  private func find(_ path: [String], _ place: Int) -> Head? {
    guard let start = offset(place) else { return nil }
    var steps = GeoData.mostSteps
    guard var head = resolved(start) else { return nil }
    for key in path {
      guard head.kind == Kind.map, let value = value(of: key, in: head, &steps),
        let next = resolved(value)
      else { return nil }
      head = next
    }
    return head
  }

  /// Where the value of a key begins.
  private func value(of key: String, in map: Head, _ steps: inout Int) -> Int? {
    var at = map.body
    for _ in 0..<map.size {
      guard steps > 0, let name = resolved(at), name.kind == Kind.text,
        let afterName = end(of: at, depth: 0, &steps)
      else { return nil }
      if name.size == key.utf8.count, let range = range(name.body, name.size),
        bytes[range].elementsEqual(key.utf8)
      {
        return afterName
      }
      guard let afterValue = end(of: afterName, depth: 0, &steps) else { return nil }
      at = afterValue
    }
    return nil
  }

  /// The head of a value, or of the one a pointer leads to. A pointer to a pointer is no value.
  private func resolved(_ at: Int) -> Head? {
    guard let head = head(at), head.kind == Kind.pointer else { return head(at) }
    guard let target = offset(head.size), let value = self.head(target),
      value.kind != Kind.pointer
    else { return nil }
    return value
  }

  /// Where a value ends. Pointers are not followed.
  private func end(of at: Int, depth: Int, _ steps: inout Int) -> Int? {
    steps -= 1
    guard steps > 0, depth < GeoData.deepest, let head = head(at) else { return nil }
    switch head.kind {
    case Kind.pointer, Kind.boolean:
      return head.body
    case Kind.map, Kind.array:
      var next = head.body
      // The steps end this long before a size that is a lie does.
      for _ in 0..<(head.kind == Kind.map ? head.size * 2 : head.size) {
        guard let end = end(of: next, depth: depth + 1, &steps) else { return nil }
        next = end
      }
      return next
    case Kind.text, Kind.blob, Kind.double, Kind.float, Kind.uint16, Kind.uint32, Kind.uint64,
      Kind.uint128, Kind.int32:
      return range(head.body, head.size)?.upperBound
    default:
      return nil
    }
  }

  // MARK: Bytes

  private func head(_ at: Int) -> Head? {
    guard let control = byte(at) else { return nil }
    var at = at + 1
    var kind = Int(control >> 5)
    if kind == Kind.pointer { return pointer(control, at) }
    if kind == 0 {
      guard let more = byte(at) else { return nil }
      kind = 7 + Int(more)
      at += 1
    }
    let short = Int(control & 31)
    guard short >= 29 else { return Head(kind: kind, size: short, body: at) }
    let count = short - 28
    guard let rest = number(at, count) else { return nil }
    return Head(kind: kind, size: rest + [29, 285, 65821][count - 1], body: at + count)
  }

  private func pointer(_ control: UInt8, _ at: Int) -> Head? {
    let count = Int(control >> 3 & 3) + 1
    guard let rest = number(at, count) else { return nil }
    let high = count == 4 ? 0 : Int(control & 7) << (8 * count)
    return Head(
      kind: Kind.pointer, size: (high | rest) + [0, 2048, 526_336, 0][count - 1], body: at + count)
  }

  private func number(_ at: Int, _ count: Int) -> Int? {
    guard let range = range(at, count) else { return nil }
    return bytes[range].reduce(0) { $0 << 8 | Int($1) }
  }

  private func byte(_ at: Int) -> UInt8? { section.contains(at) ? bytes[at] : nil }

  /// The bytes of a value, if they lie in the section.
  private func range(_ at: Int, _ count: Int) -> Range<Int>? {
    guard at >= section.lowerBound, at <= section.upperBound, count <= section.upperBound - at
    else { return nil }
    return at..<at + count
  }

  /// The place that a pointer names.
  private func offset(_ place: Int) -> Int? {
    place >= 0 && place < section.count ? section.lowerBound + place : nil
  }
}
