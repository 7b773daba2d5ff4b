import MystelCore
import MystelWire

/// The TERA sessions in a capture, read as its frames come, in memory that does not grow with it.
package struct CapturedSessions {
  /// One session.
  package struct Session: Equatable, Sendable {
    /// Which of the capture's connections it is, from 1.
    package var number: Int
    package var client: Endpoint
    package var server: Endpoint
    /// What the client says its build is; nil before its first packet.
    package var build: UInt32?
  }

  /// One packet of a session, in clear.
  package struct Packet: Equatable, Sendable {
    package var session: Session
    /// Since the session's first segment.
    package var milliseconds: Double
    package var from: Side
    package var bytes: [UInt8]
  }

  /// What was found.
  package enum Event: Equatable, Sendable {
    case packet(Packet)
    /// A session cannot be read any further, or its end is missing.
    case problem(Session, milliseconds: Double, String)
  }

  /// What was seen of everything, for those who find nothing.
  package struct Counts: Equatable, Sendable {
    package var frames = 0
    package var segments = 0
    package var connections = 0
    package var sessions = 0
    package var fragments = 0
    /// Frames of link layers that cannot be read, and the number of the last such layer.
    package var unknownLinks = 0
    package var unknownLink = 0

    package init() {}
  }

  private struct Ends: Hashable {
    var one: Endpoint
    var other: Endpoint

    init(_ segment: CapturedSegment) {
      let (a, b) = (segment.source, segment.destination)
      let isFirst =
        (a.address.high, a.address.low, a.port) <= (b.address.high, b.address.low, b.port)
      (one, other) = isFirst ? (a, b) : (b, a)
    }
  }

  /// Connections at a time, and bytes kept of all of them.
  static let mostConnections = 16_384
  static let mostKeptBytes = 256 << 20

  package private(set) var counts = Counts()
  private let schedule: KeySchedule
  private var open: [Ends: CapturedConnection] = [:]
  private var keptBytes = 0
  private var milliseconds = 0.0

  package init(schedule: KeySchedule = .current) { self.schedule = schedule }

  /// Takes in the next frame.
  ///
  /// - Throws: `CaptureError` where a capture needs more memory than is given to it.
  package mutating func receive(
    _ record: CaptureReader.Record, at offset: UInt64, _ each: (Event) -> Void
  ) throws(CaptureError) {
    counts.frames += 1
    milliseconds = record.milliseconds
    switch CapturedFrame(record) {
    case .segment(let segment):
      counts.segments += 1
      try receive(segment, record.number, offset, each)
    case .fragment: counts.fragments += 1
    case .other: break
    case .unknownLink(let link):
      counts.unknownLinks += 1
      counts.unknownLink = link
    }
  }

  /// The capture is over.
  package mutating func finish(_ each: (Event) -> Void) {
    for var connection in open.values.sorted(by: { $0.number < $1.number }) {
      close(&connection, each)
    }
    open = [:]
  }

  private mutating func receive(
    _ segment: CapturedSegment, _ record: Int, _ offset: UInt64, _ each: (Event) -> Void
  ) throws(CaptureError) {
    let ends = Ends(segment)
    var found = open.removeValue(forKey: ends)
    if var old = found, old.isReplaced(by: segment) {
      keptBytes -= old.keptBytes
      close(&old, each)
      found = nil
    }
    if found == nil {
      // The last segments of a connection that is over open none.
      guard segment.flags.contains(.syn) || !segment.payload.isEmpty else { return }
      guard open.count < Self.mostConnections else {
        throw CaptureError(
          offset: offset, record: record,
          problem: "more than \(Self.mostConnections) connections at a time: capture one server's"
            + " port alone")
      }
      counts.connections += 1
      found = CapturedConnection(
        segment, number: counts.connections, milliseconds: milliseconds, schedule: schedule)
    }
    guard var connection = found else { return }
    found = nil
    let (before, wasReadable) = (connection.keptBytes, connection.isReadable)
    do throws(CapturedGame.Fault) {
      try connection.receive(segment, milliseconds: milliseconds) { each(.packet($0)) }
    } catch {
      tell(error, connection, each)
    }
    if !wasReadable, connection.isReadable { counts.sessions += 1 }
    keptBytes += connection.keptBytes - before
    if connection.isOver {
      keptBytes -= connection.keptBytes
      close(&connection, each)
    } else {
      open[ends] = connection
    }
    guard keptBytes <= Self.mostKeptBytes else {
      throw CaptureError(
        offset: offset, record: record,
        problem: "more than \(Self.mostKeptBytes >> 20) MB wait for bytes that were not captured")
    }
  }

  private func close(_ connection: inout CapturedConnection, _ each: (Event) -> Void) {
    do throws(CapturedGame.Fault) {
      try connection.finish()
    } catch {
      tell(error, connection, each)
    }
  }

  private func tell(
    _ fault: CapturedGame.Fault, _ connection: CapturedConnection, _ each: (Event) -> Void
  ) {
    guard let session = connection.session else { return }
    each(.problem(session, milliseconds: milliseconds - connection.began, fault.problem))
  }
}
