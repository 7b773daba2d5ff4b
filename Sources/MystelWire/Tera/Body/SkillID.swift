/// The id of a skill, of a player or an NPC, in its wide form; every bit is kept.
///
/// | bits | wide, patch 74 and later | narrow, before |
/// |---|---|---|
/// | number | 0-27; 0-15 for an NPC's action | 0-25; 0-15 |
/// | hunting zone, an NPC's action only | 16-27 | 16-25 |
/// | kind | 28-31 | 26-29 |
/// | NPC | 32 | 30 |
/// | reserved | 33-63 | 31 |
///
/// Source: docs/protocol/tera.md#body
public struct SkillID: Hashable, Sendable {
  /// How many bytes an id takes on the wire.
  public enum Width: Sendable {
    /// Four bytes.
    case narrow
    /// Eight bytes.
    case wide

    /// The width that a major patch uses.
    public init(majorPatch: UInt8) {
      self = majorPatch >= 74 ? .wide : .narrow
    }
  }

  /// The kind of an action.
  public static let action: UInt8 = 1
  /// The kind of a reaction: a stagger, a knock-down.
  public static let reaction: UInt8 = 2

  /// The id as eight bytes hold it.
  public let wide: UInt64

  /// The id in eight bytes.
  public init(wide: UInt64) {
    self.wide = wide
  }

  /// The id in four bytes.
  public init(narrow: UInt32) {
    let number = UInt64(narrow & 0x03ff_ffff)
    let kind = UInt64(narrow >> 26 & 0xf)
    let flags = UInt64(narrow >> 30)
    wide = number | kind << 28 | flags << 32
  }

  /// A player's skill: `number` is 0..<2^28, `kind` 0..<16; nil beyond.
  public init?(player number: UInt32, kind: UInt8 = SkillID.action) {
    guard number < 1 << 28, kind < 16 else { return nil }
    wide = UInt64(number) | UInt64(kind) << 28
  }

  /// An NPC's action: `huntingZone` is 0..<2^12; nil beyond.
  public init?(npcAction number: UInt16, huntingZone: UInt16) {
    guard huntingZone < 1 << 12 else { return nil }
    let kind = UInt64(Self.action)
    wide = UInt64(number) | UInt64(huntingZone) << 16 | kind << 28 | 1 << 32
  }

  /// The id in four bytes; nil where a bit would be lost.
  public var narrow: UInt32? {
    let number = wide & 0x0fff_ffff
    let flags = wide >> 32
    guard number < 1 << 26, flags < 1 << 2 else { return nil }
    return UInt32(number) | UInt32(kind) << 26 | UInt32(flags) << 30
  }

  /// The skill's number; for an NPC's action, inside its hunting zone.
  public var number: UInt32 {
    UInt32(truncatingIfNeeded: wide & (hasHuntingZone ? 0xffff : 0x0fff_ffff))
  }

  /// The zone of an NPC's action; 0 for all others.
  public var huntingZone: UInt16 {
    hasHuntingZone ? UInt16(truncatingIfNeeded: wide >> 16 & 0xfff) : 0
  }

  /// Action, reaction or another of 16 kinds.
  public var kind: UInt8 { UInt8(truncatingIfNeeded: wide >> 28 & 0xf) }

  /// Whether the skill is an NPC's.
  public var isNPC: Bool { wide >> 32 & 1 == 1 }

  /// The bits above the NPC bit, whose meaning is unknown.
  public var reserved: UInt32 { UInt32(truncatingIfNeeded: wide >> 33) }

  private var hasHuntingZone: Bool { isNPC && kind == Self.action }
}
