import Foundation
import MystelCore
import MystelWire
import Testing

/// The promised memory, measured. For a night, when nothing else runs in this process.
@Suite(
  .serialized, .enabled(if: ProcessInfo.processInfo.environment["MYSTEL_NIGHTLY"] != nil))
struct AddressTableMemoryTests {
  @Test("a million keys take at most 96 MB of the machine's memory")
  func million() throws {
    var limits = AddressLimits.none
    limits.address.keys = 1_000_000
    let before = try Self.residentBytes()
    var table = AddressTable(limits, seed: (3, 4))
    let now = Instant(nanoseconds: 3_600_000_000_000)
    // An address and its /24 take a key each.
    for host in 0..<UInt32(500_000) {
      _ = table.connect(IPAddress(ipv4: host << 8), now: now)
    }
    let grown = try Self.residentBytes() - before
    #expect(table.untracked < 1000)
    #expect(grown > 60_000_000, "\(grown) bytes: were they not all there before?")
    #expect(grown <= 96_000_000, "\(grown) bytes")
  }

  private static func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    return pages * Int(getpagesize())
  }
}
