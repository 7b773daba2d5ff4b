/// The findings of the reads at work, until the engine takes them; bounded.
///
/// One value a worker, in `SessionOutput.outlet`. What does not fit is counted by rule, not kept, so
/// that nobody hides a finding behind a crowd of others.
package struct FindingBuffer: ~Copyable {
  /// The most findings kept between two calls of `removeAll`.
  package static let capacity = 256

  package private(set) var findings: [Finding] = []
  /// Packets that findings are about, one behind the other: what evidence is made of.
  package private(set) var packets: [UInt8] = []
  /// The most bytes of a packet, and of all of them, that are kept.
  package static let packetBytes = 512
  package static let allPacketBytes = 64 * 1024
  /// Findings that found no room.
  package private(set) var overflow: UInt64 = 0
  /// The same by rule, as far as the rules have room: those it acted on, and the others.
  private(set) var overflowByRule = [RuleTally.Count](
    repeating: RuleTally.Count(), count: FindingBuffer.countedRules)

  /// The rules whose findings are counted when there is no room for them.
  static let countedRules = 512

  package init() { findings.reserveCapacity(FindingBuffer.capacity) }

  package var isEmpty: Bool { findings.isEmpty && overflow == 0 }

  package mutating func append(_ finding: Finding) {
    if findings.count < FindingBuffer.capacity {
      findings.append(finding)
    } else {
      overflow &+= 1
      let rule = Int(finding.rule)
      guard rule < FindingBuffer.countedRules else { return }
      if finding.isEnforced {
        overflowByRule[rule].enforced &+= 1
      } else {
        overflowByRule[rule].shadowed &+= 1
      }
    }
  }

  /// The first bytes of the packet that a finding is about.
  func packet(of finding: Finding) -> [UInt8] {
    let start = Int(finding.packetStart)
    let end = start + Int(finding.packetCount)
    return end <= packets.count ? Array(packets[start..<end]) : []
  }

  /// Keeps the packet that the findings from `index` on are about.
  mutating func keep(_ packet: UnsafeRawBufferPointer, from index: Int) {
    let count = min(packet.count, FindingBuffer.packetBytes)
    guard packets.count + count <= FindingBuffer.allPacketBytes else { return }
    let start = packets.count
    packets.append(contentsOf: packet.prefix(count))
    for place in index..<findings.count {
      findings[place].packetStart = UInt32(clamping: start)
      findings[place].packetCount = UInt16(clamping: count)
      findings[place].packetLength = UInt16(clamping: packet.count)
    }
  }

  package mutating func removeAll() {
    findings.removeAll(keepingCapacity: true)
    packets.removeAll(keepingCapacity: true)
    guard overflow > 0 else { return }
    overflow = 0
    for rule in overflowByRule.indices { overflowByRule[rule] = RuleTally.Count() }
  }
}
