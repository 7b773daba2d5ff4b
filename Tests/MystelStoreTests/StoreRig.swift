import Foundation
import Logging
import MystelCore
import MystelStore
import MystelWire
import Synchronization
import Testing

/// A directory for a store, a clock and a log, for the length of one test.
final class StoreRig: Sendable {
  let directory: String
  let path: String
  private let state = Mutex(
    ClockReading(boot: "first", uptime: 1000, wall: 1_700_000_000))
  let lines = Lines()

  /// What was logged.
  final class Lines: Sendable {
    private let kept = Mutex<[String]>([])
    var all: [String] { kept.withLock { $0 } }
    func append(_ line: String) { kept.withLock { $0.append(line) } }
  }

  init() throws {
    directory = NSTemporaryDirectory() + "mystel-store-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    path = directory + "/reputation.db"
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  var copyPath: String { path + ".copy" }

  func pass(_ seconds: Int64) {
    state.withLock {
      $0.uptime += seconds
      $0.wall += seconds
    }
  }

  /// Somebody sets the wall clock.
  func jump(_ seconds: Int64) { state.withLock { $0.wall += seconds } }

  /// The machine is started anew, `seconds` later.
  func reboot(after seconds: Int64) {
    state.withLock {
      $0 = ClockReading(boot: "after \($0.boot)", uptime: 10, wall: $0.wall + seconds)
    }
  }

  func open(
    path: String? = nil, mode: Configuration.Mode = .enforce, protected: [AddressPrefix] = []
  ) -> Reputation {
    var settings = ReputationSettings()
    settings.mode = mode
    return Reputation(
      settings: settings, protected: protected, path: path ?? self.path, seed: 1,
      logger: Logger(label: "test") { [lines] _ in LineHandler(lines: lines) },
      read: { self.state.withLock { $0 } })
  }

  var files: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
  }

  var quarantined: [String] {
    files.filter { $0.contains(".quarantine-") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
  }

  var bytes: Data {
    get throws { try Data(contentsOf: URL(fileURLWithPath: path)) }
  }

  func replace(_ bytes: Data) throws { try bytes.write(to: URL(fileURLWithPath: path)) }

  private struct LineHandler: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(lines: Lines) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      lines.append("\(event.level) \(event.message) \(event.metadata ?? [:])")
    }
  }
}

extension Reputation {
  /// The targets of the bans in force.
  var targets: Set<String> { Set(bans().map { "\($0.target)" }) }

  func ban(_ text: String, _ term: Term = .usual) async throws {
    try await ban(try #require(BanTarget(text)), term, reason: "test", by: "tester")
  }

  func lift(_ text: String) async throws {
    try await lift([try #require(BanTarget(text))], by: "tester")
  }
}
