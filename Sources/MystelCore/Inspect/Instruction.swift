/// One step of a packet's program. Programs are flat arrays of these, 32 bytes each.
struct Instruction: BitwiseCopyable {
  /// What a step does. `field` and `rule` say what a failed check is reported as.
  enum Code: UInt8, BitwiseCopyable {
    // Structure: in the order of the data that the references point to.
    /// A string: reference at `offset`, at most `a` units (a negative limit is none).
    case string
    /// Bytes: offset and count at `offset`, at most `a` (negative: no limit).
    case bytes
    /// An array: count and offset at `offset`; elements of at least `extra` bytes, judged by the
    /// `skip` instructions behind; at most `a` elements (negative: no limit).
    case array
    /// The two arrays that follow take turns; `skip` covers both with their elements.
    case interleaved

    // Values, in the fixed part.
    /// Floats at `offset`, `extra` of them, finite: at most the float `a` away from 0, and 0 or at
    /// least the float `b`.
    case finite
    /// The same, of a rule on how far out they may be.
    case magnitude
    /// A double at `offset`, finite.
    case finiteDouble
    /// A byte that is 0 or 1.
    case bool
    /// An integer of `kind` within `a...b`.
    case range
    /// An integer of `kind` whose bit is set in `a`; values outside 0...63 are not.
    case oneOfSmall
    /// An integer of `kind` among the `extra` constants from index `a` on.
    case oneOf
    /// An integer of `kind` that `a` divides.
    case multiple
    /// Two integers, at `offset` and `extra`, of `kind` and `otherKind`.
    case notEqual, atMost, oneIsZero
    /// As above; the product is at most `a`.
    case productAtMost

    // Values behind a reference: of the `string`, `bytes` or `array` instruction before.
    /// Units, bytes or elements within `a...b`.
    case count
    /// Text of the form whose place in `TextForm.allCases` is `a`.
    case text
    /// Text without lone surrogates and control characters.
    case wellFormed

    // Guards, before the body is looked at.
    /// The server gave one of the statuses: `extra` constants from index `a` on.
    case privilege
    /// The packet's length without an integrity header is within `a...b`.
    case length
    /// The token bucket `extra`: `a` nanoseconds a packet, `b` nanoseconds of burst.
    case rate
    /// The sequence bit `extra` is set.
    case needs
    /// A `Rule.State` check, whose place in its `allCases` is `extra`; the field it needs is at
    /// `offset`.
    case state

    // Effects, once the packet is let through.
    /// The sequence bit `extra` is set, or cleared.
    case set, clear
    /// A packet that moves the session's state: `Tracker` of raw value `extra`, fields at `a` and
    /// `b`.
    case track
  }

  var code: Code
  var kind = IntegerKind.u8
  var otherKind = IntegerKind.u8
  var rule = Instruction.noRule
  var field: UInt16 = 0
  var offset: UInt16 = 0
  var extra: UInt16 = 0
  /// Instructions of the elements behind this one; of values, those to leave out where it holds.
  var skip: UInt16 = 0
  var a: Int64 = 0
  var b: Int64 = 0

  /// Breaks of it are not reported: no rule, or one that is off.
  static let noRule: UInt16 = .max

  init(_ code: Code) { self.code = code }
}

/// How an integer lies in a packet.
enum IntegerKind: UInt8, BitwiseCopyable {
  // Pairs of a width, the signed one behind: `load` counts on it.
  case u8, i8, u16, i16, u32, i32, u64, i64

  var bytes: Int {
    switch self {
    case .u8, .i8: 1
    case .u16, .i16: 2
    case .u32, .i32: 4
    case .u64, .i64: 8
    }
  }

