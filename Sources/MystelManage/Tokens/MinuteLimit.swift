import Synchronization

/// How often each source did something in a minute.
final class MinuteLimit: Sendable {
  static let window = Duration.seconds(60)
  let most: Int
  private static let capacity = 1024

  private struct Entry {
    var count: Int
    var since: ContinuousClock.Instant
  }

  private let entries = Mutex<[String: Entry]>([:])

  init(most: Int) { self.most = most }

  /// Counts it once more. - Returns: whether that is too often.
  func exceeds(_ source: String, now: ContinuousClock.Instant = .now) -> Bool {
    entries.withLock { entries in
      if entries.count >= Self.capacity {
        entries = entries.filter { $0.value.since + Self.window > now }
        // Still full: who is new shares one place.
        if entries.count >= Self.capacity, entries[source] == nil {
          return count("", &entries, now)
        }
      }
      return count(source, &entries, now)
    }
  }

  private func count(
    _ source: String, _ entries: inout [String: Entry], _ now: ContinuousClock.Instant
  ) -> Bool {
    var entry = entries[source] ?? Entry(count: 0, since: now)
    if entry.since + Self.window <= now { entry = Entry(count: 0, since: now) }
    entry.count += 1
    entries[source] = entry
    return entry.count > most
  }
}
