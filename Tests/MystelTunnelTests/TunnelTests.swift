import Crypto
import MystelTesting
import MystelTunnel
import MystelWire
import Testing

/// The whole tunnel, both ends, over a wire that is cut anywhere.
@Suite struct TunnelTests {
  @Test(
    "What one end says arrives at the other byte for byte, at any cut, in every mode",
    arguments: NoisePattern.allCases, [0, 1, 7, 143, 144, 145, 1460])
  func exact(mode: NoisePattern, segment: Int) {
    var random = SplitMix64(seed: UInt64(segment + 1))
    let (first, second) = TunnelSettings.pair(mode)
    var pair = TunnelPair(first, second)
    pair.segment = segment
    pair.sayToClient([1, 0, 0, 0])
    pair.start()
    #expect(pair.isOpen && pair.faults == [])
    #expect(pair.atInitiator == [1, 0, 0, 0])
    var (sent, answered): ([UInt8], [UInt8]) = ([], [1, 0, 0, 0])
    for count in [1, 4, 122, 123, 124, 250, 4000, 16_379, 16_380, 40_000] {
      let (request, answer) = (random.bytes(count), random.bytes(count / 2))
      sent += request
      answered += answer
      pair.sayToBackend(request)
      pair.sayToClient(answer)
      pair.carry()
    }
    pair.finishInitiator()
    pair.closeInitiator()
    pair.finishResponder()
    pair.closeResponder()
    #expect(pair.atResponder == sent)
    #expect(pair.atInitiator == answered)
    #expect(pair.responderHeardEnd && pair.initiatorHeardEnd)
    #expect(pair.faults == [])
  }

  @Test("Nothing is readable on the wire, and small records all look the same")
  func sizes() {
    let (first, second) = TunnelSettings.pair(.nk)
    var pair = TunnelPair(first, second)
    pair.start()
    let secret = [UInt8](repeating: 0x41, count: 100)
    let before = pair.saidByInitiator.count
    for count in [1, 50, 100, 123] {
      let start = pair.saidByInitiator.count
      pair.sayToBackend(
        Array(secret.prefix(min(count, 100))) + [UInt8](repeating: 1, count: max(0, count - 100)))
      #expect(pair.saidByInitiator.count - start == 144)
    }
    let start = pair.saidByInitiator.count
    pair.sayToBackend([UInt8](repeating: 0x41, count: 1000))
    #expect(pair.saidByInitiator.count - start == 1000 + 37)
    let said = pair.saidByInitiator[before...]
    #expect(!said.indices.dropLast(4).contains { said[$0..<($0 + 4)].allSatisfy { $0 == 0x41 } })
  }

  @Test("Blocks make tails of whole blocks, and content is not changed by them")
  func blocks() {
    var (first, second) = TunnelSettings.pair(.nk)
    (first.padding, second.padding) = (.usualBlock, .block(bytes: 1000))
    var pair = TunnelPair(first, second)
    pair.start()
    for (count, wire) in [(1, 144), (124, 416), (379, 416), (380, 672), (16_379, 144 + 16_272)] {
      let start = pair.saidByInitiator.count
      pair.sayToBackend([UInt8](repeating: 9, count: count))
      #expect(pair.saidByInitiator.count - start == wire, "\(count)")
    }
    pair.sayToClient([UInt8](repeating: 8, count: 5000))
    pair.carry()
    #expect(pair.atResponder == [UInt8](repeating: 9, count: 1 + 124 + 379 + 380 + 16_379))
    #expect(pair.atInitiator == [UInt8](repeating: 8, count: 5000))
  }

  @Test("At a constant rate, one record of one size leaves at a time, said or not")
  func constantRate() {
    var (first, second) = TunnelSettings.pair(.nk)
    first.padding = .constantRate(bytes: 500, everyNanoseconds: 20_000_000)
    var pair = TunnelPair(first, second)
    pair.start()
    let opened = pair.saidByInitiator.count
    let content = (0..<1700).map { UInt8(truncatingIfNeeded: $0) }
    pair.sayToBackend(content)
    #expect(pair.saidByInitiator.count == opened, "nothing leaves but by the clock")
    #expect(pair.initiator.queuedBytes == 1700)
    for tick in 1...10 {
      pair.pass(milliseconds: 20)
      // Four with content, then empty ones; the eighth says that there is no more.
      #expect(pair.saidByInitiator.count == opened + min(tick, 8) * 537)
      if tick == 7 { pair.finishInitiator() }
      #expect(pair.initiator.hasSentEnd == (tick > 7))
    }
    pair.carry()
    #expect(pair.responderHeardEnd == true)
    #expect(pair.atResponder == content)
  }

  @Test("A gateway that hangs up says so at once, at a constant rate too, and hears nothing more")
  func hangUp() {
    for padding in [TunnelPadding.none, .usualRate] {
      var (first, second) = TunnelSettings.pair(.nk)
      first.padding = .none
      second.padding = padding
      var pair = TunnelPair(first, second)
      pair.start()
      pair.sayToClient([1, 2, 3])
      pair.endResponder()
      pair.closeResponder()
      #expect(pair.initiatorHeardEnd && pair.faults == [])
      pair.sayToBackend([1])
      pair.carry()
      #expect(pair.atResponder.isEmpty && pair.faults == [])
      #expect(pair.responder.deadline == .max)
    }
    let (first, second) = TunnelSettings.pair(.nk)
    var early = TunnelPair(first, second)
    early.endResponder()
    #expect(early.saidByResponder.isEmpty)
  }

