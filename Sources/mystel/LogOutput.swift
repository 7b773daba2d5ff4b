import Foundation
import MystelConfig
import MystelCore
import MystelManage
import Synchronization

/// Where log lines go: standard error or a file, from a thread of its own, so that a disk or a
/// collector that stands still holds up no player.
final class LogOutput: Sendable {
  /// Lines that wait for the thread at most; more are lost, and counted.
  static let mostWaiting = 8192

  private struct State {
    var settings: Configuration.Log
    var waiting: [String] = []
    var isWriting = false
    /// Lines of each message within this second.
    var counts: [String: (lines: Int, suppressed: UInt64)] = [:]
    var second: Int64 = 0
  }

  private let state: Mutex<State>
  /// Ours alone, and never closed: what it leads to is replaced in place, since the thread may be in the
  /// middle of a line, and another file would get the number of a closed one.
  private let descriptor: CInt
  private let rawLevel: Atomic<Int>
  private let suppressed = Atomic<UInt64>(0)
  private let lost = Atomic<UInt64>(0)
  private let wake = DispatchSemaphore(value: 0)

  /// - Throws: `LogFault` where the file cannot be opened.
  init(_ settings: Configuration.Log) throws(LogFault) {
    rawLevel = Atomic(settings.level.place)
    state = Mutex(State(settings: settings))
    descriptor = try LogOutput.open(settings.path)
    Thread.detachNewThread { [self] in run() }
  }

  // MARK: Steering

  /// The least important level that is written.
  var level: Configuration.Log.Level {
    get { Configuration.Log.Level.allCases[rawLevel.load(ordering: .relaxed)] }
    set { rawLevel.store(newValue.place, ordering: .relaxed) }
  }

  var format: Configuration.Log.Format { state.withLock { $0.settings.format } }

  var losses: MonitoringSample.LogLosses {
    MonitoringSample.LogLosses(
      suppressed: suppressed.load(ordering: .relaxed), lost: lost.load(ordering: .relaxed))
  }

  /// Takes over what a reload has changed.
  ///
  /// - Throws: `LogFault` where the file cannot be opened; nothing is changed then.
  func adopt(_ settings: Configuration.Log) throws(LogFault) {
    let old = state.withLock { $0.settings }
    if settings.path != old.path {
      replace(with: try LogOutput.open(settings.path))
    }
    state.withLock { $0.settings = settings }
    // What was set by hand stays until the file says something else.
    if settings.level != old.level { level = settings.level }
  }

  /// Opens the file anew, after it was moved away.
  ///
  /// - Throws: `LogFault`; the file that is open stays then.
  func reopen() throws(LogFault) {
    guard let path = state.withLock({ $0.settings.path }) else { return }
    replace(with: try LogOutput.open(path))
  }

  private func replace(with fresh: CInt) {
    // What was said before goes where it was said.
    flush(within: .seconds(1))
    dup2(fresh, descriptor)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    if fresh != descriptor, fresh > STDERR_FILENO { close(fresh) }
  }

  /// A file, or standard error.
  private static func open(_ path: String?) throws(LogFault) -> CInt {
    guard let path else {
      let copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
      return copy >= 0 ? copy : STDERR_FILENO
    }
    // Without waiting for somebody at the other end of a pipe; lines then wait, if they must.
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC
    let descriptor = Foundation.open(path, flags | O_NONBLOCK, 0o640)
    guard descriptor >= 0 else {
      throw LogFault(path: path, message: String(cString: strerror(errno)))
    }
    _ = fcntl(descriptor, F_SETFL, O_APPEND)
    return descriptor
  }

  // MARK: Lines

  /// Whether one more line of a message fits this second. - Returns: with it, how many did not fit
  /// the last time.
  func admit(_ message: String, second: Int64) -> (fits: Bool, earlier: UInt64) {
    state.withLock { state in
      let most = state.settings.linesPerSecond
      if second != state.second {
        state.second = second
        // Those that were cut short are owed a line about it.
        state.counts = state.counts.compactMapValues {
          $0.suppressed > 0 ? (0, $0.suppressed) : nil
        }
      }
      var count = state.counts[message] ?? (0, 0)
      defer { state.counts[message] = count }
      // Messages are few; were they many, each would be let through.
      guard count.lines < most || state.counts.count > 1024 else {
        count.suppressed += 1
        suppressed.add(1, ordering: .relaxed)
        return (false, 0)
      }
      count.lines += 1
      defer { count.suppressed = 0 }
      return (true, count.suppressed)
    }
  }

  /// Hands a line over. From any thread; never waits for the disk.
  func write(_ line: String) {
    let isTaken = state.withLock { state in
      guard state.waiting.count < Self.mostWaiting else { return false }
      state.waiting.append(line)
      return true
    }
    if isTaken {
      wake.signal()
    } else {
      lost.add(1, ordering: .relaxed)
    }
  }

  /// Waits until what was said is written, for so long at most.
  func flush(within time: Duration) {
    let end = ContinuousClock.now + time
    while state.withLock({ !$0.waiting.isEmpty || $0.isWriting }), ContinuousClock.now < end {
      usleep(1000)
    }
  }

  private func run() {
    while true {
      wake.wait()
      let lines = state.withLock { state in
        defer {
          state.waiting.removeAll(keepingCapacity: true)
          state.isWriting = true
        }
        return state.waiting
      }
      if !lines.isEmpty, !StandardError.write(lines.joined(), to: descriptor) {
        lost.add(UInt64(lines.count), ordering: .relaxed)
      }
      state.withLock { $0.isWriting = false }
    }
  }
}

/// Why a log file cannot be written.
struct LogFault: Error, CustomStringConvertible {
  var path: String
  var message: String
  var description: String {
    "log.file: \(path) cannot be opened: \(message); does its directory exist, and is it writable?"
  }
}
