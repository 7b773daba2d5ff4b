import MystelWire

/// The steps that one packet was too much for, one a rule; what is beyond eight is left out.
struct BrokenSignatures: BitwiseCopyable {
  private(set) var count = 0
  private(set) var steps = InlineArray<8, UInt32>(repeating: 0)
  private var rules = InlineArray<8, UInt16>(repeating: Instruction.noRule)

  mutating func add(_ step: Int, rule: UInt16) {
    for index in 0..<count where rules[index] == rule { return }
    guard count < 8 else { return }
    steps[count] = UInt32(clamping: step)
    rules[count] = rule
    count += 1
  }
}

/// Running a packet's steps.
extension SignatureState {
  /// Runs the steps of a packet. - Returns: those whose hits are enough.
  mutating func watch(
    _ range: ProgramRange, _ packet: WatchedPacket, _ tables: UnsafePointer<BuildTables>,
    session: SessionState, now: UInt64
  ) -> BrokenSignatures {
    var broken = BrokenSignatures()
    var at = Int(range.start)
    let stop = at + Int(range.count)
    while at < stop {
      // Safety: ranges and skips come from the compiler, which keeps them inside the steps.
      let step = tables.pointee.watches[at]
      at += 1
      switch step.code {
      case .oneOf, .notOneOf, .zero, .notZero, .emptyNumber, .groupNotOneOf, .startsWith, .equal,
        .classOneOf, .awayFromOrigin, .channelNotJoined:
        if !holds(step, packet, tables, session) { at += Int(step.skip) }
      case .mark, .seen, .announce, .withdraw, .act, .zone, .moved, .ping, .pong, .template:
        note(step, packet, session, now)
      default:
        if measures(step, packet, session, now), hit(step, now: now) {
          broken.add(at - 1, rule: step.rule)
        }
      }
    }
    return broken
  }

  private func holds(
    _ step: WatchStep, _ packet: WatchedPacket, _ tables: UnsafePointer<BuildTables>,
    _ session: SessionState
  ) -> Bool {
    // Safety: the compiler keeps index and count inside the constants.
    let constants = UnsafeBufferPointer(
      start: tables.pointee.constants + Int(step.a), count: Int(step.count))
    switch step.code {
    case .oneOf: return constants.contains(packet.integer(step.offset, step.kind))
    case .notOneOf: return !constants.contains(packet.integer(step.offset, step.kind))
    case .zero: return packet.isZero(step.offset, step.width)
    case .notZero: return !packet.isZero(step.offset, step.width)
    case .emptyNumber: return packet.holdsEmptyNumber(step.offset, step.width)
    case .groupNotOneOf:
      let number = packet.id(step.offset) & 0x0fff_ffff
      return !constants.contains(Int64(number / 10_000))
    case .startsWith:
      return constants.contains { packet.starts(step.offset, with: UInt64(bitPattern: $0)) }
    case .equal:
      return packet.integer(step.offset, step.kind)
        == packet.integer(step.other, step.otherKind)
    case .classOneOf:
      return characterClass < 64 && step.a >> Int64(characterClass) & 1 == 1
    case .awayFromOrigin: return isAwayFromOrigin
    case .channelNotJoined:
      return !session.hasJoined(slot: packet.integer(step.offset, step.kind) - 11)
    default: return false
    }
  }

  private mutating func note(
    _ step: WatchStep, _ packet: WatchedPacket, _ session: SessionState, _ now: UInt64
  ) {
    switch step.code {
    case .mark:
      var slot = self[step.memory]
      if step.flag, slot.at != 0 { return }
      slot.at = max(now, 1)
      slot.key = step.offset == 0 ? 0 : UInt64(bitPattern: packet.integer(step.offset, step.kind))
      slot.count = 0
      self[step.memory] = slot
    case .seen: self[step.memory].flags = 1
    case .announce:
      entities.announce(
        packet.id(step.offset), EntityKinds(rawValue: step.kinds), at: milliseconds(now))
    case .act: entities.act(on: packet.id(step.offset))
    case .withdraw: entities.withdraw(packet.id(step.offset), at: milliseconds(now))
    case .zone: entities.withdrawAll(at: milliseconds(now))
    case .moved:
      if step.other != 0, packet.id(step.other) != session.character { return }
      moved(to: step.offset == 0 ? nil : packet.vector(step.offset), now: now)
    case .ping: ping(now)
    case .pong: pong(now)
    case .template: take(template: UInt32(truncatingIfNeeded: packet.integer(step.offset, .u32)))
    default: break
    }
  }

