import Crypto
import MystelTesting
import MystelTunnel
import MystelWire
import Testing

/// How many handshakes are taken on, and from whom.
@Suite struct TunnelDoorTests {
  @Test("While there is time, nobody is asked for a cookie; then everybody is, and gets in with it")
  func cookie() {
    let door = TunnelPair.door(rate: 10)
    let (first, second) = TunnelSettings.pair(.nk)
    for number in 0..<10 {
      var pair = TunnelPair(first, second, door: door)
      pair.now = 0
      pair.start()
      #expect(pair.isOpen && pair.faults == [])
      #expect(pair.saidByInitiator.count == (number < 6 ? 86 : 172) + 144)
    }
    var late = TunnelPair(first, second, door: door)
    late.now = 0
    late.start()
    #expect(!late.isOpen && late.faults == [.overloaded])
  }

  @Test("K6: 2,000 who ask in a second cost at most the budget, cookies or not")
  func budget() {
    let door = TunnelPair.door(rate: 50)
    let (first, second) = TunnelSettings.pair(.nk)
    var client = TunnelInitiator(first, now: 0)
    var hello = TunnelOutput()
    client.start(output: &hello)
    var outcomes: [Int: Int] = [:]
    for number in UInt64(0)..<2000 {
      let now = number * 500_000
      var output = TunnelOutput()
      var gateway = TunnelResponder(
        second, source: IPAddress(ipv4: UInt32(number)), door: door, now: now)
      gateway.receive(hello.wire.span.bytes, now: now, output: &output)
      outcomes[output.wire.count, default: 0] += 1
      #expect(output.asksForCookie == (output.wire.count == 38))
    }
    // The bucket's upper half, and what came back meanwhile of it; all others had to bring a cookie.
    #expect(door.handshakes <= 26 + 50)
    #expect(outcomes[38] == 2000 - Int(door.handshakes), "a cookie is all that others get")
  }

  @Test("Credit comes back with time, to the budget and no further")
  func refill() {
    let door = TunnelPair.door(rate: 4)
    func admitted(at now: UInt64) -> Int {
      let (first, second) = TunnelSettings.pair(.nk)
      return (0..<10).count { _ in
        var pair = TunnelPair(first, second, door: door)
        pair.now = now
        pair.start()
        return pair.isOpen
      }
    }
    #expect(admitted(at: 0) == 4)
    #expect(admitted(at: 250_000_000) == 1)
    #expect(admitted(at: 3_600_000_000_000) == 4)
    #expect(admitted(at: 1) == 0, "a clock that goes back gives nothing")
  }

  @Test("A cookie is good for its network, its door and at most two windows of 120 s")
  func validity() {
    let jar = CookieJar(secret: key("jar"))
    let made: UInt64 = 119_999_999_999
    let cookie = jar.cookie(source: [4, 1], epoch: jar.epoch(made))
    #expect(jar.isValid(cookie, source: [4, 1], now: made))
    #expect(jar.isValid(cookie, source: [4, 1], now: made + 120_000_000_000))
    #expect(!jar.isValid(cookie, source: [4, 1], now: made + 120_000_000_001))
    #expect(!jar.isValid(cookie, source: [4, 2], now: made))
    #expect(!jar.isValid(Array(cookie.dropLast()), source: [4, 1], now: made))
    #expect(!CookieJar(secret: key("other")).isValid(cookie, source: [4, 1], now: made))
    for place in cookie.indices {
      var changed = cookie
      changed[place] ^= 1
      #expect(!jar.isValid(changed, source: [4, 1], now: made))
    }
    #expect(!jar.isValid([UInt8](repeating: 0, count: 32), source: [4, 1], now: made))
  }

  @Test("A cookie that is changed on the way does not get in, nor is another one given")
  func changedCookie() {
    let door = TunnelPair.door(rate: 10)
    let (first, second) = TunnelSettings.pair(.nk)
    for _ in 0..<6 {
      var pair = TunnelPair(first, second, door: door)
      pair.now = 0
      pair.start()
    }
    var client = TunnelInitiator(first, now: 0)
    var output = TunnelOutput()
    var gateway = TunnelResponder(second, source: IPAddress(ipv4: 1), door: door, now: 0)
    client.start(output: &output)
    let hello = output.wire
    output.reset()
    gateway.receive(hello.span.bytes, now: 0, output: &output)
    var cookie = output.wire
    #expect(cookie.count == 38 && output.fault == nil)
    cookie[20] ^= 1
    output.reset()
    client.receive(cookie.span.bytes, now: 0, output: &output)
    let again = output.wire
    #expect(again.count == 86 && output.fault == nil)
    output.reset()
    gateway.receive(again.span.bytes, now: 0, output: &output)
    #expect(output.fault == .overloaded && output.wire.isEmpty)
  }

  @Test("K8: clocks an hour apart, either way, agree")
  func skew() {
    for skew in [UInt64(3_600_000_000_000), 0 &- 900_000_000_000] {
      let door = TunnelPair.door(rate: 10)
      let (first, second) = TunnelSettings.pair(.nk)
      for _ in 0..<8 {
        var pair = TunnelPair(first, second, door: door, skew: skew)
        pair.now = 1_000_000_000_000
        pair.start()
        pair.sayToBackend([1])
        pair.carry()
        #expect(pair.isOpen && pair.faults == [] && pair.atResponder == [1])
      }
    }
  }
}
