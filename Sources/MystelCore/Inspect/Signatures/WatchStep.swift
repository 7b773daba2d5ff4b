/// One step of watching for signatures. Steps of a packet are a flat array, like its program.
///
/// A signature is its conditions and then its measure; where a condition fails, `skip` steps are
/// left out. Notes for later packets stand behind all signatures.
struct WatchStep: BitwiseCopyable {
  enum Code: UInt8, BitwiseCopyable {
    // Conditions, of the field of `width` bytes at `offset`.
    /// An integer of `kind` among the `count` constants from index `a` on, or not among them.
    case oneOf, notOneOf
    /// All bytes are 0, or not all.
    case zero, notZero
    /// One of the floats is 0x7FC00000.
    case emptyNumber
    /// The group of a skill's number is not among constants.
    case groupNotOneOf
    /// A text begins with one of the constants, eight letters each.
    case startsWith
    /// The integer of `kind` at `offset` equals that of `otherKind` at `other`.
    case equal
    /// The character's class has its bit set in `a`.
    case classOneOf
    case awayFromOrigin
    case channelNotJoined

    // Measures: hits go to the counter `counter`, what is remembered of this packet to `memory`.
    case match
    /// Between `a` and `b` nanoseconds, `count` in a row.
    case repeated
    /// Less than `a` nanoseconds each; the field at `offset` differs (`flag`) or agrees.
    case together
    /// Intervals of `a` to `b` nanoseconds, `count` of them, within `spread` of their mean.
    case steady
    /// Sooner than `a` nanoseconds after the mark, and the round trip with `flag`; key at `offset`.
    case sooner
    /// `a` to `b` nanoseconds after the mark.
    case between
    /// Later than `a` nanoseconds after the mark, or without it.
    case later
    /// The mark is older than `a` nanoseconds and nothing was seen since the session began.
    case absent
    /// About the ids at `offset`, of the kinds `kinds`; in an array with `other` as its element's
    /// offset and `flag`.
    case unannounced, soonerThanSeen, perEntity
    /// The place at `offset`, the client's time at `other`; `a` is the limit.
    case jump, clockBack, clockFast
    /// Hash 0 among others; `flag` for one of the others.
    case stampZero
    case stampMissing, stampCounter

    // Notes.
    /// The packet's time, and the key at `offset`, into `memory`; `flag` for the first only.
    case mark
    /// Something that ends an absence.
    case seen
    /// The server announced the id at `offset`, or withdrew it, or the zone with everything in it.
    case announce, withdraw, zone
    /// A packet about the thing with the id at `offset`.
    case act
    /// The server put the player at the place at `offset`.
    case moved
    /// S_PING and C_PONG.
    case ping, pong
    /// S_LOGIN's template at `offset`.
    case template
  }

  var code: Code
  var kind = IntegerKind.u8
  var otherKind = IntegerKind.u8
  var kinds: UInt8 = 0
  var rule = Instruction.noRule
  /// Of hits; unused where one is enough.
  var counter: UInt16 = 0
  /// A slot.
  var memory: UInt16 = 0
  var field: UInt16 = 0
  var offset: UInt16 = 0
  var other: UInt16 = 0
  var width: UInt16 = 0
  var count: UInt16 = 0
  /// Steps to leave out where a condition fails.
  var skip: UInt16 = 0
  /// Hits it takes.
  var times: UInt16 = 1
  var flag = false
  /// Whether what is found sound starts the count of hits anew.
  var isConsecutive = false
  /// Milliseconds that the hits may lie apart.
  var within: UInt32 = 600_000
  var spread: Float = 0
  var a: Int64 = 0
  var b: Int64 = 0

  init(_ code: Code) { self.code = code }
}
