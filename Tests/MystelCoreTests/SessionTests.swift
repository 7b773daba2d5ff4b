import MystelCore
import MystelTesting
import MystelWire
import Testing

@Suite("A session")
struct SessionTests {
  private let trusting = Configuration.ProxyProtocolAccept(
    mode: .any, trusted: [AddressPrefix(containing: IPAddress(ipv4: 0x7f00_0000), length: 8)])

  @Test("greets first, and wants a backend only after a whole client key")
  func greeting() throws {
    let script = try Script(seed: 1, packets: 0, longest: 4)
    var rig = SessionRig()
    let wish1 = rig.open()
    #expect(wish1.toClient == [1, 0, 0, 0])
    for byte in script.keys.client1.bytes.dropLast() {
      let wish2 = rig.receive([byte], from: .client)
      #expect(wish2 == SessionRig.Wish())
    }
    let last = rig.receive(script.keys.client1.bytes.suffix(1), from: .client)
    #expect(last.connects)
    #expect(last.toBackend.isEmpty)
    let wish3 = rig.backendConnects()
    #expect(wish3.toBackend.isEmpty)
    let wish4 = rig.receive([1, 0, 0, 0], from: .backend)
    #expect(wish4.toBackend == script.keys.client1.bytes)
  }

  @Test("relays a server's second key and the first enciphered bytes that come with it")
  func coalesced() throws {
    let script = try Script(seed: 2, packets: 3, longest: 50)
    var rig = SessionRig()
    _ = rig.open()
    _ = rig.receive(script.keys.client1.bytes + script.keys.client2.bytes, from: .client)
    _ = rig.backendConnects()
    let first = rig.receive([1, 0, 0, 0] + script.keys.server1.bytes, from: .backend)
    #expect(first.toBackend == script.keys.client1.bytes + script.keys.client2.bytes)
    let second = rig.receive(script.keys.server2.bytes + script.toClientBytes, from: .backend)
    #expect(second.toClient == script.keys.server2.bytes + script.toClientBytes)
  }

  @Test("the keys' deadline is absolute: a byte a second does not move it")
  func drip() {
    var rig = SessionRig()
    _ = rig.open()
    for _ in 0..<9 {
      let wish5 = rig.wait(.seconds(1))
      #expect(wish5.close == nil)
      let wish6 = rig.receive([7], from: .client)
      #expect(wish6.close == nil)
    }
    let wish7 = rig.wait(.seconds(1))
    #expect(wish7.close == .keysTimeout)
  }

  @Test("blames the backend where the backend is slow")
  func slowBackend() throws {
    let script = try Script(seed: 3, packets: 0, longest: 4)
    var rig = SessionRig()
    _ = rig.open()
    _ = rig.receive(script.keys.client1.bytes, from: .client)
    _ = rig.backendConnects()
    let wish8 = rig.wait(.seconds(5))
    #expect(wish8.close == .backendHelloTimeout)

    var waiting = SessionRig()
    _ = waiting.open()
    _ = waiting.receive(script.keys.client1.bytes, from: .client)
    let wish9 = waiting.wait(.seconds(10))
    #expect(wish9.close == .backendBusy)

    var keyless = SessionRig()
    _ = keyless.open()
    _ = keyless.receive(script.keys.client1.bytes, from: .client)
    _ = keyless.backendConnects()
    _ = keyless.receive([1, 0, 0, 0], from: .backend)
    let wish10 = keyless.wait(.seconds(10))
    #expect(wish10.close == .backendKeyTimeout)
  }

  @Test("the first packet has a deadline of its own, then only idleness counts")
  func firstPacket() throws {
    let script = try Script(seed: 4, packets: 0, longest: 4)
    var silent = SessionRig()
    _ = silent.open()
    _ = silent.receive(script.keys.client1.bytes + script.keys.client2.bytes, from: .client)
    _ = silent.backendConnects()
    _ = silent.receive([1, 0, 0, 0] + script.keys.server1.bytes, from: .backend)
    _ = silent.receive(script.keys.server2.bytes, from: .backend)
    let wish11 = silent.wait(.seconds(9))
    #expect(wish11.close == nil)
    let wish12 = silent.wait(.seconds(1))
    #expect(wish12.close == .firstPacketTimeout)

    var rig = SessionRig()
    var cursor = script.cipher.toBackend.origin
    rig.logIn(script, cursor: &cursor)
    let wish13 = rig.wait(.seconds(599))
    #expect(wish13.close == nil)
    let wish14 = rig.wait(.seconds(1))
    #expect(wish14.close == .idle)
  }

