/// What a tool does over several packets and a genuine client does not: a pattern in a session's
/// traffic, looked for with a small fixed state.
///
/// A packet that one of `packets` names and for which every one of `when` holds is *measured*; where
/// the measure finds it odd it is a hit, and each hit from the `times`th within `withinSeconds` on
/// breaks the rule.
package struct Signature: Equatable, Sendable {
  /// The client's packets that are looked at.
  package var packets: [String]
  /// What else must hold of the packet and of the session.
  package var when: [Match]
  package var measure: Measure
  /// Hits it takes, and the time they may lie apart.
  package var times: Int
  /// Whether a packet that was looked at and found sound starts the count anew. Of measures that can
  /// tell: copies, and what came soon after something.
  package var isConsecutive: Bool
  package var withinSeconds: Double

  package init(
    packets: [String], when: [Match] = [], measure: Measure = .match, times: Int = 1,
    isConsecutive: Bool = false, withinSeconds: Double = 600
  ) {
    self.packets = packets
    self.when = when
    self.measure = measure
    self.times = times
    self.isConsecutive = isConsecutive
    self.withinSeconds = withinSeconds
  }

  /// A condition on a packet's own fields, or on what the session is known for.
  package enum Match: Equatable, Sendable {
    /// An integer field, or all bytes of any other, among values.
    case oneOf(field: String, [Int64])
    case notOneOf(field: String, [Int64])
    /// Every byte of the field is 0.
    case zero(field: String)
    case notZero(field: String)
    /// A float of the field is the NaN that a program writes which was given no number.
    case emptyNumber(field: String)
    /// The group of a skill (its number divided by 10,000) among values, or not.
    case groupNotOneOf(field: String, [Int64])
    /// A text that begins with one of these, markup left out.
    case startsWith(field: String, [String])
    /// Two integers of the packet are equal.
    case equal(field: String, other: String)
    /// The character's class is one of these; by S_LOGIN's template.
    case classOneOf([UInt8])
    /// The player was last seen further from the origin of the map than any inaccuracy.
    case awayFromOrigin
    /// The player is not in this private channel's slot: C_CHAT's number of it, 11 for the first.
    case channelNotJoined(field: String)
  }

  /// How a packet is held against what came before it. Times are milliseconds.
  package enum Measure: Equatable, Sendable {
    /// Not at all: `when` says everything.
    case match
    /// Byte for byte the packet of the same kind before it, so long after it; so many copies
    /// behind one another.
    case repeated(from: Double, to: Double, copies: Int)
    /// Sent closer together than one each so many milliseconds, waiting bytes allowed for; only
    /// packets that differ in this field from the one before, or agree with it.
    case together(closerThan: Double, differs: String?, agrees: String?)
    /// Sent at one and the same interval, so many times, give or take a share of it.
    case steady(from: Double, to: Double, spread: Double, count: Int)
    /// Sent sooner than this after one of these packets; with `roundTrip`, the connection's round
    /// trip on top. `key` is a field that both packets have, which must agree.
    case sooner(than: Double, after: [String], roundTrip: Bool, key: String?)
    /// Sent so long after one of these packets, which did not come again.
    case between(from: Double, to: Double, after: [String])
    /// Sent later than this after the last of these packets, or without one.
    case later(than: Double, after: [String])
    /// Sent so long after the first `after` without any of `absent` at any time.
    case absent([String], after: String, for: Double)
    /// The thing that the field names was never announced by the server.
    case unannounced(field: String, EntityKinds)
    /// The first action on the thing that the field names, sooner than this and the round trip
    /// after it was announced.
    case soonerThanSeen(field: String, EntityKinds, than: Double)
    /// More packets than this about the one thing that the field names.
    case perEntity(field: String, EntityKinds, atMost: Int)
    /// Position and time contradict each other.
    case motion(Motion)
    /// Integrity headers contradict each other.
    case stamps(Stamps)
  }

  /// What a place and a time must not do.
  package enum Motion: String, CaseIterable, Sendable {
    /// A distance that nobody covers in the time, without the server's having moved the player.
    case jump
    /// The client's clock goes back.
    case clockBack = "clock_back"
    /// The client's clock gains on ours, minute for minute.
    case clockFast = "clock_fast"
  }

  /// What integrity headers must not do.
  package enum Stamps: String, CaseIterable, Sendable {
    /// This packet's hash is 0 while hashes of others of this session are not.
    case zeroAmongOthers = "zero_among_others"
    /// This packet comes without a header, while it came with one before.
    case missing
    /// The counter goes back, or leaps.
    case counter
  }
}

/// Kinds of things in the game that the server announces with an id.
package struct EntityKinds: OptionSet, Sendable, Hashable, BitwiseCopyable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let npc = EntityKinds(rawValue: 1)
  package static let user = EntityKinds(rawValue: 2)
  package static let dropItem = EntityKinds(rawValue: 4)
  package static let collection = EntityKinds(rawValue: 8)
  package static let projectile = EntityKinds(rawValue: 16)

  /// The words that rule files have for them.
  package static let names: [(name: String, kind: EntityKinds)] = [
    ("npc", .npc), ("user", .user), ("drop_item", .dropItem), ("collection", .collection),
    ("projectile", .projectile),
  ]
}

/// The classes of characters, in the order of their numbers in S_LOGIN's template:
/// `10000 + 100 * (1 + race * 2 + gender) + 1 + class`. Source: docs/protocol/tera.md#login
package enum CharacterClass: UInt8, CaseIterable, Sendable {
  case warrior, lancer, slayer, berserker, sorcerer, archer, priest, mystic, reaper, gunner, brawler
  case ninja, valkyrie

  /// Of a template; nil where there is no such class.
  package init?(template: UInt32) {
    let number = template % 100
    guard number > 0, let found = CharacterClass(rawValue: UInt8(number - 1)) else { return nil }
    self = found
  }
}
