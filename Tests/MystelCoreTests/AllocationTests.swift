import CAllocations
import MystelCore
import MystelTesting
import MystelWire
import Testing

/// Only then is what is not needed left out.
let isOptimised: Bool = {
  #if DEBUG
    false
  #else
    true
  #endif
}()

@Suite("Allocations")
struct AllocationTests {
  @Test("the counter counts")
  func counter() {
    let before = callocations_count()
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 8)
    memory.deallocate()
    #expect(callocations_count() > before)
  }

  @Test(
    "a session in its steady state allocates nothing, whole packets or split ones",
    .enabled(if: isOptimised, "debug builds allocate"))
  func steadyState() throws {
    let script = try Script(seed: 21, packets: 24_000, longest: 200)
    var rig = SessionRig()
    var cursor = script.cipher.toBackend.origin
    rig.logIn(script, cursor: &cursor)
    var toBackend = script.plain.toBackend
    script.cipher.toBackend.apply(to: &toBackend, at: &cursor)
    let toClient = script.toClientBytes

    // Reads of 777 bytes cut packets anywhere. The first megabyte warms up: scratch memory
    // grows, and the keystream's period is looked for a few times.
    let step = 777
    let warm = 1400 * step
    let count = min(toBackend.count, toClient.count) / step * step
    var before: UInt64 = 0
    for at in stride(from: 0, to: count, by: step) {
      if at == warm { before = callocations_count() }
      rig.pass(toBackend.span.bytes.extracting(at..<at + step), from: .client)
      rig.pass(toClient.span.bytes.extracting(at..<at + step), from: .backend)
    }
    let allocations = callocations_count() - before
    let packets = rig.tally.packets
    #expect(count > 2 * warm - step)
    #expect(packets.toBackend > 20_000 && packets.toClient > 20_000)
    #expect(allocations == 0)
  }
}
