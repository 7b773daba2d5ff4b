/// One numbered statement on what a healthy client sends, and what becomes of packets that break it.
///
/// Written as a file (`Packs/tera/rules/NNN-*.yaml`), compiled into the programs of every build it
/// concerns. See docs/operating/rules.md.
package struct Rule: Equatable, Sendable {
  /// What becomes of a packet that breaks the rule.
  package enum Action: String, CaseIterable, Sendable {
    /// The packet is repaired and goes on; where it cannot be, it is discarded.
    case fix
    case discard
    case close
    /// The packet goes on; the finding counts towards the player's score.
    case count
    /// Of rates: the packet goes on, and the client is not read until it has credit again.
    case delay
    /// Of rates: a repeat of an idempotent packet is left out, any other packet delayed.
    case coalesce
    /// The session is closed, and its source reported to the reputation.
    case ban
  }

  /// How sure it is that no honest client breaks the rule.
  package enum Confidence: String, CaseIterable, Sendable { case low, medium, high, certain }

  /// The file's name without its ending: `310-amounts`.
  package var id: String
  package var title: String
  /// The exploit classes it answers, `X1`...`X23`; empty for others.
  package var classes: [String]
  /// The kinds of tools that it tells, by their names in transcripts: `skill-retry`.
  package var detects: [String]
  /// Why the rule exists and what an honest player could lose by it. For operators.
  package var why: String
  /// Where the fact comes from.
  package var source: String
  package var confidence: Confidence
  package var action: Action
  package var reason: Reason
  /// Points of reputation that an enforced or shadowed hit is worth.
  package var weight: Int
  /// The mode in each profile, unless the operator says otherwise.
  package var modes: Modes
  /// The packets it refuses before it ends the session: the last of them does. Nil for no end.
  package var closeAfter: Int?
  /// The builds it concerns; nil for all.
  package var builds: [UInt32]?
  package var checks: [Check]

  package struct Modes: Equatable, Sendable {
    package var observe: Configuration.Mode
    package var balanced: Configuration.Mode
    package var strict: Configuration.Mode
    package init(
      observe: Configuration.Mode = .shadow, balanced: Configuration.Mode = .shadow,
      strict: Configuration.Mode = .enforce
    ) {
      self.observe = observe
      self.balanced = balanced
      self.strict = strict
    }
  }

  package init(
    id: String, title: String, classes: [String] = [], detects: [String] = [], why: String,
    source: String,
    confidence: Confidence, action: Action, reason: Reason, weight: Int, modes: Modes = Modes(),
    closeAfter: Int? = nil, builds: [UInt32]? = nil, checks: [Check]
  ) {
    self.id = id
    self.title = title
    self.classes = classes
    self.detects = detects
    self.why = why
    self.source = source
    self.confidence = confidence
    self.action = action
    self.reason = reason
    self.weight = weight
    self.modes = modes
    self.closeAfter = closeAfter
    self.builds = builds
    self.checks = checks
  }
}

extension Rule {
  /// The packets a second, and at once, that a rate may allow: their nanoseconds fit into 64 bits.
  package static let rates = 0.001...1e6
  package static let bursts = 1.0...1e6

  /// What a rule looks at. A packet that any of its checks finds wrong breaks the rule.
  package enum Check: Equatable, Sendable {
    /// Something every packet is held to, whatever its name.
    case structure(Structure)
    /// A value of `field` in each of `packets`. In arrays the name goes on behind a dot:
    /// `targets.gameId`; every element is looked at.
    case field(packets: [String], field: String, Condition)
    /// Two fields of the same level.
    case relation(packets: [String], left: String, Relation, right: String)
    /// A whole packet's length in bytes, an integrity header not counted.
    case length(packets: [String], ClosedRange<Int>)
    /// Sent more often than this by one session, together: a token bucket.
    case rate(packets: [String], perSecond: Double, burst: Double)
    /// Sent without one of `after` since the last time; `after` may be of either direction.
    /// With `once`, each of `after` allows one; else any number until one of `until`.
    case sequence(packets: [String], after: [String], until: [String], once: Bool)
    /// Sent by a session to which the server gave none of these statuses in S_LOGIN_ARBITER.
    case privilege(packets: [String], statuses: [UInt32])
    /// Facts of the session's state that are not worth a language of their own.
    case state(State)
    /// What a tool does over several packets.
    case signature(Signature)
  }

