import MystelWire

/// What the packets of one kind looked like.
package struct PacketProfile: Sendable, Equatable {
  /// Of one float, or one point or direction.
  package struct Field: Sendable, Equatable {
    /// `targets.loc`: as rules write it.
    package let name: String
    package fileprivate(set) var count = 0
    /// All of it was 0.
    package fileprivate(set) var zeros = 0
    /// Some of it was NaN.
    package fileprivate(set) var notNumbers = 0
    /// Some of it was infinite.
    package fileprivate(set) var infinities = 0
  }

  /// Fields that are kept apart; further ones are not looked at.
  package static let mostFields = 64

  /// Nil for opcodes that the build does not have.
  package let name: String?
  package private(set) var count = 0
  package internal(set) var sessions = 0
  /// Who has sent it, of those whose sessions are over.
  package internal(set) var players = PlayerSet()
  package private(set) var lengths = LengthProfile()
  package private(set) var intervals = IntervalProfile()
  package private(set) var fields: [Field] = []
  package internal(set) var stamps = StampProfile()

  init(name: String?) { self.name = name }

  mutating func add(_ byteCount: Int, after nanoseconds: UInt64?) {
    count += 1
    lengths.add(byteCount)
    if let nanoseconds { intervals.add(nanoseconds) }
  }

  mutating func add(_ values: PacketFields, under path: String) {
    for entry in values.entries {
      let name = path.isEmpty || entry.name.isEmpty ? path + entry.name : "\(path).\(entry.name)"
      switch entry.value {
      case .real(let value): add(name, [value])
      case .vector(let value): add(name, [Double(value.x), Double(value.y), Double(value.z)])
      case .elements(let elements): for element in elements { add(element, under: name) }
      case .integer, .unsigned, .bool, .text, .bytes: continue
      }
    }
  }

  /// Takes in packets of the same kind. - Parameter places: of their players.
  mutating func merge(_ other: PacketProfile, _ places: [Int]) {
    count += other.count
    sessions += other.sessions
    players.formUnion(other.players.moved(to: places))
    lengths.merge(other.lengths)
    intervals.merge(other.intervals)
    for field in other.fields {
      guard let index = place(of: field.name) else { continue }
      fields[index].count += field.count
      fields[index].zeros += field.zeros
      fields[index].notNumbers += field.notNumbers
      fields[index].infinities += field.infinities
    }
    stamps.merge(other.stamps)
  }

  private mutating func place(of name: String) -> Int? {
    if let index = fields.firstIndex(where: { $0.name == name }) { return index }
    guard fields.count < Self.mostFields else { return nil }
    fields.append(Field(name: name))
    return fields.count - 1
  }

  private mutating func add(_ name: String, _ parts: [Double]) {
    guard let index = place(of: name) else { return }
    fields[index].count += 1
    if parts.allSatisfy({ $0 == 0 }) { fields[index].zeros += 1 }
    if parts.contains(where: \.isNaN) { fields[index].notNumbers += 1 }
    if parts.contains(where: \.isInfinite) { fields[index].infinities += 1 }
  }
}

/// Lengths of packets, an integrity header not counted, as rules and packs have them.
package struct LengthProfile: Sendable, Equatable {
  /// Lengths that are told apart.
  package static let mostDistinct = 64

  package private(set) var shortest = 0
  package private(set) var longest = 0
  /// How often each of the first lengths was seen.
  package private(set) var counts: [Int: Int] = [:]
  /// Whether there were more lengths than are told apart.
  package private(set) var hasMore = false

  mutating func add(_ byteCount: Int) {
    shortest = counts.isEmpty ? byteCount : min(shortest, byteCount)
    longest = max(longest, byteCount)
    if counts[byteCount] != nil || counts.count < Self.mostDistinct {
      counts[byteCount, default: 0] += 1
    } else {
      hasMore = true
    }
  }

  mutating func merge(_ other: LengthProfile) {
    guard !other.counts.isEmpty else { return }
    shortest = counts.isEmpty ? other.shortest : min(shortest, other.shortest)
    longest = max(longest, other.longest)
    hasMore = hasMore || other.hasMore
    for (length, count) in other.counts.sorted(by: { $0.key < $1.key }) {
      if counts[length] != nil || counts.count < Self.mostDistinct {
        counts[length, default: 0] += count
      } else {
        hasMore = true
      }
    }
  }
}

