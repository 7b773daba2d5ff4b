import MystelCore
import MystelTesting
import MystelWire
import Testing

@Suite("A TERA codec")
struct TeraCodecTests {
  @Test("relays keys and packets byte for byte at every split of a short session")
  func everySplit() throws {
    let script = try Script(seed: 11, packets: 6, longest: 60)
    let total = script.toBackendBytes.count
    for split in 0...total {
      var wire = VirtualWire(script, inspector: ChaosInspector(seed: 1, oneIn: .max))
      wire.exchangeKeys()
      wire.send(script.toBackendBytes[..<split], from: .client)
      wire.send(script.toBackendBytes[split...], from: .client)
      #expect(wire.arrived.toBackend == script.plain.toBackend)
    }
  }

  @Test("sends on the received bytes themselves while nothing has changed")
  func cutThrough() throws {
    let script = try Script(seed: 12, packets: 40, longest: 300)
    var wire = VirtualWire(script, inspector: ChaosInspector(seed: 1, oneIn: .max))
    wire.exchangeKeys()
    wire.send(script.toClientBytes[...], from: .backend)
    #expect(wire.enciphered == 0)
    #expect(wire.arrived.toClient == script.plain.toClient)
  }

  @Test(
    "drops, rewrites and additions in both directions never break a stream",
    arguments: [1, 2, 3, 4, 5, 6, 7, 8])
  func chaos(seed: UInt64) throws {
    let script = try Script(seed: seed, packets: 3000, longest: 400)
    var random = SplitMix64(seed: seed &* 77)
    var wire = VirtualWire(script, inspector: ChaosInspector(seed: seed, oneIn: 100))
    wire.exchangeKeys()
    var left = PerDirection(
      toBackend: script.toBackendBytes[...], toClient: script.toClientBytes[...])
    let longest = UInt64(1) << (1 + seed)
    while !left.toBackend.isEmpty || !left.toClient.isEmpty {
      let side: Side = random.next(below: 2) == 0 ? .client : .backend
      let count = min(Int(random.next(below: longest) + 1), left[side.outgoing].count)
      wire.send(left[side.outgoing].prefix(count), from: side)
      left[side.outgoing] = left[side.outgoing].dropFirst(count)
    }
    let (expected, replies, changes) = wire.inspected
    #expect(changes > 30)
    for direction in Direction.allCases {
      let packets = try #require(frames(wire.arrived[direction]), "seed \(seed)")
      let own = packets.count { $0[2] == 0xcd && $0[3] == 0xab }
      #expect(packets.allSatisfy { $0.count >= 4 })
      let wanted = try #require(frames(expected[direction]))
      #expect(packets.count == wanted.count + replies[direction])
      #expect(isSubsequence(wanted, of: packets), "seed \(seed)")
      #expect(own >= replies[direction])
    }
  }

  @Test("a flood of tiny packets is judged in turns, and nothing is lost")
  func turns() throws {
    let script = try Script(seed: 13, packets: 30_000, longest: 4)
    var wire = VirtualWire(script, inspector: ChaosInspector(seed: 1, oneIn: .max))
    wire.exchangeKeys()
    wire.send(script.toBackendBytes[...], from: .client)
    #expect(wire.arrived.toBackend == script.plain.toBackend)
    #expect(wire.mostPacketsInATurn <= 512)
    #expect(wire.turns > 30_000 / 512)
  }

  @Test(
    "a length under four ends the session, whatever comes behind it; what came before goes on",
    arguments: [0, 1, 2, 3])
  func shortLength(length: UInt8) throws {
    let script = try Script(seed: 14, packets: 3, longest: 50)
    let attack = script.plain.toBackend + [length, 0, 9, 9, 9, 9, 9, 9]
    var wire = VirtualWire(script, inspector: ChaosInspector(seed: 1, oneIn: .max))
    wire.exchangeKeys()
    wire.send(script.encipher(attack)[...], from: .client)
    #expect(wire.closed == .packetTooShort)
    #expect(wire.arrived.toBackend == script.plain.toBackend)
  }

  @Test("a client packet over the limit ends the session as soon as its length is there")
  func longLength() throws {
    let script = try Script(seed: 15, packets: 0, longest: 4)
    var wire = VirtualWire(script, inspector: ChaosInspector(seed: 1, oneIn: .max))
    wire.exchangeKeys()
    wire.send(script.encipher([0x01, 0x40])[...], from: .client)
    #expect(wire.closed == .packetTooLong)
  }

  @Test("bytes beyond the two keys before the server's second key end the session")
  func earlyData() throws {
    let script = try Script(seed: 16, packets: 0, longest: 4)
    var wire = VirtualWire(script, inspector: ChaosInspector(seed: 1, oneIn: .max))
    wire.sendPlain(script.keys.client1.bytes + script.keys.client2.bytes + [1], from: .client)
    #expect(wire.closed == .dataBeforeKeys)
  }

  @Test(
    "a PROXY header where none belongs is no key, however it is cut", arguments: [1, 5, 12, 28])
  func proxyHeaderAsKey(chunk: Int) throws {
    let script = try Script(seed: 17, packets: 0, longest: 4)
    var wire = VirtualWire(script, inspector: ChaosInspector(seed: 1, oneIn: .max))
    let header = Array("\r\n\r\n\0\r\nQUIT\n".utf8) + [0x21, 0x11, 0, 12] + (0..<12).map { $0 }
    for at in stride(from: 0, to: header.count, by: chunk) where wire.closed == nil {
      wire.sendPlain(Array(header[at..<min(at + chunk, header.count)]), from: .client)
    }
    #expect(wire.closed == .proxyHeaderUnexpected)
  }

  @Test("a backend that says something else than hello is closed on", arguments: [0, 1, 2, 3])
  func wrongHello(at index: Int) throws {
    let script = try Script(seed: 18, packets: 0, longest: 4)
    var wire = VirtualWire(script, inspector: ChaosInspector(seed: 1, oneIn: .max))
    wire.sendPlain(script.keys.client1.bytes, from: .client)
    var hello: [UInt8] = [1, 0, 0, 0]
    hello[index] ^= 0x80
    for byte in hello where wire.closed == nil { wire.sendPlain([byte], from: .backend) }
    #expect(wire.closed == .backendHelloInvalid)
    #expect(wire.rawToBackend.isEmpty)
  }

  private func frames(_ bytes: [UInt8]) -> [[UInt8]]? {
    var frames: [[UInt8]] = []
    var at = 0
    while at < bytes.count {
      guard at + 4 <= bytes.count else { return nil }
      let length = Int(bytes[at]) | Int(bytes[at + 1]) << 8
      guard length >= 4, at + length <= bytes.count else { return nil }
      frames.append(Array(bytes[at..<at + length]))
      at += length
    }
    return frames
  }

  private func isSubsequence(_ part: [[UInt8]], of whole: [[UInt8]]) -> Bool {
    var rest = part[...]
    for item in whole where item == rest.first { rest = rest.dropFirst() }
    return rest.isEmpty
  }
}
