import MystelCore
import MystelSim

/// A client that answers the hello with one whole key, and then waits to be closed.
struct OneKeyClient: SimMachine {
  private(set) var wish = SimWish.stay
  private var helloBytes = 0
  private var output: [UInt8] = []

  var deadline: Instant? { nil }

  mutating func start(now: Instant) {}

  mutating func receive(_ bytes: some Collection<UInt8>, now: Instant) {
    let hadHello = helloBytes >= 4
    helloBytes += bytes.count
    if !hadHello && helloBytes >= 4 { output = Array(repeating: 7, count: 127) + [8] }
  }

  mutating func receiveEnd(now: Instant) { wish = .finish }

  mutating func tick(now: Instant) {}

  mutating func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }
}