  @Test("a packet that is begun must be finished in time")
  func halfPacket() throws {
    let script = try Script(seed: 5, packets: 0, longest: 4)
    var rig = SessionRig()
    var cursor = script.cipher.toBackend.origin
    rig.logIn(script, cursor: &cursor)
    var packet: [UInt8] = [40, 0, 1, 1] + [UInt8](repeating: 5, count: 36)
    script.cipher.toBackend.apply(to: &packet, at: &cursor)
    for at in 0..<29 {
      let wish15 = rig.receive([packet[at]], from: .client)
      #expect(wish15 == SessionRig.Wish())
      let wish16 = rig.wait(.seconds(1))
      #expect(wish16.close == nil)
    }
    let wish17 = rig.wait(.seconds(1))
    #expect(wish17.close == .packetTimeout)
  }

  @Test(
    "the first packet must name a build that the backend lists",
    arguments: [(367_080, Reason.buildNotServed), (367_081, nil)] as [(UInt32, Reason?)])
  func build(claimed: UInt32, reason: Reason?) throws {
    let script = try Script(seed: 6, packets: 0, longest: 4)
    #expect(try firstPacket(CheckVersion(build: claimed, second: 0).packet(), script) == reason)
  }

  @Test("a first packet that is none ends the session; where no rule says so, a login may be first")
  func firstPackets() throws {
    let script = try Script(seed: 7, packets: 0, longest: 4)
    #expect(try firstPacket([4, 0, 0x34, 0x12], script) == .firstPacketUnexpected)
    #expect(try firstPacket([4, 0, 0xbc, 0x4d], script) == .checkVersionMalformed)
    #expect(try firstPacket([4, 0, 0xcc, 0xfb], script) == nil)
  }

  @Test("a client that leaves before it said anything is a scan, not a player")
  func scan() {
    var rig = SessionRig()
    _ = rig.open()
    let wish18 = rig.ends(.client)
    #expect(wish18.close == .empty)
    #expect(rig.session.reasonForReset(of: .client) == .empty)
  }

  @Test("half-closes are passed on, and what the server began to say is not lost")
  func halfClose() throws {
    let script = try Script(seed: 8, packets: 2, longest: 90)
    var rig = SessionRig()
    var cursor = script.cipher.toBackend.origin
    rig.logIn(script, cursor: &cursor)
    let part = Array(script.toClientBytes.dropLast())
    let seen = rig.receive(part, from: .backend).toClient
    let end = rig.ends(.backend)
    #expect(end.finishesClient && end.close == nil)
    #expect(seen + end.toClient == part)
    let wish19 = rig.wait(.seconds(4))
    #expect(wish19.close == nil)
    let wish20 = rig.ends(.client)
    #expect(wish20.finishesBackend)
    #expect(rig.session.reasonForEnd == .backendClosed)
    let wish21 = rig.wait(.seconds(1))
    #expect(wish21.close == .halfCloseExpired)
  }

  @Test("a receiver that stays full ends the session; one that recovers does not")
  func fullQueue() throws {
    let script = try Script(seed: 9, packets: 0, longest: 4)
    var rig = SessionRig()
    var cursor = script.cipher.toBackend.origin
    rig.logIn(script, cursor: &cursor)
    rig.session.queueChanged(.toClient, isFull: true, now: rig.now)
    #expect(!rig.session.reads(.backend))
    #expect(rig.session.reads(.client))
    let wish22 = rig.wait(.seconds(29))
    #expect(wish22.close == nil)
    rig.session.queueChanged(.toClient, isFull: false, now: rig.now)
    #expect(rig.session.reads(.backend))
    let wish23 = rig.wait(.seconds(29))
    #expect(wish23.close == nil)
    rig.session.queueChanged(.toClient, isFull: true, now: rig.now)
    let wish24 = rig.wait(.seconds(30))
    #expect(wish24.close == .clientQueueFull)
  }

