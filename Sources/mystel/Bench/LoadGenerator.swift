import MystelSim
import MystelTunnel
import MystelWire

/// Players and their game server in one thread: sends requests through a relay, answers them on
/// the other side, and compares every byte.
struct LoadGenerator: ~Copyable {
  /// What the sessions do once they are open.
  struct Plan {
    var sessions: Int
    var traffic: LoadTraffic
    /// Requests a second and session at fixed times; 0 sends the next when the last is answered.
    var rate = 0.0
    /// Whether the server's side speaks unasked at these times, and the client's listens.
    var pushes = false
    /// Bursts to the first few sessions, which say nothing else.
    var burst: LoadBurst?
    /// Requests of a session, nil without an end.
    var rounds: Int?
    /// Sessions stay as they are after the hello: no key is sent.
    var stopsAtHello = false
    /// What players come by the tunnel with; nil where they come without.
    var tunnel: TunnelSettings?
  }

  /// A connection that the server's side has accepted.
  private struct Accepted {
    /// nil once the other side has closed it.
    var socket: Socket?
    /// Whose it is; known from the first key on.
    var session: Int?
    var key: [UInt8] = []
  }

  private enum Side: UInt64 {
    case listener, client, backend
    func token(_ index: Int) -> UInt64 { rawValue << 32 | UInt64(index) }
  }

  /// Sessions that may be opening at the same time: below the gateway's own limits.
  private static let openingAtOnce = 32

  /// Where the relay must connect to, on 127.0.0.1.
  let backendPort: UInt16
  /// Nanoseconds from the moment a request was due until its answer was complete.
  private(set) var latencies = Histogram()
  private(set) var roundTrips: UInt64 = 0
  /// Packets of bursts that arrived.
  private(set) var burstPackets: UInt64 = 0

  private let plan: Plan
  private let listener: Socket
  private var poller: Poller
  private var sessions: [LoadSession]
  private var accepted: [Accepted] = []
  private var relayPort: UInt16 = 0
  private var startedSessions = 0
  private var openSessions = 0
  private var finishedSessions = 0
  private var isStarted = false
  private var schedule: LoadSchedule?
  private var burstSchedule: LoadSchedule?
  private var request: CipherPacket
  private var reply: CipherPacket
  private var burstPacket: CipherPacket?
  private var received = [UInt8](repeating: 0, count: 64 * 1024)

  /// Opens the server's listener and runs every session's key schedule.
  init(_ plan: Plan) throws(BenchFailure) {
    var sessions: [LoadSession] = []
    sessions.reserveCapacity(plan.sessions)
    for index in 0..<plan.sessions {
      guard
        let session = LoadSession(
          index: index, traffic: plan.traffic(of: index), rounds: plan.rounds,
          requestsInFlight: plan.rate > 0 ? 64 : 1)
      else { throw BenchFailure("session \(index) has no keys") }
      sessions.append(session)
    }
    let poller = try Poller()
    let (listener, port) = try Socket.listener()
    try poller.add(listener, token: Side.listener.token(0))
    self.plan = plan
    self.sessions = sessions
    self.poller = poller
    self.listener = listener
    backendPort = port
    request = CipherPacket(plan.traffic.request)
    reply = CipherPacket(plan.traffic.reply)
    burstPacket = plan.burst.map { CipherPacket($0.traffic.reply) }
    if plan.rate > 0 {
      schedule = LoadSchedule(rate: plan.rate * Double(plan.sessions - plan.quietSessions))
    }
    burstSchedule = plan.burst.map { LoadSchedule(rate: $0.rate) }
  }

  deinit {
    for session in sessions { session.client?.reset() }
    for connection in accepted { connection.socket?.reset() }
    listener.closed()
  }

  /// Closes everything now, sessions with a reset.
  consuming func close() {}

  /// Opens every session through the relay, up to the answer to its first packet.
  mutating func open(through port: UInt16) throws(BenchFailure) {
    relayPort = port
    let begin = Machine.now()
    let deadline = begin + 60_000_000_000
    while openSessions < plan.sessions {
      let due = plan.mayHaveStarted(after: Machine.now() - begin)
      while startedSessions < min(due, openSessions + LoadGenerator.openingAtOnce) {
        try connectNext()
      }
      try handleEvents(milliseconds: plan.tunnel == nil ? 100 : 1)
      guard Machine.now() < deadline else {
        throw BenchFailure("only \(openSessions) of \(plan.sessions) sessions opened in 60 s")
      }
    }
  }

