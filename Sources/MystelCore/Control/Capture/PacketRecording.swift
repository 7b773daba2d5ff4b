import MystelWire

/// The packets of one session, taken down as they are judged until there is no more room or time.
/// Confined to its worker's loop; `contents` is a value that may leave it.
package final class PacketRecording {
  /// A packet as its sender sent it, and what became of it.
  package struct Frame: Sendable {
    /// Since the recording began.
    package var nanoseconds: UInt64
    package var direction: Direction
    package var verdict: Verdict
    /// In `Contents.bytes`.
    package var range: Range<Int>
  }

  /// Everything taken down so far.
  package struct Contents: Sendable {
    package var session: UInt64
    package var frames: [Frame] = []
    package var bytes: [UInt8] = []
    package var build: BuildPolicy?
    /// Why nothing more is taken down; nil while it goes on.
    package var end: End?

    package init(session: UInt64) { self.session = session }
  }

  package enum End: String, Sendable, Codable {
    case full, time, stopped
    case sessionEnded = "session_ended"
  }

  /// What a frame takes beside its bytes.
  private static let frameOverhead = MemoryLayout<Frame>.stride

  package private(set) var contents: Contents
  private let mostBytes: Int
  private let began: Instant
  private let until: Instant

  /// - Parameter mostBytes: of packets and what is kept beside them.
  package init(of session: UInt64, mostBytes: Int, began: Instant, until: Instant) {
    contents = Contents(session: session)
    self.mostBytes = mostBytes
    self.began = began
    self.until = until
  }

  func take(
    _ packet: RawSpan, _ direction: Direction, _ verdict: Verdict, build: BuildPolicy?,
    at now: Instant
  ) {
    guard contents.end == nil, now < until else { return end(.time) }
    let count = contents.bytes.count
    let used = count + contents.frames.count * Self.frameOverhead
    guard used + packet.byteCount + Self.frameOverhead <= mostBytes else { return end(.full) }
    contents.build = build
    packet.withUnsafeBytes { contents.bytes.append(contentsOf: $0) }
    contents.frames.append(
      Frame(
        nanoseconds: now.nanoseconds &- began.nanoseconds, direction: direction,
        verdict: verdict, range: count..<count + packet.byteCount))
  }

  /// Nothing more is taken down; the first reason stays.
  package func end(_ end: End) {
    if contents.end == nil { contents.end = end }
  }

  /// Ends it where its time is over and no packet has said so.
  package func review(now: Instant) {
    if now >= until { end(.time) }
  }
}

/// Whoever looks on while a session's packets are judged; nearly no session has any.
package final class Onlookers {
  var learner: SessionLearner?
  var recording: PacketRecording?
  var isEmpty: Bool { learner == nil && recording == nil }
}

extension Session {
  /// Takes down its packets from now on; ends what was taken down before. - Returns: false for a session
  /// whose packets are not understood.
  package func record(to recording: PacketRecording?) -> Bool {
    guard tera != nil else { return false }
    tera?.inspector.recording?.end(.stopped)
    tera?.inspector.recording = recording
    return true
  }

  /// It is over.
  package func endRecording() {
    tera?.inspector.recording?.end(.sessionEnded)
    tera?.inspector.recording = nil
  }
}
