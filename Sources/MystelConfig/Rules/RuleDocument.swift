import MystelCore

/// A rule file as it is written: every key, and nothing understood yet.
struct RuleDocument: Sendable {
  var title = ""
  var why = ""
  var source = ""
  var confidence = Rule.Confidence.medium
  var classes: [String] = []
  var detects: [String] = []
  var action = Rule.Action.discard
  var reason = ""
  var weight = 10
  var closeAfter: Int?
  var modes = Rule.Modes()
  var builds: [UInt32] = []
  var checks: [Check] = []

  /// One entry of `checks`. Which keys are there says what it is.
  struct Check: Sendable {
    var packets: [String] = []
    var field: String?
    var atLeast: Int64?
    var atMost: Int64?
    var oneOf: [Int64] = []
    var multipleOf: Int64?
    var magnitude: Double?
    var shortest: Int?
    var longest: Int?
    var text: String?
    var other: String?
    var relation: String?
    var bound: Int64?
    var perSecond: Double?
    var burst: Double?
    var after: [String] = []
    var until: [String] = []
    var once = false
    var statuses: [UInt32] = []
    var structure: String?
    var state: String?
    var signature = SignatureDocument()
  }

  static let table = Table<RuleDocument>(
    prototype: RuleDocument(),
    sections: [.init(path: "modes", reason: "The rule's mode in each profile.")],
    rows: [
      .scalar("title", \.title, .text, required: "title: What holds", "One line for lists."),
      .scalar(
        "why", \.why, .text, required: "why: and one or two sentences",
        "What the rule protects from, and what an honest player could lose by it."),
      .scalar(
        "source", \.source, .text, required: "source: where the fact is from", "The fact's source."),
      .scalar(
        "confidence", \.confidence, .choice(), "How sure it is that no honest client breaks it."),
      .list("classes", \.classes, of: .text, atMost: 8, "The exploit classes it answers."),
      .list(
        "detects", \.detects, of: .text, atMost: 8,
        "The kinds of tools it tells, by their names in transcripts."),
      .scalar("action", \.action, .choice(), "What becomes of a packet that breaks it."),
      .scalar(
        "reason", \.reason, .word(Reason.allCases.map(\.label)),
        required: "reason: value_out_of_range", "The label that drops are counted under."),
      .scalar(
        "weight", \.weight, .integer(0...1000), "What a hit is worth to the player's reputation."),
      .scalar(
        "close_after", \.closeAfter, Grammar<Int>.integer(2...200).optional(),
        "The packet that it refuses and ends the session with; never without."),
      .scalar("modes.observe", \.modes.observe, .choice(), "Its mode under `observe`."),
      .scalar("modes.balanced", \.modes.balanced, .choice(), "Its mode under `balanced`."),
      .scalar("modes.strict", \.modes.strict, .choice(), "Its mode under `strict`."),
      .list(
        "builds", \.builds, of: .integer(1...UInt32.max), atMost: 64,
        "The builds it concerns; all where there are none."),
      .records(
        "checks", \.checks, of: check, atMost: 64, example: "a list of checks",
        "What is looked at. Breaking one breaks the rule."),
    ])

  private static let check = Table<Check>(
    prototype: Check(),
    sections: [.init(path: "rate", reason: "A token bucket for all of `packets` together.")]
      + SignatureDocument.sections,
    rows: [
      .list(
        "packets", \.packets, of: .text, atMost: 256, "Names; a `*` at the end stands for any rest."
      ),
      .scalar(
        "field", \.field, .optionalText,
        "The field that is looked at; `targets.gameId` inside of arrays."),
      .scalar("at_least", \.atLeast, .optionalInteger, "The least an integer may be."),
      .scalar("at_most", \.atMost, .optionalInteger, "The most an integer may be."),
      .list(
        "one_of", \.oneOf, of: .signed, atMost: 256,
        "What an integer may be; a fix writes the first."),
      .scalar("multiple_of", \.multipleOf, .optionalInteger, "What must divide an integer."),
      .scalar("magnitude", \.magnitude, .optionalNumber, "How far from 0 a float may be."),
      .scalar(
        "shortest", \.shortest, .optionalCount,
        "The fewest characters, bytes or elements of `field`; without one, bytes of the packet."),
      .scalar("longest", \.longest, .optionalCount, "The most, likewise."),
      .scalar(
        "text", \.text, .optionalWord(Rule.TextForm.allCases.map(\.rawValue)),
        "What a text may hold."),
      .scalar("other", \.other, .optionalText, "A second field of the same level."),
      .scalar(
        "relation", \.relation,
        .optionalWord(["not_equal", "at_most", "product_at_most", "one_is_zero"]),
        "How `field` and `other` must stand to each other."),
      .scalar("bound", \.bound, .optionalInteger, "The most that the product may be."),
      .scalar("rate.per_second", \.perSecond, .optionalNumber, "Packets a second in the long run."),
      .scalar("rate.burst", \.burst, .optionalNumber, "Packets at once."),
      .list(
        "after", \.after, of: .text, atMost: 64, "What must have come first, from either side."),
      .list("until", \.until, of: .text, atMost: 64, "What ends the permission."),
      .scalar("once", \.once, .flag, "Whether one of `after` permits one packet only."),
      .list(
        "statuses", \.statuses, of: .integer(0...UInt32.max), atMost: 64,
        "The statuses of S_LOGIN_ARBITER, one of which the player must have."),
      .scalar(
        "structure", \.structure, .optionalWord(Rule.Structure.allCases.map(\.rawValue)),
        "A check on the form of every packet."),
      .scalar(
        "state", \.state, .optionalWord(Rule.State.allCases.map(\.rawValue)),
        "A check on what the server said before."),
    ] + SignatureDocument.rows)
}
