import MystelCore
import MystelWire

/// Says whether a client's packet can harm a server, without sharing a line with what inspects
/// packets: a tree walk over copies that paints every byte with the field that owns it.
///
/// Slow, and meant to be obvious.
struct SlowChecker {
  /// What is wrong with a packet.
  enum Complaint: Hashable, Sendable {
    /// The length field is not the packet's length.
    case framing
    /// Not an opcode of the build's clients.
    case opcode
    /// Shorter than the fixed part, or not of a length that the pack allows.
    case length
    /// A reference leads out of the packet.
    case outside
    /// Two fields own the same byte.
    case overlap
    /// Elements that are not where they say, or that miss their count.
    case links
    case unterminated
    case notFinite
    /// Not dangerous to a server, but nothing that `strict` lets through.
    case badText, badBool, overLimit, gap
  }

  /// A place in a sound packet that an attacker would change.
  struct Landmark: Equatable, Sendable {
    enum Kind: Sendable { case offset, count, here, next, float, bool }
    var kind: Kind
    var at: Int
  }

  private let packet: [UInt8]
  /// Whether a field owns each byte.
  private var painted: [Bool]
  private var complaints: Set<Complaint> = []
  private var landmarks: [Landmark] = []

  /// What is wrong with a packet, read in the way that leaves less to complain about where it may
  /// carry an integrity header.
  static func complaints(
    about packet: [UInt8], in pack: BuildPack
  ) -> Set<Complaint> {
    // Bytes that belong to no field hurt less than anything else.
    let gentlest = readings(packet, pack).map(\.complaints).min { left, right in
      let harms = (left.subtracting([.gap]).count, right.subtracting([.gap]).count)
      return harms.0 == harms.1 ? left.count < right.count : harms.0 < harms.1
    }
    return gentlest ?? [.opcode]
  }

  /// The places of a sound packet; none of others.
  static func landmarks(of packet: [UInt8], in pack: BuildPack) -> [Landmark] {
    readings(packet, pack).first { $0.complaints.isEmpty }?.landmarks ?? []
  }

  private static func readings(_ packet: [UInt8], _ pack: BuildPack) -> [SlowChecker] {
    guard packet.count >= 4 else { return [] }
    let opcode = Int(packet[2]) + 256 * Int(packet[3])
    let name = pack.opcodes.first { Int($0.value) == opcode }?.key
    guard let name, name.hasPrefix("C_") else { return [] }
    let traits = pack.packets[name] ?? PacketTraits()
    let shifts =
      switch traits.integrity {
      case .absent: [0]
      case .possible: [0, 8]
      case .required: [8]
      }
    return shifts.map { shift in
      var checker = SlowChecker(packet)
      checker.check(traits, shift: shift)
      return checker
    }
  }

  private init(_ packet: [UInt8]) {
    self.packet = packet
    painted = [Bool](repeating: false, count: packet.count)
  }

  private mutating func check(_ traits: PacketTraits, shift: Int) {
    if word(0) != packet.count { complaints.insert(.framing) }
    if let lengths = traits.lengths, !lengths.contains(packet.count - shift) {
      complaints.insert(.length)
    }
    guard let layout = traits.layout else { return }
    guard packet.count >= layout.body.fixedEnd + shift else {
      complaints.insert(.length)
      return
    }
    paint(0, layout.body.fixedEnd + shift)
    visit(layout.body, at: shift)
    if painted.contains(false) { complaints.insert(.gap) }
  }

  // MARK: Bytes

  private func word(_ at: Int) -> Int { Int(packet[at]) + 256 * Int(packet[at + 1]) }

  /// Takes bytes for a field. - Returns: false where they are not there or not free.
  @discardableResult
  private mutating func paint(_ from: Int, _ to: Int) -> Bool {
    guard from >= 0, from <= to, to <= packet.count else {
      complaints.insert(.outside)
      return false
    }
    for at in from..<to {
      guard !painted[at] else {
        complaints.insert(.overlap)
        return false
      }
      painted[at] = true
    }
    return true
  }

  private mutating func remember(_ kind: Landmark.Kind, _ at: Int) {
    landmarks.append(Landmark(kind: kind, at: at))
  }

  // MARK: Fields

  private mutating func visit(_ level: LayoutLevel, at base: Int) {
    for field in level.fields {
      let at = base + field.offset
      switch field.kind {
      case .bool:
        remember(.bool, at)
        if packet[at] > 1 { complaints.insert(.badBool) }
      case .f32: float(at)
      case .f64:
        let high = UInt32(word(at + 4)) + 65536 * UInt32(word(at + 6))
        if high % 0x8000_0000 >= 0x7ff0_0000 { complaints.insert(.notFinite) }
      case .vec3, .angles:
        for axis in 0..<3 { float(at + 4 * axis) }
      case .string: text(field, at)
      case .bytes: blob(field, at)
      case .array(let level): list(field, level, at)
      case .u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64, .angle, .skill, .narrowSkill,
        .appearance:
        continue
      }
    }
  }

  private mutating func float(_ at: Int) {
    remember(.float, at)
    // The exponent is all ones in NaN and infinity.
    if word(at + 2) % 0x8000 >= 0x7f80 { complaints.insert(.notFinite) }
  }

  private mutating func text(_ field: LayoutField, _ at: Int) {
    remember(.offset, at)
    let start = word(at)
    var units: [UInt16] = []
    var end = start
    while end + 2 <= packet.count, word(end) != 0 {
      units.append(UInt16(word(end)))
      end += 2
    }
    guard end + 2 <= packet.count else {
      complaints.insert(start < packet.count ? .unterminated : .outside)
      return
    }
    guard paint(start, end + 2) else { return }
    if let limit = field.limit, units.count > limit { complaints.insert(.overLimit) }
    if !Self.isHealthy(units) { complaints.insert(.badText) }
  }

  private mutating func blob(_ field: LayoutField, _ at: Int) {
    remember(.offset, at)
    remember(.count, at + 2)
    let (start, count) = (word(at), word(at + 2))
    guard count > 0 else {
      if start > packet.count { complaints.insert(.outside) }
      return
    }
    guard paint(start, start + count) else { return }
    if let limit = field.limit, count > limit { complaints.insert(.overLimit) }
  }

  private mutating func list(_ field: LayoutField, _ level: LayoutLevel, _ at: Int) {
    remember(.count, at)
    remember(.offset, at + 2)
    let count = word(at)
    var here = word(at + 2)
    var seen: [Int] = []
    // As servers do that trust the links and not the count.
    while here != 0 {
      guard paint(here, here + level.fixedEnd) else { return }
      guard word(here) == here else {
        complaints.insert(.links)
        return
      }
      remember(.here, here)
      remember(.next, here + 2)
      seen.append(here)
      here = word(here + 2)
    }
    if seen.count != count { complaints.insert(.links) }
    if let limit = field.limit, count > limit { complaints.insert(.overLimit) }
    for element in seen { visit(level, at: element) }
  }

  private static func isHealthy(_ units: [UInt16]) -> Bool {
    guard let text = String(validating: units, as: UTF16.self) else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
      if ["\t", "\n", "\r"].contains(scalar) { return true }
      let isBasic = scalar.value < 0x10000
      return scalar.properties.generalCategory != .control && scalar != "\u{feff}"
        && !(isBasic && scalar.properties.isNoncharacterCodePoint)
    }
  }
}
