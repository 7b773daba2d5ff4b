/// Whether a client has sent more than it may and is not read for a while.
struct ReadHold: Sendable {
  /// The client is not read before this moment; nil while it is read.
  private(set) var until: Instant?
  /// Since when it has been held without a moment's rest, and when it was last let go.
  private var since: Instant?
  private var lastRelease = Instant(nanoseconds: 0)

  /// A moment's rest: what comes in between was waiting to be read.
  private static let rest = Duration.seconds(1)

  mutating func hold(until end: Instant, now: Instant) {
    until = end
    if since == nil || lastRelease + Self.rest < now { since = now }
  }

  /// Lets the client go on. - Returns: false where it has not rested for `longest`.
  mutating func release(longest: Duration, now: Instant) -> Bool {
    until = nil
    lastRelease = now
    guard let since else { return true }
    return since + longest > now
  }
}
