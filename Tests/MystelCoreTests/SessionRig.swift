import MystelCore
import MystelTesting
import MystelWire

/// A session with its surroundings played by the test: sockets, clock, backend.
struct SessionRig: ~Copyable {
  let session: Session
  let tally = Tally()
  var output = SessionOutput()
  var now: Instant

  init(
    game: Configuration.Listener.Game = .tera, accept: Configuration.ProxyProtocolAccept = .init(),
    send: Configuration.Backend.ProxyProtocolSend = .off, limits: Limits = .unmetered,
    timeouts: Timeouts = Timeouts(), builds: [UInt32] = [367_081], instance: UInt64 = 7,
    weakKeys: Configuration.Mode = .shadow, splitKeyProbe: Bool = false
  ) {
    now = Instant(nanoseconds: 1_000_000_000_000)
    var listener = Configuration.Listener(
      name: "l", bind: .name("l", port: 1), game: game, backend: "b", proxyProtocol: accept)
    listener.weakKeys = weakKeys
    listener.splitKeyProbe = splitKeyProbe
    let policy = SessionPolicy(
      listener: listener,
      backend: .init(
        name: "b", address: .name("b", port: 1), builds: builds, proxyProtocol: send),
      limits: limits, timeouts: timeouts, instance: instance, inspection: .bare(builds))
    let peer = Endpoint(IPAddress(ipv4: 0x7f00_0009), port: 40_000)
    let here = Endpoint(IPAddress(ipv4: 0x7f00_0001), port: 7801)
    session = Session(
      id: 1, policy: policy, socket: .init(source: peer, destination: here), now: now,
      tally: tally)
  }

  /// What a call made the session ask of the engine.
  struct Wish: Equatable {
    var toClient: [UInt8] = []
    var toBackend: [UInt8] = []
    var connects = false
    var finishesClient = false
    var finishesBackend = false
    var close: Reason?
  }

  mutating func open() -> Wish {
    session.open(now: now, output: &output)
    return takeWish([], .client)
  }

  mutating func receive(_ bytes: [UInt8], from side: Side) -> Wish {
    var wish = Wish()
    var rest = bytes
    repeat {
      session.receive(rest.span.bytes, from: side, now: now, output: &output)
      let hasMore = output.hasMore && !session.isHeld(side)
      let taken = min(output.consumed, rest.count)
      let part = takeWish(rest, side)
      rest.removeFirst(taken)
      wish.toClient += part.toClient
      wish.toBackend += part.toBackend
      wish.connects = wish.connects || part.connects
      wish.close = part.close
      if !hasMore || part.close != nil { return wish }
    } while true
  }

  /// As `receive`, without looking at what comes out.
  mutating func pass(_ bytes: RawSpan, from side: Side) {
    session.receive(bytes, from: side, now: now, output: &output)
    output.reset()
  }

  mutating func backendConnects() -> Wish {
    session.backendConnected(now: now, output: &output)
    return takeWish([], .backend)
  }

  mutating func ends(_ side: Side) -> Wish {
    session.inputEnded(side, now: now, output: &output)
    return takeWish([], side)
  }

  /// Lets time pass and, where a deadline has passed too, tells the session.
  mutating func wait(_ duration: Duration) -> Wish {
    now = now + duration
    guard session.deadline <= now else { return Wish() }
    session.handleTimeout(now: now, output: &output)
    return takeWish([], .client)
  }

  /// Brings a TERA session to the point where all keys are through and the client has said its
  /// build; returns the first client bytes that follow.
  mutating func logIn(_ script: Script, cursor: inout Keystream.Cursor) {
    _ = open()
    _ = receive(script.keys.client1.bytes, from: .client)
    _ = backendConnects()
    _ = receive([1, 0, 0, 0] + script.keys.server1.bytes, from: .backend)
    _ = receive(script.keys.client2.bytes, from: .client)
    _ = receive(script.keys.server2.bytes, from: .backend)
    var first = CheckVersion(build: 367_081, second: 1).packet()
    script.cipher.toBackend.apply(to: &first, at: &cursor)
    _ = receive(first, from: .client)
  }

  private mutating func takeWish(_ received: [UInt8], _ side: Side) -> Wish {
    var wish = Wish(
      toClient: output.toClient.unsafeBytes.map { $0 },
      toBackend: output.toBackend.unsafeBytes.map { $0 }, connects: output.connectBackend,
      finishesClient: output.finishClient, finishesBackend: output.finishBackend,
      close: output.close)
    let passed = received[output.passThrough]
    if side == .client { wish.toBackend += passed } else { wish.toClient += passed }
    output.reset()
    return wish
  }
}