  /// The value; unsigned ones of 2^63 and more come out negative, which no range from 0 on holds.
  @inline(__always)
  func load(_ bytes: UnsafeRawPointer, _ offset: Int) -> Int64 {
    // Safety: programs only run on packets whose fixed part was checked to hold all of it.
    switch self {
    case .u8: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt8.self))
    case .i8: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: Int8.self))
    case .u16: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    case .i16: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: Int16.self))
    case .u32: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    case .i32: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    case .u64, .i64: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self)
    }
  }

  /// The same with hardly a branch, where the packet has `byteCount` bytes.
  @inline(__always)
  func load(_ bytes: UnsafeRawPointer, _ offset: Int, of byteCount: Int) -> Int64 {
    if self == .u32 {
      return Int64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    guard byteCount >= 8 else { return load(bytes, offset) }
    // Eight bytes with the field among them, moved until only the field is left.
    let at = min(offset, byteCount &- 8)
    let word =
      bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) &>> UInt64(8 &* (offset &- at))
    let rest = UInt64(64 &- (8 &<< Int(rawValue &>> 1)))
    let top = word &<< rest
    return rawValue & 1 == 1
      ? Int64(bitPattern: top) &>> Int64(rest) : Int64(bitPattern: top &>> rest)
  }

  /// Writes the low bytes of `value`.
  func store(_ value: Int64, _ bytes: UnsafeMutableRawPointer, _ offset: Int) {
    // Safety: as for `load`.
    switch self.bytes {
    case 1:
      bytes.storeBytes(of: Int8(truncatingIfNeeded: value), toByteOffset: offset, as: Int8.self)
    case 2:
      bytes.storeBytes(of: Int16(truncatingIfNeeded: value), toByteOffset: offset, as: Int16.self)
    case 4:
      bytes.storeBytes(of: Int32(truncatingIfNeeded: value), toByteOffset: offset, as: Int32.self)
    default: bytes.storeBytes(of: value, toByteOffset: offset, as: Int64.self)
    }
  }
}

/// Which packets move the session's state, and how their fields are used.
enum Tracker: UInt16, CaseIterable {
  /// S_LOGIN_ARBITER: `a` success, `b` status.
  case loginAnswer
  /// S_LOGIN_ACCOUNT_INFO: `a` the seed of the integrity hash, 0 where the patch has none; `b` the
  /// account's id.
  case accountInfo
  /// S_SELECT_USER.
  case characterChosen
  /// S_LOGIN: `a` the character's id.
  case characterEntered
  /// S_LOAD_TOPO.
  case zoneLoads
  /// S_SPAWN_ME: `a` alive.
  case characterSpawned
  /// S_CREATURE_LIFE: `a` the creature's id, `b` alive.
  case creatureLife
  /// S_RETURN_TO_LOBBY.
  case lobbyEntered
  /// S_REQUEST_CONTRACT: `a` the contract's id.
  case contractOffered
  /// S_JOIN_PRIVATE_CHANNEL: `a` the slot, `b` the channel's id.
  case channelJoined
  /// S_LEAVE_PRIVATE_CHANNEL: `a` the channel's id.
  case channelLeft
  /// C_CHECK_VERSION.
  case versionClaimed
  /// C_LOGIN_ARBITER.
  case loginSent
  /// C_LOAD_TOPO_FIN.
  case zoneLoaded

  /// The packet, and the fields whose offsets `a` and `b` hold.
  var source: (packet: String, a: String?, b: String?) {
    switch self {
    case .loginAnswer: ("S_LOGIN_ARBITER", "success", "status")
    case .accountInfo: ("S_LOGIN_ACCOUNT_INFO", "antiCheatChecksumSeed", "accountId")
    case .characterChosen: ("S_SELECT_USER", nil, nil)
    case .characterEntered: ("S_LOGIN", "gameId", nil)
    case .zoneLoads: ("S_LOAD_TOPO", nil, nil)
    case .characterSpawned: ("S_SPAWN_ME", "alive", nil)
    case .creatureLife: ("S_CREATURE_LIFE", "gameId", "alive")
    case .lobbyEntered: ("S_RETURN_TO_LOBBY", nil, nil)
    case .contractOffered: ("S_REQUEST_CONTRACT", "id", nil)
    case .channelJoined: ("S_JOIN_PRIVATE_CHANNEL", "index", "channelId")
    case .channelLeft: ("S_LEAVE_PRIVATE_CHANNEL", "channelId", nil)
    case .versionClaimed: ("C_CHECK_VERSION", nil, nil)
    case .loginSent: ("C_LOGIN_ARBITER", nil, nil)
    case .zoneLoaded: ("C_LOAD_TOPO_FIN", nil, nil)
    }
  }
}
