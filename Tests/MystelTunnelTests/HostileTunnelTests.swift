import Crypto
import MystelTesting
import MystelTunnel
import MystelWire
import Testing

/// Section K of the catalogue of faults, and whoever sits on the wire. K1 is in NoiseVectorTests.
@Suite struct HostileTunnelTests {
  @Test(
    "Whichever byte to the gateway is changed, nothing of its record or a later one comes out",
    arguments: NoisePattern.allCases)
  func changedToBackend(mode: NoisePattern) {
    let recorded = Recording(mode)
    for place in recorded.toBackend.indices {
      var bytes = recorded.toBackend
      bytes[place] ^= 1 << UInt8(place % 8)
      let (plain, fault) = recorded.replay(bytes)
      #expect(fault != nil, "byte \(place)")
      #expect(plain == recorded.content(before: place), "byte \(place)")
    }
  }

  @Test(
    "Whichever byte to the client is changed, nothing of its record or a later one comes out",
    arguments: NoisePattern.allCases)
  func changedToClient(mode: NoisePattern) {
    let (first, second) = TunnelSettings.pair(mode)
    var pair = TunnelPair(first, second)
    pair.start()
    let contents = Recording.contents
    var ends: [Int] = []
    for content in contents {
      pair.sayToClient(content)
      ends.append(pair.saidByResponder.count)
    }
    for place in pair.saidByResponder.indices {
      var bytes = pair.saidByResponder
      bytes[place] ^= 1 << UInt8(place % 8)
      var client = TunnelInitiator(first, now: 0)
      var output = TunnelOutput()
      client.start(output: &output)
      client.receive(bytes.span.bytes.extracting(first: 54), now: 0, output: &output)
      client.receive(bytes.span.bytes.extracting(droppingFirst: 54), now: 0, output: &output)
      #expect(output.fault != nil, "byte \(place)")
      #expect(output.plain == zip(contents, ends).filter { $0.1 <= place }.flatMap(\.0))
    }
  }

  @Test("K2: a first message that is replayed has no effect but an answer to nobody")
  func replayedInitiation() {
    let (first, second) = TunnelSettings.pair(.nk)
    var pair = TunnelPair(first, second)
    pair.start()
    var gateway = TunnelResponder.fresh(second)
    var output = TunnelOutput()
    gateway.send(([1, 0, 0, 0] as [UInt8]).span.bytes, now: 0, output: &output)
    gateway.receive(pair.saidByInitiator.span.bytes.extracting(first: 86), now: 0, output: &output)
    #expect(output.fault == nil && output.wire.count == 54)
    #expect(!gateway.isOpen && !output.hasOpened && output.plain.isEmpty)
  }

  @Test("K2: a whole recorded flight that is replayed opens nothing: the gateway's part is new")
  func replayedFlight() {
    let (first, second) = TunnelSettings.pair(.nk)
    var pair = TunnelPair(first, second)
    pair.start()
    pair.sayToBackend(Array("login".utf8))
    var fresh = second
    fresh.random = { key("responder, another time") }
    var gateway = TunnelResponder.fresh(fresh)
    var output = TunnelOutput()
    let said = pair.saidByInitiator
    gateway.receive(said.span.bytes.extracting(first: 86), now: 0, output: &output)
    gateway.receive(said.span.bytes.extracting(droppingFirst: 86), now: 0, output: &output)
    #expect(output.fault == .recordNotAuthentic && !output.hasOpened && output.plain.isEmpty)
  }

  @Test("What is sent before the answer came cannot be a record, and is refused")
  func impatient() {
    let (first, second) = TunnelSettings.pair(.nk)
    var pair = TunnelPair(first, second)
    pair.start()
    var gateway = TunnelResponder.fresh(second)
    var output = TunnelOutput()
    gateway.receive(pair.saidByInitiator.span.bytes, now: 0, output: &output)
    #expect(output.fault == .malformed && !output.hasOpened)
  }

  @Test("K3: a record that is exchanged, repeated, left out or cut ends the tunnel there")
  func disorder() {
    let recorded = Recording(.nk)
    let records = recorded.records
    let start = Array(recorded.toBackend.prefix(recorded.starts[1]))
    func plain(_ order: [Int]) -> ([UInt8], TunnelFault?) {
      recorded.replay(start + order.flatMap { records[$0] })
    }
    let contents = Recording.contents
    #expect(plain([1, 2, 3]) == (contents[0] + contents[1] + contents[2], nil))
    #expect(plain([2, 1]) == ([], .recordNotAuthentic))
    #expect(plain([1, 1]) == (contents[0], .recordNotAuthentic))
    #expect(plain([1, 3]) == (contents[0], .recordNotAuthentic))
    #expect(plain([1, 0]) == (contents[0], .recordNotAuthentic))
    // The cell of one record with the tail of another.
    let spliced = Array(records[2].prefix(144)) + records[3].suffix(from: 144)
    #expect(recorded.replay(start + records[1] + spliced) == (contents[0], .recordNotAuthentic))
  }

  @Test("K3: a connection that is cut is told from one that ends, wherever it is cut")
  func truncated() {
    let (first, second) = TunnelSettings.pair(.nk)
    var pair = TunnelPair(first, second)
    pair.start()
    pair.sayToBackend([1, 2, 3])
    pair.closeInitiator()
    #expect(pair.atResponder == [1, 2, 3])
    #expect(pair.faults == [.truncated] && !pair.responderHeardEnd)
    pair.closeResponder()
    #expect(pair.faults == [.truncated, .truncated] && !pair.initiatorHeardEnd)
  }

