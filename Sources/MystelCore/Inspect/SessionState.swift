/// What the server's packets told about a session: where it stands in the game, and what it may do.
///
/// Nothing a client says moves it, but for the two packets of the login, which are counted.
struct SessionState: ~Copyable {
  /// The most token buckets and sequence bits that all rules together may use.
  static let buckets = 32
  static let bits = 64
  /// The most rules that may count what they refuse.
  static let strikeSlots = 16

  private(set) var phase = GamePhase.start
  /// Whether a character was ever in the game on this connection.
  private(set) var hasPlayed = false
  private(set) var loginWasSent = false
  /// The last S_LOGIN_ARBITER's status; 0 before.
  private(set) var status: UInt32 = 0
  /// Zones that the server told the client to load and that it has not reported loaded.
  private(set) var zonesLoading: UInt8 = 0
  private(set) var isAlive = true
  /// The character in the game; 0 for none.
  private(set) var character: UInt64 = 0
  /// Whether the server accepted a login, and the account it named; 0 before.
  private(set) var isAccepted = false
  private(set) var account: UInt64 = 0
  /// The seed of the integrity hash; 0 where the patch has none.
  private(set) var integritySeed: UInt32 = 0
  /// Packets refused by rules that end a session after some.
  private var strikes = InlineArray<16, UInt8>(repeating: 0)

  /// The last contracts that the server offered.
  private var contracts = InlineArray<8, UInt32>(repeating: 0)
  private var nextContract = 0
  /// The channel behind each private slot; 0 for none.
  private var channels = InlineArray<8, UInt32>(repeating: 0)
  /// Bits of sequence rules.
  private(set) var bits: UInt64 = 0
  /// When each bucket is full again, in nanoseconds.
  private var fullAt = InlineArray<32, UInt64>(repeating: 0)

  /// Takes in what a packet means. `a` and `b` are the fields that `Tracker` names.
  mutating func track(_ tracker: Tracker, a: UInt64, b: UInt64) {
    switch tracker {
    case .versionClaimed: phase = .login
    case .loginSent:
      loginWasSent = true
      status = 0
    case .loginAnswer: answerLogin(accepted: a & 0xff != 0, status: UInt32(truncatingIfNeeded: b))
    case .accountInfo:
      integritySeed = UInt32(truncatingIfNeeded: a)
      // A name without a login is nobody's.
      if isAccepted { account = b }
    case .characterChosen: phase = .loading
    case .characterEntered: enter(a)
    case .zoneLoads:
      phase = .loading
      if zonesLoading < .max { zonesLoading += 1 }
    case .zoneLoaded: if zonesLoading > 0 { zonesLoading -= 1 }
    case .characterSpawned:
      phase = .world
      isAlive = a & 0xff != 0
    case .creatureLife: if a == character { isAlive = b & 0xff != 0 }
    case .lobbyEntered:
      phase = .lobby
      character = 0
      zonesLoading = 0
    case .contractOffered:
      contracts[nextContract & 7] = UInt32(truncatingIfNeeded: a)
      nextContract &+= 1
    case .channelJoined:
      if a & 0xffff_ffff < 8 {
        channels[Int(a & 7)] = UInt32(truncatingIfNeeded: b)
      }
    case .channelLeft:
      for slot in 0..<8 where channels[slot] == UInt32(truncatingIfNeeded: a) {
        channels[slot] = 0
      }
    }
  }

  private mutating func answerLogin(accepted: Bool, status: UInt32) {
    guard accepted else {
      // A player whose ticket was refused may try again.
      loginWasSent = false
      isAccepted = false
      return
    }
    self.status = status
    isAccepted = true
    if phase == .start || phase == .login { phase = .lobby }
  }

  private mutating func enter(_ character: UInt64) {
    phase = .loading
    hasPlayed = true
    isAlive = true
    self.character = character
  }

  /// Whether nothing is to be said against a packet of the client at this moment: most end here.
  @inline(__always)
  mutating func isInPlace(_ entry: PacketEntry) -> Bool {
    guard case .client = entry.origin, entry.phases.contains(PhaseSet(phase)) else { return false }
    return !loginWasSent || entry.phases != .login
  }

  /// What is wrong with sending a packet that is not in place in the present phase.
  func wrongMoment(for phases: PhaseSet) -> Rule.Structure {
    if phases.contains(PhaseSet(phase)) { return .loginRepeated }
    if phases.isSubset(of: [.start, .login]) { return .loginRepeated }
    // Before a character was ever in the game, nothing of the game can be on its way; later, a
    // packet may cross the server's word.
    let isOfGame = phases.isSubset(of: .game)
    let isEarly = phase == .start || phase == .login || (!hasPlayed && isOfGame)
    return isEarly && phase != .loading ? .loginOrder : .phase
  }

  func wasOffered(contract: UInt32) -> Bool {
    for slot in 0..<8 where contracts[slot] == contract { return true }
    return false
  }

  /// Whether the server let the player join the channel in a slot; false outside 0...7.
  func hasJoined(slot: Int64) -> Bool {
    slot >= 0 && slot < 8 && channels[Int(slot)] != 0
  }

  // MARK: Rules' own state

  func holdsBit(_ bit: UInt16) -> Bool { bits >> UInt64(bit & 63) & 1 == 1 }
  mutating func setBit(_ bit: UInt16) { bits |= 1 << UInt64(bit & 63) }
  mutating func clearBit(_ bit: UInt16) { bits &= ~(1 << UInt64(bit & 63)) }

  /// Takes a packet's worth out of a bucket. - Returns: false, and nothing taken, if it is empty.
  mutating func take(
    bucket: UInt16, interval: UInt64, burst: UInt64, now: Instant
  ) -> Bool {
    let slot = Int(bucket & 31)
    let from = max(fullAt[slot], now.nanoseconds)
    let (full, overflow) = from.addingReportingOverflow(interval)
    guard !overflow, full - now.nanoseconds <= burst else { return false }
    fullAt[slot] = full
    return true
  }

  /// Counts a packet that a rule refused. - Returns: whether it was one too many.
  mutating func strike(_ limit: StrikeLimit) -> Bool {
    guard limit.most > 0 else { return false }
    let slot = Int(limit.slot & 15)
    strikes[slot] = strikes[slot] == .max ? .max : strikes[slot] + 1
    return strikes[slot] >= limit.most
  }

  /// Takes a packet's worth that is not there. - Returns: when the debt is paid.
  mutating func owe(bucket: UInt16, interval: UInt64, burst: UInt64, now: Instant) -> Instant {
    let slot = Int(bucket & 31)
    fullAt[slot] = max(fullAt[slot], now.nanoseconds) &+ interval
    return Instant(nanoseconds: fullAt[slot] > burst ? fullAt[slot] - burst : 0)
  }

  /// Forgets the state of rules, whose numbers have changed. A sequence that was begun under the old
  /// rules is taken as begun, so that nobody is refused its end.
  mutating func adoptRules() {
    bits = .max
    fullAt = InlineArray(repeating: 0)
    strikes = InlineArray(repeating: 0)
  }
}
