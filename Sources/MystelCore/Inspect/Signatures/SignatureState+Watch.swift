import MystelWire

/// The steps that the latest packet was too much for, one a rule; what is beyond eight is left out.
struct BrokenSignatures: BitwiseCopyable {
  private(set) var count = 0
  private var steps = InlineArray<8, UnsafePointer<WatchStep>?>(repeating: nil)

  /// Calls `body` with each.
  func forEach(_ body: (WatchStep) -> Void) {
    for index in 0..<count {
      // Safety: steps live as long as the build whose packet is at work.
      if let step = steps[index] { body(step.pointee) }
    }
  }

  mutating func removeAll() { count = 0 }

  mutating func add(_ step: UnsafePointer<WatchStep>) {
    for index in 0..<count where steps[index]?.pointee.rule == step.pointee.rule { return }
    guard count < 8 else { return }
    steps[count] = step
    count += 1
  }
}

/// Running a packet's steps.
extension SignatureState {
  /// Runs the steps of a packet; `broken` are those whose hits are enough.
  mutating func watch(
    _ range: ProgramRange, _ packet: borrowing WatchedPacket, _ tables: UnsafePointer<BuildTables>,
    session: inout SessionState, now: UInt64
  ) {
    broken.removeAll()
    // Safety: ranges and skips come from the compiler, which keeps them inside the steps.
    var step = tables.pointee.watches + Int(range.start)
    let stop = step + Int(range.count)
    while step < stop {
      switch step.pointee.code {
      case .emptyNumber:
        if !packet.holdsEmptyNumber(step.pointee.offset, step.pointee.width) {
          step += Int(step.pointee.skip)
        }
      case .oneOf, .notOneOf, .zero, .notZero, .groupNotOneOf, .startsWith, .equal, .classOneOf,
        .awayFromOrigin, .channelNotJoined:
        if !holds(step, packet, tables, &session) { step += Int(step.pointee.skip) }
      case .mark, .seen, .announce, .withdraw, .act, .zone, .moved, .ping, .pong, .template:
        note(step, packet, session.character, now)
      case .jump, .clockBack, .clockFast:
        if contradicts(step, packet, now), hit(step, now: now) { broken.add(step) }
      default:
        if measures(step, packet, session.character, now), hit(step, now: now) {
          broken.add(step)
        }
      }
      step += 1
    }
  }

  // Mutating, and the session `inout`: what is borrowed is copied.
  private mutating func holds(
    _ step: UnsafePointer<WatchStep>, _ packet: borrowing WatchedPacket,
    _ tables: UnsafePointer<BuildTables>,
    _ session: inout SessionState
  ) -> Bool {
    // Safety: the compiler keeps index and count inside the constants.
    let constants = UnsafeBufferPointer(
      start: tables.pointee.constants + Int(step.pointee.a), count: Int(step.pointee.count))
    switch step.pointee.code {
    case .oneOf: return constants.contains(packet.integer(step.pointee.offset, step.pointee.kind))
    case .notOneOf:
      return !constants.contains(packet.integer(step.pointee.offset, step.pointee.kind))
    case .zero: return packet.isZero(step.pointee.offset, step.pointee.width)
    case .notZero: return !packet.isZero(step.pointee.offset, step.pointee.width)
    case .groupNotOneOf:
      let number = packet.id(step.pointee.offset) & 0x0fff_ffff
      return !constants.contains(Int64(number / 10_000))
    case .startsWith:
      return constants.contains { packet.starts(step.pointee.offset, with: UInt64(bitPattern: $0)) }
    case .equal:
      return packet.integer(step.pointee.offset, step.pointee.kind)
        == packet.integer(step.pointee.other, step.pointee.otherKind)
    case .classOneOf:
      return characterClass < 64 && step.pointee.a >> Int64(characterClass) & 1 == 1
    case .awayFromOrigin: return isAwayFromOrigin
    case .channelNotJoined:
      return !session.hasJoined(slot: packet.integer(step.pointee.offset, step.pointee.kind) - 11)
    default: return false
    }
  }

  private mutating func note(
    _ step: UnsafePointer<WatchStep>, _ packet: borrowing WatchedPacket, _ character: UInt64,
    _ now: UInt64
  ) {
    switch step.pointee.code {
    case .mark:
      var slot = self[step.pointee.memory]
      if step.pointee.flag, slot.at != 0 { return }
      slot.at = max(now, 1)
      slot.key =
        step.pointee.offset == 0
        ? 0 : UInt64(bitPattern: packet.integer(step.pointee.offset, step.pointee.kind))
      slot.count = 0
      self[step.pointee.memory] = slot
    case .seen: self[step.pointee.memory].flags = 1
    case .announce:
      entities.announce(
        packet.id(step.pointee.offset), EntityKinds(rawValue: step.pointee.kinds),
        at: milliseconds(now))
    case .act: entities.act(on: packet.id(step.pointee.offset))
    case .withdraw: entities.withdraw(packet.id(step.pointee.offset), at: milliseconds(now))
    case .zone: entities.withdrawAll(at: milliseconds(now))
    case .moved:
      if step.pointee.other != 0, packet.id(step.pointee.other) != character { return }
      moved(to: step.pointee.offset == 0 ? nil : packet.vector(step.pointee.offset), now: now)
    case .ping: ping(now)
    case .pong: pong(now)
    case .template:
      take(template: UInt32(truncatingIfNeeded: packet.integer(step.pointee.offset, .u32)))
    default: break
    }
  }

