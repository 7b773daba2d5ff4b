/// Gives the client the server's first key in two halves, some time apart.
///
/// A game client reads a stream and goes on; relays that take a key only where it arrives in one piece
/// never finish the exchange. Whether every genuine client goes on is not known, so the probe is off
/// unless a listener asks for it. Source: docs/protocol/tera.md#unknowns
struct SplitKeyProbe {
  /// What the client gets first.
  static let firstBytes = 64
  /// The least time between the halves; deadlines are looked at every 100 ms.
  static let gap = Duration.milliseconds(60)

  private var held: [UInt8] = []
  /// When the second half is due; nil before the first was given, and once both were.
  private(set) var dueAt: Instant?
  /// Whether the key was split.
  private(set) var isDone = false

  /// Holds back the second half of the first thing as long as a key, and everything behind it.
  mutating func filter(_ output: inout ScratchBuffer, now: Instant) {
    guard dueAt == nil else {
      hold(&output, from: 0)
      return
    }
    guard !isDone, output.count > Self.firstBytes else { return }
    isDone = true
    dueAt = now + Self.gap
    hold(&output, from: Self.firstBytes)
  }

  /// Gives out what was held back.
  mutating func release(_ output: inout ScratchBuffer) {
    output.append(held)
    held = []
    dueAt = nil
  }

  private mutating func hold(_ output: inout ScratchBuffer, from start: Int) {
    held += output.unsafeBytes.dropFirst(start)
    output.cut(to: start)
  }
}