  @Test("a PROXY header names the player, at every split, and its payload is not touched")
  func proxyHeader() throws {
    let source = Endpoint(IPAddress(ipv4: 0xcb00_7105), port: 50_001)
    let ends = ProxyHeader.Endpoints(
      source: source, destination: Endpoint(IPAddress(ipv4: 0xcb00_7101), port: 7801))
    let script = try Script(seed: 10, packets: 0, longest: 4)
    let header = try ProxyHeader(.v2, endpoints: ends, tlvs: [.crc32c]).encoded()
    let bytes = header + script.keys.client1.bytes
    for split in 0...bytes.count {
      var rig = SessionRig(accept: trusting, send: .v1)
      let wish25 = rig.open()
      #expect(wish25 == SessionRig.Wish())
      var wish = rig.receive(Array(bytes[..<split]), from: .client)
      if split < bytes.count {
        let second = rig.receive(Array(bytes[split...]), from: .client)
        wish.toClient += second.toClient
        wish.connects = wish.connects || second.connects
      }
      #expect(rig.session.client == source)
      #expect(wish.connects && wish.toClient == [1, 0, 0, 0])
      let text = String(decoding: rig.backendConnects().toBackend, as: UTF8.self)
      #expect(text == "PROXY TCP4 203.0.113.5 203.0.113.1 50001 7801\r\n")
    }
  }

  @Test("a missing, late or broken PROXY header ends the connection, whoever trusts its sender")
  func badProxyHeader() {
    var missing = SessionRig(accept: trusting)
    _ = missing.open()
    let wish26 = missing.receive([9], from: .client)
    #expect(wish26.close == .proxyHeaderInvalid)
    var late = SessionRig(accept: trusting)
    _ = late.open()
    let wish27 = late.receive(Array("PROXY TCP4".utf8), from: .client)
    #expect(wish27.close == nil)
    let wish28 = late.wait(.seconds(5))
    #expect(wish28.close == .proxyHeaderTimeout)
  }

  @Test("a probe is no player: LOCAL never opens a backend, and UNKNOWN may not play")
  func probes() throws {
    let script = try Script(seed: 11, packets: 0, longest: 4)
    var local = SessionRig(game: .none, accept: trusting)
    _ = local.open()
    let wish29 = try local.receive(ProxyHeader.local().encoded(), from: .client)
    #expect(!wish29.connects)
    let wish30 = local.ends(.client)
    #expect(wish30.close == .healthProbe)
    var unknown = SessionRig(accept: trusting)
    _ = unknown.open()
    let wish31 = unknown.receive(Array("PROXY UNKNOWN\r\n".utf8), from: .client)
    #expect(wish31.close == nil)
    let wish32 = unknown.receive(script.keys.client1.bytes, from: .client)
    #expect(wish32.close == .sourceUnknown)
  }

  @Test("a connection that comes back through its own gateway is recognised")
  func loop() throws {
    let script = try Script(seed: 12, packets: 0, longest: 4)
    var first = SessionRig(send: .v2, instance: 99)
    _ = first.open()
    _ = first.receive(script.keys.client1.bytes, from: .client)
    let header = first.backendConnects().toBackend
    var same = SessionRig(accept: trusting, instance: 99)
    _ = same.open()
    let wish33 = same.receive(header, from: .client)
    #expect(wish33.close == .loop)
    var other = SessionRig(accept: trusting, instance: 98)
    _ = other.open()
    let wish34 = other.receive(header, from: .client)
    #expect(wish34.close == nil)
  }

  @Test("an opaque session connects at once, and early bytes wait for the backend")
  func opaque() {
    var rig = SessionRig(game: .none, send: .v1)
    let wish35 = rig.open()
    #expect(wish35.connects)
    #expect(!rig.session.reads(.client))
    let wish36 = rig.receive([1, 2, 3], from: .client)
    #expect(wish36.toBackend.isEmpty)
    let bytes = rig.backendConnects().toBackend
    #expect(bytes.suffix(3) == [1, 2, 3] && bytes.starts(with: Array("PROXY TCP4 ".utf8)))
    let wish37 = rig.receive([4], from: .backend)
    #expect(wish37.toClient == [4])
    let wish38 = rig.receive([5], from: .client)
    #expect(wish38.toBackend == [5])
  }

  @Test("an opaque request that ends before the backend is there is kept, within the queue's limit")
  func opaqueEarlyEnd() {
    var limits = Limits()
    limits.queueBytes = 4096
    var rig = SessionRig(game: .none, limits: limits)
    _ = rig.open()
    _ = rig.receive([1, 2, 3], from: .client)
    let end = rig.ends(.client)
    #expect(end == SessionRig.Wish())
    let connected = rig.backendConnects()
    #expect(connected.toBackend == [1, 2, 3] && connected.finishesBackend)

    var greedy = SessionRig(game: .none, limits: limits)
    _ = greedy.open()
    let full = greedy.receive([UInt8](repeating: 0, count: 4096), from: .client)
    #expect(full.close == nil)
    let tooMuch = greedy.receive([0], from: .client)
    #expect(tooMuch.close == .backendQueueFull)
  }