  /// Plays for a while; `latencies` and `roundTrips` then hold what happened in this time.
  mutating func play(nanoseconds: UInt64) throws(BenchFailure) {
    latencies.reset()
    roundTrips = 0
    burstPackets = 0
    let end = Machine.now() + nanoseconds
    try start()
    repeat {
      if plan.rate > 0 { try sendWhatIsDue() }
      // Open loop: no wait, since a timer of the kernel is coarser than what is measured.
      try handleEvents(milliseconds: plan.rate > 0 ? 0 : 20)
    } while Machine.now() < end
  }

  /// Plays until every session has made its rounds.
  mutating func playRounds() throws(BenchFailure) {
    let deadline = Machine.now() + 120_000_000_000
    try start()
    while finishedSessions < plan.sessions {
      try handleEvents(milliseconds: 100)
      guard Machine.now() < deadline else {
        throw BenchFailure("only \(finishedSessions) sessions made their rounds in 120 s")
      }
    }
  }

  private mutating func start() throws(BenchFailure) {
    schedule?.resume(at: Machine.now())
    burstSchedule?.resume(at: Machine.now())
    guard plan.rate == 0 else { return }
    guard !isStarted else { return }
    isStarted = true
    for index in sessions.indices { try sendRequest(index, dueAt: Machine.now()) }
  }

  private mutating func sendWhatIsDue() throws(BenchFailure) {
    let now = Machine.now()
    let others = UInt64(plan.sessions - plan.quietSessions)
    while let (number, dueAt) = schedule?.next(now: now) {
      let index = plan.quietSessions + Int(number % others)
      if plan.pushes {
        guard sessions[index].push(&reply, dueAt: dueAt) else { throw .relayIsSlow }
        try flushToClient(index)
      } else {
        try sendRequest(index, dueAt: dueAt)
      }
    }
    while let (number, dueAt) = burstSchedule?.next(now: now) {
      try sendBurst(to: Int(number % UInt64(plan.quietSessions)), dueAt: dueAt)
    }
  }

  private mutating func sendBurst(to index: Int, dueAt: UInt64) throws(BenchFailure) {
    guard var packet = burstPacket else { return }
    for _ in 0..<LoadBurst.packets {
      guard sessions[index].push(&packet, dueAt: dueAt) else { throw .relayIsSlow }
    }
    burstPacket = packet
    try flushToClient(index)
  }

  private mutating func sendRequest(_ index: Int, dueAt: UInt64) throws(BenchFailure) {
    if let left = sessions[index].roundsLeft {
      guard left > 0 else {
        finishedSessions += 1
        return
      }
      sessions[index].roundsLeft = left - 1
    }
    guard sessions[index].sendRequest(&request, dueAt: dueAt) else {
      throw .relayIsSlow
    }
    try flushToBackend(index)
  }

  private mutating func connectNext() throws(BenchFailure) {
    // 4,096 ports of each own address, so that the range of free ones is never the limit.
    let host = UInt8(2 + startedSessions / 4096)
    let socket = try Socket.connection(to: relayPort, fromHost: host)
    sessions[startedSessions].client = socket
    sessions[startedSessions].tunnel = plan.tunnel.map { LoadTunnel($0) }
    try poller.add(socket, token: Side.client.token(startedSessions))
    startedSessions += 1
  }

  private mutating func handleEvents(milliseconds: Int32) throws(BenchFailure) {
    try Machine.checkInterrupt()
    for number in 0..<poller.wait(milliseconds: milliseconds) {
      let event = poller[number]
      let index = Int(truncatingIfNeeded: event.token & 0xffff_ffff)
      switch Side(rawValue: event.token >> 32) {
      case .listener: try acceptAll()
      case .client:
        if event.writable { try flushToBackend(index) }
        if event.readable { try readClient(index) }
      case .backend:
        if event.writable, let session = accepted[index].session { try flushToClient(session) }
        if event.readable { try readBackend(index) }
      case nil: break
      }
    }
  }

  private mutating func acceptAll() throws(BenchFailure) {
    let hello = LoadTraffic.hello
    while let socket = listener.accepted() {
      guard socket.transmit(hello.span) == hello.count else {
        socket.closed()
        continue
      }
      try poller.add(socket, token: Side.backend.token(accepted.count))
      accepted.append(Accepted(socket: socket))
    }
  }

  private mutating func readClient(_ index: Int) throws(BenchFailure) {
    guard let socket = sessions[index].client else { return }
    while true {
      switch socket.receive(into: &received, limit: received.count) {
      case .wouldBlock: return
      case .closed:
        throw BenchFailure("the relay closed session \(index): \(Socket.lastError)")
      case .bytes(let count):
        let bytes = received
        guard try receive(bytes.span.extracting(first: count), index) else {
          throw BenchFailure("session \(index): the player received bytes that nobody sent")
        }
        try advanceClient(index)
        if count < received.count { return }
      }
    }
  }