  private mutating func measures(
    _ step: WatchStep, _ packet: WatchedPacket, _ session: SessionState, _ now: UInt64
  ) -> Bool {
    switch step.code {
    case .match: return true
    case .repeated: return isRepeated(step, packet, now)
    case .together: return isTogether(step, packet, now)
    case .steady: return isSteady(step, now)
    case .sooner, .between, .later, .absent: return isOddlyTimed(step, packet, now)
    case .unannounced, .soonerThanSeen, .perEntity:
      return isOddAbout(step, packet, session.character, now)
    case .jump, .clockBack, .clockFast: return contradicts(step, packet, now)
    case .stampZero, .stampMissing, .stampCounter: return isOddlyStamped(step, packet)
    default: return false
    }
  }

  // MARK: Intervals

  private mutating func isRepeated(
    _ step: WatchStep, _ packet: WatchedPacket, _ now: UInt64
  ) -> Bool {
    let print = packet.fingerprint
    var slot = self[step.memory]
    let gap = now &- slot.at
    let isCopy = slot.key == print && slot.at != 0
    let isInTime =
      isCopy && gap >= UInt64(step.a) && gap <= UInt64(step.b) && clock.slack(now) == 0
    // The packet before was no copy either: two that a hand sent.
    if !isInTime, slot.count == 0 { miss(step) }
    slot.count = isInTime ? slot.count &+ 1 : 0
    slot.key = print
    slot.at = max(now, 1)
    self[step.memory] = slot
    return isInTime && slot.count >= step.count
  }

