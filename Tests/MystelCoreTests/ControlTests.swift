import MystelCore
import MystelWire
import Testing

@Suite("Half-open connections")
struct HalfOpenTableTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  private let crowd = IPAddress(ipv4: 0xc633_6401)
  private let player = IPAddress(ipv4: 0xcb00_7105)

  @Test("are bounded, the newest in line goes first, and a full line loses its oldest")
  func bounded() {
    var table = HalfOpenTable(capacity: 2, waitingCapacity: 2)
    let answers = (1...5).map { table.request($0, from: crowd, now: start) }
    #expect(
      answers == [
        .connect, .connect, .wait(displaced: nil), .wait(displaced: nil), .wait(displaced: 3),
      ])
    let next = [table.release(1, now: start), table.release(5, now: start)]
    #expect(next == [[5], [4]])
    #expect(table.count == 2)
  }

  @Test(
    "give way after their fair time, only for somebody in line, and keep their place until gone")
  func eviction() {
    var table = HalfOpenTable(capacity: 2)
    _ = table.request(1, from: player, now: start)
    _ = table.request(2, from: crowd, now: start + .milliseconds(500))
    let alone = table.tick(now: start + .seconds(5))
    _ = table.request(3, from: crowd, now: start + .seconds(5))
    let asked = [table.tick(now: start + .seconds(5)), table.tick(now: start + .seconds(5))]
    #expect(alone == [] && asked == [[1], []])
    #expect(table.count == 2)
    let admitted = table.release(1, now: start + .seconds(5))
    let later = table.tick(now: start + .seconds(9))
    #expect(admitted == [3] && later == [])
  }

  @Test("of a crowd give way sooner for a source that has no place, and it gets the place")
  func crowded() {
    var table = HalfOpenTable(capacity: 3)
    for id in 1...3 as ClosedRange<UInt64> { _ = table.request(id, from: crowd, now: start) }
    _ = table.request(10, from: player, now: start)
    for id in 11...20 as ClosedRange<UInt64> { _ = table.request(id, from: crowd, now: start) }
    let early = table.tick(now: start + .milliseconds(400))
    let evicted = table.tick(now: start + .milliseconds(500))
    #expect(early == [] && evicted == [1, 2])
    let admitted = table.release(1, now: start + .milliseconds(500))
    #expect(admitted == [10])
  }

  @Test("forget whoever leaves the line, and ignore strangers")
  func leaving() {
    var table = HalfOpenTable(capacity: 1)
    _ = table.request(1, from: player, now: start)
    _ = table.request(2, from: player, now: start)
    let admitted = [2, 77, 1].map { table.release($0, now: start) }
    #expect(admitted == [[], [], []])
    #expect(table.count == 0)
  }
}

@Suite("A circuit")
struct CircuitTests {
  @Test("opens after five failures in a row, once, and only a success closes it")
  func opening() {
    var circuit = Circuit()
    var opened = (0..<4).map { _ in circuit.failed() }
    _ = circuit.succeeded()
    opened += (0..<6).map { _ in circuit.failed() }
    #expect(opened == [false, false, false, false, false, false, false, false, true, false])
    #expect(circuit.isOpen)
    let closed = [circuit.succeeded(), circuit.succeeded()]
    #expect(closed == [true, false])
    #expect(!circuit.isOpen)
  }

  @Test("opens at once where a health check finds nobody")
  func healthCheck() {
    var circuit = Circuit()
    let opened = [circuit.foundDown(), circuit.foundDown()]
    #expect(opened == [true, false])
    #expect(circuit.isOpen)
  }
}

@Suite("The deadline wheel")
struct DeadlineWheelTests {
  private final class Item {}

  @Test("gives out what is due within a slot, never early, also beyond its horizon")
  func due() {
    let start = Instant(nanoseconds: 5_000_000_000)
    for milliseconds in [0, 50, 100, 950, 10_000, 102_300, 102_400, 300_000] {
      var wheel = DeadlineWheel<Item>(now: start)
      let item = Item()
      let deadline = start + .milliseconds(milliseconds)
      _ = wheel.insert(item, deadline: deadline)
      var now = start
      var given: Instant?
      while given == nil, now < deadline + .seconds(1) {
        now = now + .milliseconds(100)
        for timed in wheel.expire(now: now) where timed === item {
          if deadline <= now { given = now } else { _ = wheel.insert(item, deadline: deadline) }
        }
      }
      #expect(given != nil && deadline <= now && now <= deadline + .milliseconds(200))
    }
  }

  @Test("forgets what was cancelled")
  func cancelled() {
    let start = Instant(nanoseconds: 0)
    var wheel = DeadlineWheel<Item>(now: start)
    let item = Item()
    wheel.insert(item, deadline: start + .seconds(1)).cancel()
    let due = wheel.expire(now: start + .seconds(5))
    #expect(due.isEmpty)
  }

  @Test("survives a pause longer than the wheel")
  func pause() {
    let start = Instant(nanoseconds: 0)
    var wheel = DeadlineWheel<Item>(now: start)
    let item = Item()
    _ = wheel.insert(item, deadline: start + .seconds(1))
    let first = wheel.expire(now: start + .seconds(100_000)).count
    _ = wheel.insert(item, deadline: start + .seconds(100_001))
    let second = wheel.expire(now: start + .seconds(100_002)).count
    #expect(first == 1 && second == 1)
  }
}
