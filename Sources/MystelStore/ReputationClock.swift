import MystelCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the machine's clocks say at one moment.
package struct ClockReading: Sendable, Equatable {
  /// Names the run of the kernel that `uptime` counts from.
  package var boot: String
  /// Seconds since the boot, sleep included. Nobody can set it.
  package var uptime: Int64
  /// Seconds since 1970. Somebody can set it.
  package var wall: Int64

  package init(boot: String, uptime: Int64, wall: Int64) {
    self.boot = boot
    self.uptime = uptime
    self.wall = wall
  }

  /// The clocks of this machine.
  package static var current: ClockReading {
    ClockReading(boot: bootName, uptime: seconds(uptimeClock), wall: seconds(CLOCK_REALTIME))
  }

  #if os(Linux)
    private static var uptimeClock: clockid_t { CLOCK_BOOTTIME }
  #else
    private static var uptimeClock: clockid_t { CLOCK_MONOTONIC }
  #endif

  private static func seconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec)
  }

  private static let bootName: String = {
    guard let file = fopen("/proc/sys/kernel/random/boot_id", "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count).prefix { $0 != 10 }, as: UTF8.self)
  }()
}

/// Where the book's clock stood when it was last written down.
package struct ClockMark: Sendable, Equatable {
  /// The book's seconds.
  package var book: Int64
  package var reading: ClockReading

  package init(book: Int64, reading: ClockReading) {
    self.book = book
    self.reading = reading
  }
}

/// The book's clock: seconds that go on across restarts and never jump.
///
/// It begins as the wall clock and then follows the uptime, so a wall clock that is set by a day
/// neither ends nor prolongs a ban. After a restart under the same boot it goes on by the uptime; after
/// a reboot by the wall clock, but never back.
package struct ReputationClock: Sendable {
  private let start: Int64
  private let startUptime: Int64

  /// - Parameter mark: the last one that was written down; nil for none.
  package init(after mark: ClockMark?, reading: ClockReading) {
    startUptime = reading.uptime
    guard let mark else {
      start = reading.wall
      return
    }
    let isSameBoot = !reading.boot.isEmpty && reading.boot == mark.reading.boot
    let passed =
      isSameBoot ? reading.uptime - mark.reading.uptime : reading.wall - mark.reading.wall
    start = mark.book + max(passed, 0)
  }

  package func now(_ reading: ClockReading) -> Int64 {
    start + max(reading.uptime - startUptime, 0)
  }

  /// A moment of the book as the wall clock would call it.
  package func wall(of moment: Int64, _ reading: ClockReading) -> Int64 {
    reading.wall + (moment - now(reading))
  }
}