/// Times between packets of one kind in one session: the shortest exactly, the median to within a
/// quarter.
package struct IntervalProfile: Sendable, Equatable {
  /// Four bins to each doubling of microseconds, up to 2^40 of them: twelve days.
  private static let mostBins = 160

  package private(set) var count = 0
  /// In nanoseconds.
  package private(set) var shortest: UInt64 = 0
  private var bins: [UInt32] = []

  mutating func add(_ nanoseconds: UInt64) {
    shortest = count == 0 ? nanoseconds : min(shortest, nanoseconds)
    count += 1
    let bin = Self.bin(nanoseconds / 1000)
    if bin >= bins.count { bins += [UInt32](repeating: 0, count: bin + 1 - bins.count) }
    bins[bin] = bins[bin] == .max ? .max : bins[bin] + 1
  }

  mutating func merge(_ other: IntervalProfile) {
    guard other.count > 0 else { return }
    shortest = count == 0 ? other.shortest : min(shortest, other.shortest)
    count += other.count
    let more = other.bins.count - bins.count
    if more > 0 { bins += [UInt32](repeating: 0, count: more) }
    for (bin, count) in other.bins.enumerated() {
      let (sum, isTooMuch) = bins[bin].addingReportingOverflow(count)
      bins[bin] = isTooMuch ? .max : sum
    }
  }

  /// In nanoseconds, rounded down to where its bin begins. Nil without an interval.
  package var median: UInt64? {
    var left = bins.reduce(0) { $0 + Int($1) } / 2
    for (bin, count) in bins.enumerated() {
      if left < Int(count) { return max(Self.start(bin) * 1000, shortest) }
      left -= Int(count)
    }
    return nil
  }

  private static func bin(_ microseconds: UInt64) -> Int {
    guard microseconds >= 4 else { return Int(microseconds) }
    let power = 63 - microseconds.leadingZeroBitCount
    return min((power - 1) * 4 + Int(microseconds >> UInt64(power - 2) & 3), mostBins - 1)
  }

  private static func start(_ bin: Int) -> UInt64 {
    guard bin >= 4 else { return UInt64(bin) }
    return UInt64(4 + bin % 4) << UInt64(bin / 4 - 1)
  }
}

/// Integrity headers of packets that may have one: a counter and a hash.
package struct StampProfile: Sendable, Equatable {
  package private(set) var bare = 0
  package private(set) var zeroHashes = 0
  package private(set) var otherHashes = 0
  /// Counters one above the last of the same opcode and session.
  package private(set) var steps = 0
  /// Counters that went another way.
  package private(set) var leaps = 0

  package var stamped: Int { zeroHashes + otherHashes }

  /// - Parameter isNext: nil without a header, and for the session's first.
  mutating func add(_ header: IntegrityHeader?, isNext: Bool?) {
    guard let header else {
      bare += 1
      return
    }
    if header.hash == 0 { zeroHashes += 1 } else { otherHashes += 1 }
    switch isNext {
    case true?: steps += 1
    case false?: leaps += 1
    case nil: break
    }
  }

  mutating func merge(_ other: StampProfile) {
    bare += other.bare
    zeroHashes += other.zeroHashes
    otherHashes += other.otherHashes
    steps += other.steps
    leaps += other.leaps
  }
}

/// What a session sent, as the lowest limit that would not have held it back.
///
/// `SessionMeter` lets a client send seven seconds' worth at once after a silence, and one second's
/// at the start. So a limit must be a seventh of the most in any seven seconds, and all that was
/// sent so far over all time so far and one second.
package struct PaceProfile: Sendable, Equatable {
  /// Eight whole seconds hold any seven.
  private static let bins = SessionLimits.windowSeconds + 1

  package private(set) var perSecond = 0.0
  private var recent = [UInt64](repeating: 0, count: Self.bins)
  private var second: UInt64 = 0
  private var total = 0.0

  mutating func add(_ units: UInt64, after nanoseconds: UInt64) {
    let now = nanoseconds / 1_000_000_000
    let passed = now > second ? min(now - second, UInt64(Self.bins)) : 0
    for step in 0..<passed { recent[Int((now - step) % UInt64(Self.bins))] = 0 }
    second = max(second, now)
    recent[Int(second % UInt64(Self.bins))] += units
    total += Double(units)
    let window = Double(recent.reduce(0, +)) / Double(SessionLimits.windowSeconds)
    perSecond = max(perSecond, window, total / (1 + Double(nanoseconds) / 1e9))
  }
}
