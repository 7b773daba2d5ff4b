import MystelCore
import MystelWire

/// One TCP connection of a capture: what its two ends say, and whether that is TERA.
struct CapturedConnection {
  private enum Content {
    /// Nobody can say yet; what both ends have said so far, the first one's first.
    case unknown([[UInt8]])
    case game(CapturedGame, server: Int)
    case other
  }

  /// What a connection says before its kind is known; a TERA server speaks first.
  private static let mostUnknownBytes = 4096

  /// The sender of the first captured segment, and the other one.
  let ends: [Endpoint]
  let number: Int
  let began: Double
  private(set) var streams = [StreamReassembly(), StreamReassembly()]
  /// Which end opened the connection; nil where that was not captured.
  private var opener: Int?
  /// The number of the opening segment, by which a new connection of the same ends is known.
  private var opening: UInt32?
  private var content = Content.unknown([[], []])
  private var wasReset = false
  /// Which ends have said that they are done.
  private var saidEnd = [false, false]
  /// Whether its session cannot be read any further.
  private var isBroken = false
  private let schedule: KeySchedule

  init(_ segment: CapturedSegment, number: Int, milliseconds: Double, schedule: KeySchedule) {
    ends = [segment.source, segment.destination]
    self.number = number
    began = milliseconds
    self.schedule = schedule
  }

  var isOver: Bool {
    wasReset || (isIgnored ? saidEnd == [true, true] : streams[0].isOver && streams[1].isOver)
  }

  /// Whether its bytes do not matter any more.
  private var isIgnored: Bool {
    if case .other = content { return true }
    return isBroken
  }

  /// Whether its packets can be read: all four keys are there.
  var isReadable: Bool {
    if case .game(let game, _) = content { return game.hasKeys }
    return false
  }

  /// Everything kept of it.
  var keptBytes: Int {
    let waiting = streams[0].waitingBytes + streams[1].waitingBytes
    return switch content {
    case .unknown(let said): waiting + said[0].count + said[1].count
    case .game(let game, _): waiting + game.keptBytes
    case .other: waiting
    }
  }

  /// The TERA session in it.
  var session: CapturedSessions.Session? {
    guard case .game(let game, let server) = content else { return nil }
    return .init(
      number: number, client: ends[1 - server], server: ends[server], build: game.build)
  }

  /// Whether a segment opens another connection between the same ends.
  func isReplaced(by segment: CapturedSegment) -> Bool {
    segment.flags.isSuperset(of: .syn) && !segment.flags.contains(.acknowledgement)
      && (opening == nil || opening != segment.sequence)
  }

  /// Takes in a segment of either end.
  ///
  /// - Throws: why the session in it cannot be read any further.
  mutating func receive(
    _ segment: CapturedSegment, milliseconds: Double, _ each: (CapturedSessions.Packet) -> Void
  ) throws(CapturedGame.Fault) {
    let from = segment.source == ends[0] ? 0 : 1
    var sequence = segment.sequence
    if segment.flags.contains(.syn) {
      let isAnswer = segment.flags.contains(.acknowledgement)
      opener = isAnswer ? 1 - from : from
      if !isAnswer { opening = sequence }
      sequence &+= 1
      streams[from].begin(at: sequence)
    }
    if segment.flags.contains(.reset) { wasReset = true }
    if segment.flags.contains(.fin) { saidEnd[from] = true }
    if isIgnored { return }
    let bytes: [UInt8]
    do throws(StreamReassembly.Fault) {
      bytes = try streams[from].add(
        segment.payload, at: sequence, missing: segment.missing,
        isLast: segment.flags.contains(.fin))
    } catch {
      throw giveUp(from, error)
    }
    if bytes.isEmpty { return }
    do throws(CapturedGame.Fault) {
      try take(bytes, from, milliseconds - began, each)
    } catch {
      isBroken = true
      streams = [StreamReassembly(), StreamReassembly()]
      throw error
    }
  }

  /// The capture or the connection is over.
  ///
  /// - Throws: what of its session is missing.
  mutating func finish() throws(CapturedGame.Fault) {
    guard case .game(let game, let server) = content, !isBroken else { return }
    for end in [0, 1] {
      do throws(StreamReassembly.Fault) {
        try streams[end].finish()
      } catch {
        throw giveUp(end, error)
      }
    }
    // Who sends no keys is no player: health checks do that.
    guard game.hasKeys else { return }
    for direction in Direction.allCases where game.heldBytes(direction) > 0 {
      let end = direction == .toClient ? server : 1 - server
      throw CapturedGame.Fault(
        problem: "it ends inside a packet from \(ends[end]): \(game.heldBytes(direction)) bytes of"
          + " it are there")
    }
  }

  private mutating func giveUp(
    _ end: Int, _ fault: StreamReassembly.Fault
  ) -> CapturedGame.Fault {
    let stream = streams[end]
    isBroken = true
    streams = [StreamReassembly(), StreamReassembly()]
    let cause = stream.sawCut ? "; frames were cut: capture whole ones (tcpdump -s 0)" : ""
    return switch fault {
    case .missing(let count):
      CapturedGame.Fault(
        problem: "\(count) bytes from \(ends[end]) are missing behind byte \(stream.delivered) of"
          + " its stream\(cause)")
    }
  }

  private mutating func take(
    _ bytes: [UInt8], _ from: Int, _ milliseconds: Double,
    _ each: (CapturedSessions.Packet) -> Void
  ) throws(CapturedGame.Fault) {
    switch content {
    case .other: break
    case .game(var game, let server):
      content = .other
      defer { content = .game(game, server: server) }
      try feed(&game, server, from, bytes, milliseconds, each)
    case .unknown(var said):
      said[from] += bytes
      content = .unknown(said)
      guard let server = server(said) else {
        if isOther(said) {
          content = .other
          streams = [StreamReassembly(), StreamReassembly()]
        }
        return
      }
      var game = CapturedGame(schedule: schedule)
      defer { content = .game(game, server: server) }
      try feed(&game, server, 1 - server, said[1 - server], milliseconds, each)
      try feed(&game, server, server, said[server], milliseconds, each)
    }
  }

  private func feed(
    _ game: inout CapturedGame, _ server: Int, _ from: Int, _ bytes: [UInt8],
    _ milliseconds: Double, _ each: (CapturedSessions.Packet) -> Void
  ) throws(CapturedGame.Fault) {
    try game.receive(bytes, from == server ? .toClient : .toBackend) { game, direction, packet in
      each(
        CapturedSessions.Packet(
          session: .init(
            number: number, client: ends[1 - server], server: ends[server], build: game.build),
          milliseconds: milliseconds, from: direction.source, bytes: packet))
    }
  }

  /// The end that opens as a TERA server does.
  private func server(_ said: [[UInt8]]) -> Int? {
    [0, 1].first { opener != $0 && said[$0].starts(with: CapturedGame.hello) }
  }

  private func isOther(_ said: [[UInt8]]) -> Bool {
    let speaks = [0, 1].map { said[$0].count >= CapturedGame.hello.count }
    return said.contains { $0.count > Self.mostUnknownBytes }
      || (opener.map { speaks[1 - $0] } ?? (speaks[0] && speaks[1]))
  }
}
