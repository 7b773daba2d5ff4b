import MystelWire

/// Everything Mystel knows of one client build: numbers, layouts and what each packet is for.
///
/// Data only; `BuildPolicy` compiles it, together with rules, into what inspects packets.
package struct BuildPack: Equatable, Sendable {
  /// The number in C_CHECK_VERSION.
  package var build: UInt32
  /// Major patch * 100 + minor: 9204, 10002.
  package var patch: Int
  /// For people: `92.04 TW`.
  package var label: String
  /// Opcodes by name, both directions.
  package var opcodes: [String: UInt16]
  /// What is known of packets beyond their number, by name.
  package var packets: [String: PacketTraits]

  package init(
    build: UInt32, patch: Int, label: String, opcodes: [String: UInt16],
    packets: [String: PacketTraits]
  ) {
    self.build = build
    self.patch = patch
    self.label = label
    self.opcodes = opcodes
    self.packets = packets
  }
}

/// What a pack says of one packet beyond its number.
package struct PacketTraits: Equatable, Sendable {
  /// How client packets carry a count and a hash behind their opcode.
  package enum IntegrityHeader: Equatable, Sendable, BitwiseCopyable {
    case absent
    /// Both lengths are accepted: sources disagree, and no genuine client was measured.
    case possible
    case required
  }

  /// Nil where no public layout is known.
  package var layout: PacketLayout?
  /// When a client may send it.
  package var phases: PhaseSet
  /// The whole packet's length in bytes, without an integrity header; nil where unknown.
  package var lengths: ClosedRange<Int>?
  package var integrity: IntegrityHeader
  /// What one such packet costs the server, in movement packets.
  package var cost: Int
  /// Whether one more of the same, right behind the first, changes nothing.
  package var isIdempotent: Bool

  package init(
    layout: PacketLayout? = nil, phases: PhaseSet = .afterLogin, lengths: ClosedRange<Int>? = nil,
    integrity: IntegrityHeader = .absent, cost: Int = 1, isIdempotent: Bool = false
  ) {
    self.layout = layout
    self.phases = phases
    self.lengths = lengths
    self.integrity = integrity
    self.cost = cost
    self.isIdempotent = isIdempotent
  }
}

/// Where a session stands in the game. The server's packets alone move it.
package enum GamePhase: UInt8, CaseIterable, Sendable {
  /// Before C_CHECK_VERSION.
  case start
  /// Before the server accepted the login.
  case login
  /// Logged in, choosing a character.
  case lobby
  /// A character was chosen, or a zone is being loaded.
  case loading
  /// The character is in the world.
  case world
}

/// A set of phases.
package struct PhaseSet: OptionSet, Equatable, Sendable, BitwiseCopyable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }
  package init(_ phase: GamePhase) { self.init(rawValue: 1 << phase.rawValue) }

  package static let start = PhaseSet(.start)
  package static let login = PhaseSet(.login)
  package static let lobby = PhaseSet(.lobby)
  package static let loading = PhaseSet(.loading)
  package static let world = PhaseSet(.world)
  /// Once a character is chosen.
  package static let game: PhaseSet = [.loading, .world]
  package static let afterLogin: PhaseSet = [.lobby, .loading, .world]
  package static let always: PhaseSet = [.start, .login, .lobby, .loading, .world]
}
