package struct CaptureOrder: Codable, Sendable, Equatable {
  package var session: UInt64
  /// Nil for a minute.
  package var seconds: Int64?
  /// Of memory; nil for 1 MiB.
  package var bytes: Int?

  package init(session: UInt64, seconds: Int64? = nil, bytes: Int? = nil) {
    self.session = session
    self.seconds = seconds
    self.bytes = bytes
  }

  /// Captures that are kept at once.
  package static let most = 8
  package static let longestSeconds: Int64 = 3600
  package static let mostBytes = 8 << 20
}

package struct CaptureNumber: Codable, Sendable, Equatable {
  package var id: UInt64
  package init(id: UInt64) { self.id = id }
}

package struct CaptureAnswer: Codable, Sendable, Equatable {
  package var id: UInt64
  package var session: UInt64
  /// By the wall clock, as `2026-11-24 10:00:00` UTC.
  package var started: String
  package var packets: Int
  package var bytes: Int
  package var isRunning: Bool
  /// Why it is over: `full`, `time`, `session_ended` or `stopped`.
  package var end: PacketRecording.End?

  package init(id: UInt64, started: Int64, contents: PacketRecording.Contents) {
    self.id = id
    session = contents.session
    self.started = CalendarTime.text(started)
    packets = contents.frames.count
    bytes = contents.bytes.count
    isRunning = contents.end == nil
    end = contents.end
  }
}

/// A part of a capture's transcript.
package struct TranscriptQuery: Codable, Sendable, Equatable {
  package var id: UInt64
  /// The packets of earlier parts.
  package var after: UInt64?
  /// Whether what players wrote and log in with stays in it.
  package var secrets: Bool?

  package init(id: UInt64, after: UInt64? = nil, secrets: Bool? = nil) {
    self.id = id
    self.after = after
    self.secrets = secrets
  }
}

package struct TranscriptPart: Codable, Sendable, Equatable {
  /// Lines of JSON, as `mystel inspect` reads them.
  package var text: String
  /// What to ask for the next part with; nil for the last.
  package var next: UInt64?

  package init(text: String, next: UInt64?) {
    self.text = text
    self.next = next
  }
}