  private mutating func receive(_ bytes: Span<UInt8>, _ index: Int) throws(BenchFailure) -> Bool {
    guard let tunnel = sessions[index].tunnel else {
      return sessions[index].receiveAtClient(bytes)
    }
    guard let plain = tunnel.receive(bytes) else {
      throw BenchFailure("session \(index): the tunnel is at fault")
    }
    try flushToBackend(index)
    return sessions[index].receiveAtClient(plain.span)
  }

  private mutating func advanceClient(_ index: Int) throws(BenchFailure) {
    while let step = sessions[index].nextClientStep(plan.traffic(of: index)) {
      switch step {
      case .hello where plan.stopsAtHello: openSessions += 1
      case .hello:
        guard sessions[index].sendFirstKey() else { break }
        try flushToBackend(index)
      case .handshake: try flushToBackend(index)
      case .admitted: openSessions += 1
      case .reply where index < plan.quietSessions: burstPackets &+= 1
      case .reply(let dueAt):
        let now = Machine.now()
        latencies.record(now &- dueAt)
        roundTrips &+= 1
        if plan.rate == 0 { try sendRequest(index, dueAt: now) }
      }
    }
  }

  private mutating func readBackend(_ number: Int) throws(BenchFailure) {
    guard let socket = accepted[number].socket else { return }
    while true {
      let session = accepted[number].session
      let limit =
        session == nil ? SessionKey.byteCount - accepted[number].key.count : received.count
      switch socket.receive(into: &received, limit: limit) {
      case .wouldBlock: return
      case .closed:
        // Without a key it was a relay that looks whether the server is alive.
        guard let session else {
          socket.closed()
          accepted[number].socket = nil
          return
        }
        throw BenchFailure("the relay closed the server's end of session \(session)")
      case .bytes(let count):
        if let session {
          let bytes = received
          guard sessions[session].toBackend.verify(bytes.span.extracting(first: count)) else {
            throw BenchFailure("session \(session): the server received bytes nobody sent")
          }
          try answer(session)
          if count < limit { return }
        } else {
          accepted[number].key += received.prefix(count)
          if accepted[number].key.count == SessionKey.byteCount { try identify(number) }
        }
      }
    }
  }

  private mutating func identify(_ number: Int) throws(BenchFailure) {
    let key = accepted[number].key
    let session = LoadTraffic.session(ofKey: key.span)
    guard session < sessions.count, sessions[session].backend == nil,
      sessions[session].toBackend.verify(key.span)
    else { throw BenchFailure("the server received a first key that no player has sent") }
    accepted[number].session = session
    accepted[number].key = []
    sessions[session].backend = accepted[number].socket
    try answer(session)
  }

  private mutating func answer(_ session: Int) throws(BenchFailure) {
    guard sessions[session].answer(plan.traffic(of: session), reply: &reply) else {
      throw BenchFailure("session \(session): answers pile up at the server")
    }
    try flushToClient(session)
  }

  private mutating func flushToBackend(_ index: Int) throws(BenchFailure) {
    guard let socket = sessions[index].client else { return }
    guard let tunnel = sessions[index].tunnel else {
      return try LoadGenerator.flush(&sessions[index].toBackend, to: socket)
    }
    guard tunnel.flush(&sessions[index].toBackend, to: socket) else {
      throw BenchFailure("the relay reset a session, or its tunnel is at fault")
    }
  }

  private mutating func flushToClient(_ index: Int) throws(BenchFailure) {
    guard let socket = sessions[index].backend else { return }
    try LoadGenerator.flush(&sessions[index].toClient, to: socket)
  }

  private static func flush(
    _ queue: inout ByteQueue, to socket: Socket
  ) throws(BenchFailure) {
    while queue.unsentBytes > 0 {
      let count = queue.send { socket.transmit($0) }
      if count == 0 { return }
      guard count > 0 else { throw BenchFailure("the relay reset a session") }
    }
  }
}

extension LoadGenerator.Plan {
  /// The first sessions, which only bursts are sent to.
  fileprivate var quietSessions: Int { burst == nil ? 0 : LoadBurst.sessions }

  /// A gateway takes on tunnels at a rate: sessions keep well below it.
  fileprivate func mayHaveStarted(after nanoseconds: UInt64) -> Int {
    tunnel == nil ? sessions : min(sessions, 1 + Int(nanoseconds / 2_500_000))
  }

  fileprivate func traffic(of index: Int) -> LoadTraffic {
    if let burst, index < quietSessions { burst.traffic } else { traffic }
  }
}

extension BenchFailure {
  fileprivate static var relayIsSlow: BenchFailure {
    BenchFailure("the relay does not keep up: choose a lower --rate")
  }
}