  @Test("takes in no more bytes while packets of an earlier turn are waiting")
  func behind() throws {
    let script = try Script(seed: 14, packets: 0, longest: 4)
    var rig = SessionRig()
    var cursor = script.cipher.toBackend.origin
    rig.logIn(script, cursor: &cursor)
    var tiny = (0..<3 * Limits.packetsPerTurn).flatMap { _ -> [UInt8] in [4, 0, 1, 0] }
    script.cipher.toBackend.apply(to: &tiny, at: &cursor)
    var taken: [Int] = []
    var rest = tiny[...]
    var hasMore = true
    while hasMore {
      // What is left, and as much again that came meanwhile.
      rig.session.receive(
        Array(rest.prefix(2 * tiny.count / 3)).span.bytes, from: .client, now: rig.now,
        output: &rig.output)
      taken.append(rig.output.consumed)
      rest = rest.dropFirst(rig.output.consumed)
      hasMore = rig.output.hasMore
      rig.output.reset()
    }
    let third = tiny.count / 3
    #expect(taken == [2 * third, 0, third])
    #expect(rest.isEmpty)
  }

  @Test("a health check that talks wants one backend connection, not one a read")
  func talkativeProbe() throws {
    var rig = SessionRig(game: .none, accept: trusting)
    _ = rig.open()
    let first = rig.receive(try ProxyHeader.local().encoded() + [1], from: .client)
    #expect(first.connects)
    let second = rig.receive([2], from: .client)
    #expect(!second.connects)
  }

  @Test("the deadline of a packet starts anew with every packet, and with every pause in reading")
  func packetDeadline() throws {
    let script = try Script(seed: 13, packets: 0, longest: 4)
    var rig = SessionRig()
    var cursor = script.cipher.toBackend.origin
    rig.logIn(script, cursor: &cursor)
    // Always half a packet behind, for longer than the 30 s that one packet may take.
    for round in 0..<4 {
      var piece: [UInt8] = (round == 0 ? [8, 0] : []) + [1, 0, 0, 0, 0, 0, 8, 0]
      script.cipher.toBackend.apply(to: &piece, at: &cursor)
      let progress = rig.receive(piece, from: .client)
      #expect(progress.close == nil)
      let soon = rig.wait(.seconds(20))
      #expect(soon.close == nil)
    }
    rig.session.queueChanged(.toBackend, isFull: true, now: rig.now)
    let paused = rig.wait(.seconds(20))
    #expect(paused.close == nil)
    rig.session.queueChanged(.toBackend, isFull: false, now: rig.now)
    let resumed = rig.wait(.seconds(29))
    #expect(resumed.close == nil)
    let late = rig.wait(.seconds(1))
    #expect(late.close == .packetTimeout)
  }

  @Test(
    "keys no honest generator draws are counted in shadow mode and closed on in enforce mode",
    arguments: [
      (.off, 0, nil), (.shadow, 1, nil), (.enforce, 0, .weakKeys),
    ] as [(Configuration.Mode, UInt64, Reason?)])
  func weakKeys(mode: Configuration.Mode, notes: UInt64, reason: Reason?) throws {
    var rig = SessionRig(weakKeys: mode)
    _ = rig.open()
    _ = rig.receive([UInt8](repeating: 0, count: 256), from: .client)
    _ = rig.backendConnects()
    _ = rig.receive([1, 0, 0, 0] + [UInt8](repeating: 0, count: 128), from: .backend)
    let wish = rig.receive([UInt8](repeating: 0, count: 129), from: .backend)
    #expect(wish.close == reason)
    #expect(rig.tally.snapshot.notes[.weakKeys] ?? 0 == notes)
  }

  private func firstPacket(_ packet: [UInt8], _ script: Script) throws -> Reason? {
    var rig = SessionRig()
    _ = rig.open()
    _ = rig.receive(script.keys.client1.bytes + script.keys.client2.bytes, from: .client)
    _ = rig.backendConnects()
    _ = rig.receive([1, 0, 0, 0] + script.keys.server1.bytes, from: .backend)
    _ = rig.receive(script.keys.server2.bytes, from: .backend)
    return rig.receive(script.encipher(packet), from: .client).close
  }
}
