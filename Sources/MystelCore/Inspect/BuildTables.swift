/// The compiled form of a build, as pointers: what the hot path reads without counting references.
///
/// Memory belongs to the `BuildPolicy` that made it, which whoever holds these also holds.
struct BuildTables: BitwiseCopyable {
  /// All programs, one behind the other.
  let program: UnsafePointer<Instruction>
  /// All steps of signatures, likewise.
  let watches: UnsafePointer<WatchStep>
  /// A place in `entries` for each opcode; 0 is the entry of unknown ones.
  let opcodes: UnsafePointer<UInt16>
  let entries: UnsafePointer<PacketEntry>
  /// By rule.
  let responses: UnsafePointer<RuleResponse>
  /// By rule.
  let strikes: UnsafePointer<StrikeLimit>
  let constants: UnsafePointer<Int64>
  let structure: StructureRules
  /// What a session needs for its signatures.
  let room: SignatureRoom

  @inline(__always)
  func entry(_ opcode: UInt16) -> UnsafePointer<PacketEntry> {
    // Safety: the table has an entry for every UInt16, each inside `entries`.
    entries + Int(opcodes[Int(opcode)])
  }

  /// Whether a value is among an instruction's constants.
  func contains(_ value: Int64, _ step: Instruction) -> Bool {
    // Safety: the compiler keeps index and count inside the constants.
    let list = UnsafeBufferPointer(start: constants + Int(step.a), count: Int(step.extra))
    return list.contains(value)
  }
}

/// What becomes of a packet that breaks a rule: mode and action in one.
enum RuleResponse: UInt8 {
  case ignore, shadow, fix, discard, close
  /// The packet goes on; the finding counts as enforced.
  case count
  /// Of rates: the packet goes on, and the client is not read until it has credit again.
  case delay
  /// Of rates: a packet equal to the one before it is left out, any other delayed.
  case coalesce
  /// As `close`; the player's source is reported to the reputation as well.
  case ban

  init(_ mode: Configuration.Mode, _ action: Rule.Action) {
    switch (mode, action) {
    case (.off, _): self = .ignore
    case (.shadow, _): self = .shadow
    case (.enforce, .fix): self = .fix
    case (.enforce, .discard): self = .discard
    case (.enforce, .close): self = .close
    case (.enforce, .delay): self = .delay
    case (.enforce, .coalesce): self = .coalesce
    case (.enforce, .ban): self = .ban
    case (.enforce, .count): self = .count
    }
  }
}

/// How many refused packets a rule takes before it ends the session.
struct StrikeLimit: BitwiseCopyable {
  /// The session's counter; several rules may not share one.
  var slot: UInt8 = 0
  /// 0 where the rule never ends a session.
  var most: UInt8 = 0
}

/// A part of the program.
struct ProgramRange: BitwiseCopyable {
  var start: UInt32 = 0
  var count: UInt16 = 0
}

/// What a build knows of one opcode.
struct PacketEntry: BitwiseCopyable {
  /// Who sends it.
  enum Origin: UInt8, BitwiseCopyable {
    /// The build has no such opcode.
    case unknown
    case client
    case server
    /// Happens inside the client and never travels.
    case inside
  }

  var guards = ProgramRange()
  var body = ProgramRange()
  var effects = ProgramRange()
  var watch = ProgramRange()
  /// Where the fixed part ends; 4 without a layout.
  var fixedEnd: UInt16 = 4
  var shortest: UInt16 = 4
  var longest: UInt16 = .max
  /// Where the first reference's offset stands; 0 where the body has no reference.
  var firstOffset: UInt16 = 0
  var origin = Origin.unknown
  var phases = PhaseSet.afterLogin
  var integrity = PacketTraits.IntegrityHeader.absent
  var hasLayout = false
  /// What one costs the server, in movement packets.
  var cost: UInt16 = 1
  var isIdempotent = false
}