  @Test("Nothing can follow the end")
  func afterEnd() {
    let (first, second) = TunnelSettings.pair(.nk)
    var pair = TunnelPair(first, second)
    pair.start()
    pair.finishInitiator()
    pair.carry()
    #expect(pair.responderHeardEnd && pair.faults == [])
    pair.sayToBackend([1])
    #expect(pair.intercept().isEmpty, "an honest end says nothing more")
    pair.inject(toResponder: [UInt8](repeating: 0, count: 144))
    #expect(pair.faults == [.recordNotAuthentic])
  }

  @Test("K4, K7: what is no tunnel is refused at the first byte that shows it, never passed on")
  func otherProtocols() {
    let visitors: [[UInt8]] = [
      [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11],
      Array("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n".utf8), Array("GET / HTTP/1.1\r\n\r\n".utf8),
      [0x16, 0x03, 0x01, 0x02, 0x00, 0x01], Array("SSH-2.0-x\r\n".utf8),
      [UInt8](repeating: 0, count: 128), [UInt8](repeating: 0xFF, count: 256),
    ]
    let (_, second) = TunnelSettings.pair(.nk)
    for visitor in visitors {
      for segment in [1, visitor.count] {
        var gateway = TunnelResponder.fresh(second)
        var output = TunnelOutput()
        gateway.send(([1, 0, 0, 0] as [UInt8]).span.bytes, now: 0, output: &output)
        gateway.receive(visitor.span.bytes.extracting(first: segment), now: 0, output: &output)
        #expect(output.fault == .malformed || output.fault == .unknownVersion)
        #expect(output.plain.isEmpty && output.wire.isEmpty && !output.hasOpened)
      }
    }
  }

  @Test("K4: no byte of a client that speaks without the tunnel passes, nor is it answered")
  func downgrade() {
    let (_, second) = TunnelSettings.pair(.nk)
    var random = SplitMix64(seed: 4)
    for _ in 0..<200 {
      var gateway = TunnelResponder.fresh(second)
      var output = TunnelOutput()
      gateway.send(([1, 0, 0, 0] as [UInt8]).span.bytes, now: 0, output: &output)
      gateway.receive(random.bytes(256).span.bytes, now: 0, output: &output)
      #expect(output.fault != nil && output.plain.isEmpty && output.wire.isEmpty)
    }
  }

  @Test("Every byte of the head that is not as it must be is refused")
  func heads() {
    let (first, second) = TunnelSettings.pair(.nk)
    var client = TunnelInitiator(first, now: 0)
    var output = TunnelOutput()
    client.start(output: &output)
    let honest = output.wire
    for place in 0..<6 {
      for value in UInt8.min...UInt8.max where value != honest[place] {
        var bytes = honest
        bytes[place] = value
        var gateway = TunnelResponder.fresh(second)
        var answer = TunnelOutput()
        gateway.receive(bytes.span.bytes, now: 0, output: &answer)
        #expect(answer.fault != nil && answer.wire.isEmpty)
      }
    }
  }

  @Test("Random bytes never open anything, in either end, at any moment")
  func noise() {
    var random = SplitMix64(seed: 7)
    for round in 0..<300 {
      let (first, second) = TunnelSettings.pair(NoisePattern.allCases[round % 3])
      var pair = TunnelPair(first, second)
      if round % 2 == 0 { pair.start() }
      pair.inject(toResponder: random.bytes(Int(1 + random.next(below: 700))))
      pair.pass(milliseconds: 10_000)
      #expect(pair.atResponder.isEmpty && !pair.faults.isEmpty, "round \(round)")
    }
  }
}

/// What an initiator said in one tunnel, and where its records begin.
private struct Recording {
  static let contents: [[UInt8]] = [
    Array("first".utf8), [UInt8](repeating: 2, count: 300), [UInt8](repeating: 3, count: 300),
  ]

  let responder: TunnelSettings
  private(set) var toBackend: [UInt8] = []
  /// Where each record begins, the opening one first.
  private(set) var starts: [Int] = []

  init(_ mode: NoisePattern) {
    let (first, second) = TunnelSettings.pair(mode)
    responder = second
    var pair = TunnelPair(first, second)
    pair.start()
    starts.append(pair.saidByInitiator.count - 144)
    for content in Recording.contents {
      starts.append(pair.saidByInitiator.count)
      pair.sayToBackend(content)
    }
    toBackend = pair.saidByInitiator
  }

  var records: [[UInt8]] {
    zip(starts, starts.dropFirst() + [toBackend.count]).map { Array(toBackend[$0..<$1]) }
  }

  /// What the records say that are whole before `place`.
  func content(before place: Int) -> [UInt8] {
    let ends = starts.dropFirst(2) + [toBackend.count]
    return zip(Recording.contents, ends).filter { $0.1 <= place }.flatMap(\.0)
  }

  /// Says it to a gateway that makes the same choices as the first time.
  func replay(_ bytes: [UInt8]) -> ([UInt8], TunnelFault?) {
    var gateway = TunnelResponder.fresh(responder)
    var output = TunnelOutput()
    gateway.receive(bytes.span.bytes.extracting(first: starts[0]), now: 0, output: &output)
    gateway.receive(
      bytes.span.bytes.extracting(droppingFirst: starts[0]), now: 0, output: &output)
    return (output.plain, output.fault)
  }
}

extension TunnelResponder {
  static func fresh(_ settings: TunnelSettings) -> TunnelResponder {
    TunnelResponder(
      settings, source: IPAddress(ipv4: 0xC000_0201), door: TunnelPair.door(), now: 0)
  }
}