  /// Checks on the form of every packet.
  package enum Structure: String, CaseIterable, Sendable {
    /// A client's opcode that only servers send, or that never travels.
    case direction
    /// A client's opcode that the build does not have.
    case unknownOpcode = "unknown_opcode"
    /// Shorter than the layout's fixed part, or than the pack's limit.
    case tooShort = "too_short"
    /// Longer than the pack's limit.
    case tooLong = "too_long"
    /// Bytes behind the last field that belong to none, or a fixed layout's exact length missed.
    case trailing
    /// References that leave the packet, point into fixed parts, overlap, cycle or miscount.
    case references
    /// Data in another order than the layout's, or with gaps.
    case order
    /// Text without its NUL.
    case unterminated
    /// Text with lone surrogates or control characters.
    case textForm = "text_form"
    /// Text, bytes or arrays longer than their limit in the layout.
    case limits
    /// NaN and infinity in any float.
    case notFinite = "not_finite"
    /// Bools other than 0 and 1.
    case bool
    /// Elements of two lists that take turns in a genuine packet, one list behind the other.
    case interleaving
    /// A session's first packet that is no C_CHECK_VERSION.
    case firstPacket = "first_packet"
    /// Not allowed in the phase the session is in.
    case phase
    /// Of the game, before the server accepted the login or a character was ever in the game.
    case loginOrder = "login_order"
    /// A login packet that is not the first of its kind.
    case loginRepeated = "login_repeated"
  }

  /// What a field's value must be.
  package enum Condition: Equatable, Sendable {
    /// Integers, either signed or not: within the range. A fix clamps.
    case range(ClosedRange<Int64>)
    /// Integers: one of these. A fix writes the first.
    case oneOf([Int64])
    /// Integers: a multiple of this. A fix rounds down.
    case multiple(of: Int64)
    /// Floats, alone or in vectors: finite, no further from 0, and not denormal. A fix writes 0.
    case magnitude(Double)
    /// Text, bytes and arrays: units, bytes or elements. A fix cuts text.
    case count(ClosedRange<Int>)
    /// Text: of this form. A fix takes out what does not belong.
    case text(TextForm)
  }

  /// What may stand in a text.
  package enum TextForm: String, CaseIterable, Sendable {
    /// The allow-list of the game's own tags: fonts, item links and map points.
    case markup
    /// No `<`, `>` or `&` at all.
    case plain
    /// A name: letters, digits and little else; no spaces at its ends, no direction marks.
    case name
  }

  /// How two fields must stand to each other.
  package enum Relation: Equatable, Sendable {
    case notEqual
    case atMost
    /// Their product must not pass this.
    case productAtMost(Int64)
    /// They must not both differ from 0.
    case oneIsZero
  }

  /// Checks that need what the server told the session.
  package enum State: String, CaseIterable, Sendable {
    /// C_LOAD_TOPO_FIN without S_LOAD_TOPO before it.
    case topoFinished = "topo_finished"
    /// C_SELECT_USER while a character is in the game.
    case selectInGame = "select_in_game"
    /// C_REVIVE_NOW while the character lives.
    case reviveAlive = "revive_alive"
    /// C_ACCEPT_CONTRACT or C_REJECT_CONTRACT of a contract that the server did not name.
    case contractUnknown = "contract_unknown"
    /// C_CHAT on a private channel that the server did not let the player join.
    case channelNotJoined = "channel_not_joined"
    /// An own-character field (`gameId`) that names somebody else.
    case foreignCharacter = "foreign_character"
  }
}