  @Test("A pause of the clock owes one record, not hundreds")
  func constantRateAfterPause() {
    var (first, second) = TunnelSettings.pair(.nk)
    first.padding = .constantRate(bytes: 500, everyNanoseconds: 20_000_000)
    var pair = TunnelPair(first, second)
    pair.start()
    let start = pair.saidByInitiator.count
    pair.pass(milliseconds: 60_000)
    #expect(pair.saidByInitiator.count == start + 537)
    #expect(pair.initiator.deadline > pair.now)
  }

  @Test("Another name, another key, another secret or an unlisted key opens nothing")
  func identity() {
    for mode in NoisePattern.allCases {
      let (first, second) = TunnelSettings.pair(mode)
      var named = first
      named.name = "private"
      #expect(outcome(named, second) == .handshakeNotAuthentic)
      var strange = second
      strange.keys = HandshakeState.Keys(
        own: TunnelPrivateKey(key("other")), preshared: key("other"))
      #expect(outcome(first, strange) == .handshakeNotAuthentic)
    }
    var (first, second) = TunnelSettings.pair(.ik)
    second.peers = []
    #expect(outcome(first, second) == .unknownPeer)
    first.keys.own = TunnelPrivateKey(key("other"))
    #expect(outcome(first, TunnelSettings.pair(.ik).responder) == .unknownPeer)
  }

  @Test("The mode is the listener's: whoever asks for another is refused")
  func modes() {
    for mode in NoisePattern.allCases {
      for other in NoisePattern.allCases where other != mode {
        #expect(
          outcome(TunnelSettings.pair(mode).initiator, TunnelSettings.pair(other).responder)
            == .wrongMode)
      }
    }
  }

  @Test("A gateway knows which gateway speaks to it")
  func peer() {
    let (first, second) = TunnelSettings.pair(.ik)
    var pair = TunnelPair(first, second)
    pair.start()
    #expect(pair.responder.peer == TunnelPrivateKey(key("edge"))?.publicKey)
  }

  @Test("Both ends give up a handshake that is not over in time, and not before")
  func handshakeDeadline() {
    let (first, second) = TunnelSettings.pair(.nk)
    var pair = TunnelPair(first, second)
    #expect(pair.responder.deadline == pair.now + 10_000_000_000)
    pair.pass(milliseconds: 9_999)
    #expect(pair.faults == [])
    // Half a message extends nothing.
    pair.inject(toResponder: [1, 1, 1])
    pair.pass(milliseconds: 1)
    #expect(pair.faults == [.handshakeTimeout, .handshakeTimeout])
    #expect(pair.responder.deadline == .max)
  }

  @Test("A record that is begun and not finished ends the tunnel at its deadline")
  func recordDeadline() {
    let (first, second) = TunnelSettings.pair(.nk)
    var pair = TunnelPair(first, second)
    pair.start()
    #expect(pair.responder.deadline == .max)
    pair.sayToBackend([UInt8](repeating: 1, count: 200))
    let record = pair.intercept()
    pair.inject(toResponder: Array(record.prefix(1)))
    #expect(pair.responder.deadline == pair.now + 10_000_000_000)
    for byte in record[1..<9] {
      pair.pass(milliseconds: 1_111)
      pair.inject(toResponder: [byte])
    }
    #expect(pair.faults == [])
    pair.pass(milliseconds: 1_112)
    #expect(pair.faults == [.recordTimeout])
  }

  @Test("A record is not late while nobody reads it")
  func heldRecord() {
    let (first, second) = TunnelSettings.pair(.nk)
    var pair = TunnelPair(first, second)
    pair.start()
    pair.sayToBackend([1])
    pair.inject(toResponder: Array(pair.intercept().prefix(9)))
    var output = TunnelOutput()
    let late = pair.now + 20_000_000_000
    pair.responder.handleTimeout(now: late, isReading: false, output: &output)
    #expect(output.fault == nil)
    #expect(pair.responder.deadline == late + 10_000_000_000)
    pair.responder.handleTimeout(now: late + 10_000_000_000, isReading: true, output: &output)
    #expect(output.fault == .recordTimeout)
  }

  @Test("A visitor that says nothing and leaves has cut nothing off")
  func probe() {
    let (first, second) = TunnelSettings.pair(.nk)
    var pair = TunnelPair(first, second)
    pair.closeInitiator()
    #expect(pair.responderHeardEnd && pair.faults == [])
  }

  @Test("Nobody can make the gateway hold much before the tunnel stands")
  func early() {
    let (first, second) = TunnelSettings.pair(.nk)
    var pair = TunnelPair(first, second)
    pair.sayToClient([UInt8](repeating: 0, count: 65_536))
    #expect(pair.faults == [] && pair.responder.queuedBytes == 65_536)
    pair.sayToClient([0])
    #expect(pair.faults == [.overloaded] && pair.responder.queuedBytes == 0)
  }

  private func outcome(_ first: TunnelSettings, _ second: TunnelSettings) -> TunnelFault? {
    var pair = TunnelPair(first, second)
    pair.sayToClient([1, 0, 0, 0])
    pair.start()
    #expect(!pair.isOpen && pair.saidByResponder.isEmpty && pair.atResponder.isEmpty)
    return pair.faults.first
  }
}
