/// What is wrong with a reference, an array or a string inside a packet.
public enum BodyFault: UInt8, Error, CaseIterable, Sendable {
  /// A field is asked for that lies outside its level's fixed part.
  case fieldOutOfRange
  /// A reference points before the end of its level's fixed part: into the header, into fixed
  /// fields, or out of its array element backwards.
  case offsetInFixedPart
  /// A reference points past the end of its level, or its data would not end inside it.
  case offsetOutOfRange
  /// A string has no NUL before the end of its level.
  case unterminatedString
  /// An array claims more elements than fit between its offset and the end of its level.
  case countTooLarge
  /// A list of elements ends before its count, or goes on after it.
  case countMismatch
  /// An element lies, or would end, past the end of its level.
  case elementOutOfRange
  /// An element's first word is not its own offset.
  case hereMismatch
  /// An element's `next` is its own offset or lies before it.
  case nextNotForward
  /// An element's `next` lies inside the element itself.
  case elementsOverlap
  /// The elements of two interleaved arrays do not take turns.
  case notInterleaved
}