  private mutating func measures(
    _ step: UnsafePointer<WatchStep>, _ packet: borrowing WatchedPacket, _ character: UInt64,
    _ now: UInt64
  ) -> Bool {
    switch step.pointee.code {
    case .match: return true
    case .repeated: return isRepeated(step, packet, now)
    case .together: return isTogether(step, packet, now)
    case .steady: return isSteady(step, now)
    case .sooner, .between, .later, .absent: return isOddlyTimed(step, packet, now)
    case .unannounced, .soonerThanSeen, .perEntity:
      return isOddAbout(step, packet, character, now)
    case .stampZero, .stampMissing, .stampCounter: return isOddlyStamped(step, packet)
    default: return false
    }
  }

  // MARK: Intervals

  private mutating func isRepeated(
    _ step: UnsafePointer<WatchStep>, _ packet: borrowing WatchedPacket, _ now: UInt64
  ) -> Bool {
    let print = packet.fingerprint
    var slot = self[step.pointee.memory]
    let gap = now &- slot.at
    let isCopy = slot.key == print && slot.at != 0
    let isInTime =
      isCopy && gap >= UInt64(step.pointee.a) && gap <= UInt64(step.pointee.b)
      && clock.slack(now) == 0
    // The packet before was no copy either: two that a hand sent.
    if !isInTime, slot.count == 0 { miss(step) }
    slot.count = isInTime ? slot.count &+ 1 : 0
    slot.key = print
    slot.at = max(now, 1)
    self[step.pointee.memory] = slot
    return isInTime && slot.count >= step.pointee.count
  }

  private mutating func isTogether(
    _ step: UnsafePointer<WatchStep>, _ packet: borrowing WatchedPacket, _ now: UInt64
  ) -> Bool {
    var slot = self[step.pointee.memory]
    let key =
      step.pointee.width == 0
      ? 0 : UInt64(bitPattern: packet.integer(step.pointee.offset, step.pointee.kind))
    let counts = step.pointee.width == 0 || (key == slot.key) != step.pointee.flag
    let gap = now &- slot.at
    if slot.at == 0 || gap >= UInt64(step.pointee.a) {
      slot.mean = 0
      slot.count = 1
    } else if counts {
      slot.mean += Float(gap)
      slot.count = min(slot.count + 1, 1000)
    } else {
      slot.mean += Float(gap)
    }
    slot.key = key
    slot.at = max(now, 1)
    self[step.pointee.memory] = slot
    guard slot.count > 1, counts else { return false }
    let took = slot.mean + Float(clock.slack(now))
    return took < Float(slot.count - 1) * Float(step.pointee.a)
  }

  private mutating func isSteady(_ step: UnsafePointer<WatchStep>, _ now: UInt64) -> Bool {
    var slot = self[step.pointee.memory]
    defer { self[step.pointee.memory] = slot }
    let gap = now &- slot.at
    guard slot.at != 0 else {
      slot.at = max(now, 1)
      return false
    }
    slot.at = max(now, 1)
    guard gap >= UInt64(step.pointee.a), gap <= UInt64(step.pointee.b) else {
      slot.count = slot.count / 2
      return false
    }
    let interval = Float(gap)
    if slot.mean > 0, abs(interval - slot.mean) <= slot.mean * step.pointee.spread {
      slot.mean += (interval - slot.mean) / 4
      slot.count = min(slot.count + 1, step.pointee.count)
      return slot.count >= step.pointee.count
    }
    slot.count = slot.count / 2
    if slot.count < 2 { slot.mean = interval }
    return false
  }

  private mutating func isOddlyTimed(
    _ step: UnsafePointer<WatchStep>, _ packet: borrowing WatchedPacket, _ now: UInt64
  ) -> Bool {
    var slot = self[step.pointee.memory]
    let gap = now &- slot.at
    switch step.pointee.code {
    case .later:
      // What came before a reload was not noted.
      if slot.at == 0, resumedAt != 0 { return now &- resumedAt > UInt64(step.pointee.a) }
      return slot.at == 0 || gap > UInt64(step.pointee.a)
    case .between:
      guard slot.at != 0, slot.count == 0 else { return false }
      slot.count = 1
      self[step.pointee.memory] = slot
      return gap >= UInt64(step.pointee.a) && gap <= UInt64(step.pointee.b)
    case .absent:
      guard slot.at != 0, slot.flags == 0, gap > UInt64(step.pointee.a), resumedAt == 0 else {
        return false
      }
      // Once a session, and only where it was seen from its start.
      slot.flags = 1
      self[step.pointee.memory] = slot
      return true
    default:
      guard slot.at != 0, slot.count == 0 else { return false }
      if step.pointee.width > 0,
        UInt64(bitPattern: packet.integer(step.pointee.offset, step.pointee.kind)) != slot.key
      {
        return false
      }
      slot.count = 1
      self[step.pointee.memory] = slot
      var limit = UInt64(step.pointee.a)
      if step.pointee.flag {
        guard let roundTrip else { return false }
        limit &+= roundTrip
      }
      let isSoon = gap &+ (step.pointee.flag ? 0 : clock.slack(now)) < limit
      if !isSoon { miss(step) }
      return isSoon
    }
  }

