/// The findings of the reads at work, until the engine takes them; bounded.
///
/// One value a worker, in `SessionOutput.outlet`. What does not fit is counted, not kept.
package struct FindingBuffer: ~Copyable {
  /// The most findings kept between two calls of `removeAll`.
  package static let capacity = 256

  package private(set) var findings: [Finding] = []
  /// Findings that found no room.
  package private(set) var overflow: UInt64 = 0

  package init() { findings.reserveCapacity(FindingBuffer.capacity) }

  package var isEmpty: Bool { findings.isEmpty && overflow == 0 }

  package mutating func append(_ finding: Finding) {
    if findings.count < FindingBuffer.capacity {
      findings.append(finding)
    } else {
      overflow &+= 1
    }
  }

  package mutating func removeAll() {
    findings.removeAll(keepingCapacity: true)
    overflow = 0
  }
}
