import Logging
import MystelCore

/// Says that connections are refused: one line a reason and period, whatever their number.
struct RefusalLog: Sendable {
  /// A line to write once no lock is held.
  struct Line: Sendable {
    var reason: Reason
    var earlier: UInt64

    func write(to logger: Logger) {
      logger.warning(
        "connections are refused; more of them are counted until the next line",
        metadata: ["reason": "\(reason.label)", "since_last_line": "\(earlier)"])
    }
  }

  private static let period = Duration.seconds(60)
  private var known: [Reason: (next: Instant, count: UInt64)] = [:]

  /// Counts a refusal. - Returns: the line, where one is due.
  mutating func note(_ reason: Reason, now: Instant) -> Line? {
    guard let last = known[reason], now < last.next else {
      let earlier = known[reason]?.count ?? 0
      known[reason] = (now + Self.period, 0)
      return Line(reason: reason, earlier: earlier)
    }
    known[reason] = (last.next, last.count &+ 1)
    return nil
  }
}