  // MARK: Things

  private mutating func isOddAbout(
    _ step: UnsafePointer<WatchStep>, _ packet: borrowing WatchedPacket, _ character: UInt64,
    _ now: UInt64
  ) -> Bool {
    let kinds = EntityKinds(rawValue: step.pointee.kinds)
    switch step.pointee.code {
    case .unannounced:
      guard !entities.isIncomplete(at: milliseconds(now)) else { return false }
      return packet.anyID(step) { id in
        id != 0 && id != character && !entities.holds(id, kinds)
      }
    case .soonerThanSeen:
      guard let seen = entities.entity(packet.id(step.pointee.offset), kinds), seen.packets == 0,
        seen.withdrawn == 0, let roundTrip
      else { return false }
      let waited = UInt64(milliseconds(now) &- seen.announced)
      let isSoon = waited < UInt64(step.pointee.a) / 1_000_000 + roundTrip / 1_000_000
      if !isSoon { miss(step) }
      return isSoon
    default:
      guard let seen = entities.entity(packet.id(step.pointee.offset), kinds) else { return false }
      return Int64(seen.packets) >= step.pointee.a
    }
  }

  // MARK: Places and times

  @inline(__always)
  private mutating func contradicts(
    _ step: UnsafePointer<WatchStep>, _ packet: borrowing WatchedPacket, _ now: UInt64
  ) -> Bool {
    let time = packet.u32(step.pointee.other)
    switch step.pointee.code {
    case .jump:
      guard let place = packet.vector(step.pointee.offset) else { return false }
      return leaps(to: place, time: time, limit: Float(step.pointee.a), now: now)
    case .clockBack:
      var slot = self[step.pointee.memory]
      defer { self[step.pointee.memory] = slot }
      guard time != 0 else { return false }
      let before = UInt32(truncatingIfNeeded: slot.key)
      slot.key = UInt64(time)
      // A counter that wraps is none that goes back.
      return before != 0 && time < before && before - time < 1 << 30
        && before - time > UInt32(clamping: step.pointee.a)
    default:
      return gains(step, time, now)
    }
  }

  /// Whether the client's clock gained more on ours than `a` in a thousand, and half a second, since
  /// the earliest packet of the last minutes: one held back only makes it seem slow.
  @inline(__always)
  private mutating func gains(_ step: UnsafePointer<WatchStep>, _ time: UInt32, _ now: UInt64)
    -> Bool
  {
    guard time != 0 else { return false }
    var slot = self[step.pointee.memory]
    defer { self[step.pointee.memory] = slot }
    let wall = Int64(now / 1_000_000)
    let ahead = Int64(time) - wall
    let span = wall - Int64(slot.at / 1_000_000)
    let base = Int64(bitPattern: slot.key)
    // The base is the most that the clock was ahead in the first ten seconds.
    if slot.at == 0 || abs(ahead - base) > 60_000 || span > 300_000 {
      slot.at = max(now, 1)
      slot.key = UInt64(bitPattern: ahead)
      return false
    }
    if span < 10_000 {
      if ahead > base { slot.key = UInt64(bitPattern: ahead) }
      return false
    }
    guard ahead - base > 500 + span * step.pointee.a / 1000 else { return false }
    slot.at = max(now, 1)
    slot.key = UInt64(bitPattern: ahead)
    return true
  }

  // MARK: Stamps

  private mutating func isOddlyStamped(
    _ step: UnsafePointer<WatchStep>, _ packet: borrowing WatchedPacket
  ) -> Bool {
    var slot = self[step.pointee.memory]
    defer { self[step.pointee.memory] = slot }
    if step.pointee.code == .stampMissing {
      if case .either = packet.reading { return false }
      let mine: UInt16 = packet.stamp == nil ? 1 : 2
      let isOdd = slot.flags & (3 - mine) != 0
      slot.flags |= mine
      return isOdd
    }
    guard let stamp = packet.stamp else { return false }
    if step.pointee.code == .stampCounter {
      let before = UInt32(truncatingIfNeeded: slot.key)
      slot.key = UInt64(stamp.count)
      return before != 0 && stamp.count != before &+ 1
    }
    // Bit 0: this packet had a hash of 0; bit 1: another had one that is not.
    if step.pointee.flag {
      if stamp.hash != 0 { slot.flags |= 2 }
      return stamp.hash != 0 && slot.flags & 1 == 1
    }
    if stamp.hash == 0 { slot.flags |= 1 }
    return stamp.hash == 0 && slot.flags & 2 == 2
  }
}
