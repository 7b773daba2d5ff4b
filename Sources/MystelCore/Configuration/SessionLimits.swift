/// What one session's client may send, with defaults and their reasons. Mirrors `limits.session`.
///
/// The backend is never limited. See docs/operating/limits.md.
package struct SessionLimits: Sendable, Equatable {
  /// What becomes of a client that sends more, from the mildest to the hardest.
  package enum Reaction: String, CaseIterable, Sendable {
    /// Everything goes on; it is only counted.
    case count
    /// The client is not read until it has credit again. Nothing is lost or reordered.
    case delay
    /// A repeat of an idempotent packet is left out; any other packet is delayed.
    case coalesce
    /// What is beyond the limit is left out.
    case drop
    case close
    /// As `close`; the player's source is reported to the reputation as well.
    case ban
  }

  package var mode = Configuration.Mode.enforce
  /// In movement packets, over the 7 s window; nil for no limit. Default 300: a fast player sends
  /// about 60, a burst after a stall 100, and no relayed packet of a server's worth is free.
  package var packetsPerSecond: Int? = 300
  /// The most in one second, credit or not, in movement packets; nil takes seven seconds' worth,
  /// which is what a player owes after a stall of seven seconds.
  package var burstPackets: Int?
  /// Over the 7 s window; nil for no limit. Default 65,536: a fast player sends about 3,000, and
  /// settings of 9,000 bytes are sent once in a while.
  package var bytesPerSecond: Int? = 65536
  /// The most in one second, credit or not; nil takes seven seconds' worth.
  package var burstBytes: Int?
  /// Default `delay`: no packet is lost, and a flood waits at its sender's expense.
  package var reaction = Reaction.delay
  /// How long a session may be delayed without a moment's rest before it is closed. Default 30 s,
  /// as for a receiver whose queue stays full.
  package var longestDelay = Duration.seconds(30)

  package init() {}

  /// Nothing is limited.
  package static var none: SessionLimits {
    var limits = SessionLimits()
    limits.mode = .off
    return limits
  }

  /// How much of its credit a silent client keeps: the long window, in seconds.
  package static let windowSeconds = 7
}