  private mutating func isTogether(
    _ step: WatchStep, _ packet: WatchedPacket, _ now: UInt64
  ) -> Bool {
    var slot = self[step.memory]
    let key =
      step.width == 0 ? 0 : UInt64(bitPattern: packet.integer(step.offset, step.kind))
    let counts = step.width == 0 || (key == slot.key) != step.flag
    let gap = now &- slot.at
    if slot.at == 0 || gap >= UInt64(step.a) {
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
    self[step.memory] = slot
    guard slot.count > 1, counts else { return false }
    let took = slot.mean + Float(clock.slack(now))
    return took < Float(slot.count - 1) * Float(step.a)
  }

  private mutating func isSteady(_ step: WatchStep, _ now: UInt64) -> Bool {
    var slot = self[step.memory]
    defer { self[step.memory] = slot }
    let gap = now &- slot.at
    guard slot.at != 0 else {
      slot.at = max(now, 1)
      return false
    }
    slot.at = max(now, 1)
    guard gap >= UInt64(step.a), gap <= UInt64(step.b) else {
      slot.count = slot.count / 2
      return false
    }
    let interval = Float(gap)
    if slot.mean > 0, abs(interval - slot.mean) <= slot.mean * step.spread {
      slot.mean += (interval - slot.mean) / 4
      slot.count = min(slot.count + 1, step.count)
      return slot.count >= step.count
    }
    slot.count = slot.count / 2
    if slot.count < 2 { slot.mean = interval }
    return false
  }

  private mutating func isOddlyTimed(
    _ step: WatchStep, _ packet: WatchedPacket, _ now: UInt64
  ) -> Bool {
    var slot = self[step.memory]
    let gap = now &- slot.at
    switch step.code {
    case .later: return slot.at == 0 || gap > UInt64(step.a)
    case .between:
      guard slot.at != 0, slot.count == 0 else { return false }
      slot.count = 1
      self[step.memory] = slot
      return gap >= UInt64(step.a) && gap <= UInt64(step.b)
    case .absent:
      guard slot.at != 0, slot.flags == 0, gap > UInt64(step.a) else { return false }
      // Once a session.
      slot.flags = 1
      self[step.memory] = slot
      return true
    default:
      guard slot.at != 0, slot.count == 0 else { return false }
      if step.width > 0,
        UInt64(bitPattern: packet.integer(step.offset, step.kind)) != slot.key
      {
        return false
      }
      slot.count = 1
      self[step.memory] = slot
      var limit = UInt64(step.a)
      if step.flag {
        guard let roundTrip else { return false }
        limit &+= roundTrip
      }
      let isSoon = gap &+ (step.flag ? 0 : clock.slack(now)) < limit
      if !isSoon { miss(step) }
      return isSoon
    }
  }

  // MARK: Things

  private mutating func isOddAbout(
    _ step: WatchStep, _ packet: WatchedPacket, _ character: UInt64, _ now: UInt64
  ) -> Bool {
    let kinds = EntityKinds(rawValue: step.kinds)
    switch step.code {
    case .unannounced:
      guard !entities.isIncomplete else { return false }
      return packet.anyID(step) { id in
        id != 0 && id != character && !entities.holds(id, kinds)
      }
    case .soonerThanSeen:
      guard let seen = entities.entity(packet.id(step.offset), kinds), seen.packets == 0,
        seen.withdrawn == 0, let roundTrip
      else { return false }
      let waited = UInt64(milliseconds(now) &- seen.announced)
      let isSoon = waited < UInt64(step.a) / 1_000_000 + roundTrip / 1_000_000
      if !isSoon { miss(step) }
      return isSoon
    default:
      guard let seen = entities.entity(packet.id(step.offset), kinds) else { return false }
      return Int64(seen.packets) >= step.a
    }
  }

  // MARK: Places and times

  private mutating func contradicts(
    _ step: WatchStep, _ packet: WatchedPacket, _ now: UInt64
  ) -> Bool {
    let time = UInt32(truncatingIfNeeded: packet.integer(step.other, .u32))
    switch step.code {
    case .jump:
      guard let place = packet.vector(step.offset) else { return false }
      return leaps(to: place, time: time, limit: Float(step.a), now: now)
    case .clockBack:
      var slot = self[step.memory]
      defer { self[step.memory] = slot }
      guard time != 0 else { return false }
      let before = UInt32(truncatingIfNeeded: slot.key)
      slot.key = UInt64(time)
      // A counter that wraps is none that goes back.
      return before != 0 && time < before && before - time < 1 << 30
        && before - time > UInt32(clamping: step.a)
    default:
      return gains(step, time, now)
    }
  }

  /// Whether the client's clock gained more on ours than `a` in a thousand, and half a second, since
  /// the earliest packet of the last minutes: one held back only makes it seem slow.
  private mutating func gains(_ step: WatchStep, _ time: UInt32, _ now: UInt64) -> Bool {
    guard time != 0 else { return false }
    var slot = self[step.memory]
    defer { self[step.memory] = slot }
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
    guard ahead - base > 500 + span * step.a / 1000 else { return false }
    slot.at = max(now, 1)
    slot.key = UInt64(bitPattern: ahead)
    return true
  }

  // MARK: Stamps

  private mutating func isOddlyStamped(_ step: WatchStep, _ packet: WatchedPacket) -> Bool {
    var slot = self[step.memory]
    defer { self[step.memory] = slot }
    if step.code == .stampMissing {
      if case .either = packet.reading { return false }
      let mine: UInt16 = packet.stamp == nil ? 1 : 2
      let isOdd = slot.flags & (3 - mine) != 0
      slot.flags |= mine
      return isOdd
    }
    guard let stamp = packet.stamp else { return false }
    if step.code == .stampCounter {
      let before = UInt32(truncatingIfNeeded: slot.key)
      slot.key = UInt64(stamp.count)
      return before != 0 && stamp.count != before &+ 1
    }
    // Bit 0: this packet had a hash of 0; bit 1: another had one that is not.
    if step.flag {
      if stamp.hash != 0 { slot.flags |= 2 }
      return stamp.hash != 0 && slot.flags & 1 == 1
    }
    if stamp.hash == 0 { slot.flags |= 1 }
    return stamp.hash == 0 && slot.flags & 2 == 2
  }
}
