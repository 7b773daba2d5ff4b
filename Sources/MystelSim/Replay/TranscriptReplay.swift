import MystelCore
import MystelWire

/// Plays a transcript through a session of the product and tells what became of every packet.
///
/// Client and server are played with ciphers of their own, so a packet counts as forwarded only if
/// its receiver deciphers exactly the bytes that its sender enciphered.
package struct TranscriptReplay: ~Copyable {
  /// What the receiver saw of one packet.
  package enum Outcome: Equatable, Sendable {
    case forwarded
    case rewritten(to: [UInt8])
    case dropped
    case closed(Reason)
    /// The session had ended before.
    case notSent
  }

  private var output = SessionOutput()
  private let session: Session
  private let transcript: Transcript
  private let tally = Tally()
  private var sent: PerDirection<Keystream.Cursor>
  private var read: PerDirection<Keystream.Cursor>
  private let cipher: SessionCipher
  private var ended: Reason?

  package init(
    _ transcript: Transcript, inspection: InspectionPolicy, limits: Limits = Limits()
  ) {
    self.transcript = transcript
    cipher = SessionCipher(keys: transcript.keys, schedule: .current)
    sent = PerDirection(
      toBackend: cipher.toBackend.origin, toClient: cipher.toClient.origin)
    read = sent
    let listener = Configuration.Listener(
      name: "replay", bind: .name("replay", port: 0), backend: "transcript")
    let backend = Configuration.Backend(
      name: "transcript", address: .name("transcript", port: 0), builds: [transcript.build])
    let here = Endpoint(IPAddress(ipv4: 0x7f00_0001), port: 0)
    session = Session(
      id: 1,
      policy: SessionPolicy(
        listener: listener, backend: backend, limits: limits, timeouts: Timeouts(), instance: 1,
        inspection: inspection),
      socket: .init(source: here, destination: here), now: Instant(nanoseconds: 0), tally: tally)
  }

  /// Runs the whole transcript.
  ///
  /// - Returns: an outcome a frame, and the reason where the session ended early.
  package mutating func run() -> (outcomes: [Outcome], ended: Reason?) {
    var outcomes: [Outcome] = []
    let ended = run { _, outcome, _ in outcomes.append(outcome) }
    return (outcomes, ended)
  }

  /// Runs the whole transcript and tells of each packet what became of it and which rules it broke.
  ///
  /// - Returns: the reason where the session ended early.
  package mutating func run(
    _ each: (Transcript.Frame, Outcome, [RuleTally.Recent]) -> Void
  ) -> Reason? {
    exchangeKeys()
    for frame in transcript.frames {
      let outcome = play(frame)
      each(frame, outcome, tally.rules.takeRecent().findings)
    }
    return ended
  }

  private mutating func exchangeKeys() {
    let start = Instant(nanoseconds: 0)
    session.open(now: start, output: &output)
    output.reset()
    feed(transcript.keys.client1.bytes, from: .client, now: start)
    session.backendConnected(now: start, output: &output)
    output.reset()
    feed([1, 0, 0, 0] + transcript.keys.server1.bytes, from: .backend, now: start)
    feed(transcript.keys.client2.bytes, from: .client, now: start)
    feed(transcript.keys.server2.bytes, from: .backend, now: start)
  }

  private mutating func play(_ frame: Transcript.Frame) -> Outcome {
    guard ended == nil else { return .notSent }
    let direction = frame.from.outgoing
    let stream = direction == .toBackend ? cipher.toBackend : cipher.toClient
    var bytes = frame.bytes
    stream.apply(to: &bytes, at: &sent[direction])
    let now = Instant(nanoseconds: UInt64(frame.milliseconds * 1_000_000))
    var arrived = feed(bytes, from: frame.from, now: now)
    stream.apply(to: &arrived, at: &read[direction])
    if let ended { return .closed(ended) }
    if arrived == frame.bytes { return .forwarded }
    return arrived.isEmpty ? .dropped : .rewritten(to: arrived)
  }

  /// Hands bytes to the session and returns what it sends on to the other side.
  @discardableResult
  private mutating func feed(_ bytes: [UInt8], from side: Side, now: Instant) -> [UInt8] {
    session.receive(bytes.span.bytes, from: side, now: now, output: &output)
    var arrived: [UInt8] = []
    switch side {
    case .client: output.toBackend.unsafeBytes.withMemoryRebound(to: UInt8.self) { arrived += $0 }
    case .backend: output.toClient.unsafeBytes.withMemoryRebound(to: UInt8.self) { arrived += $0 }
    }
    arrived += bytes[output.passThrough]
    ended = output.close ?? ended
    output.reset()
    return arrived
  }
}
