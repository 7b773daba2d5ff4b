import MystelCore
import Synchronization

/// Tells the reputation of addresses that go on although the table of addresses refuses them.
final class FloodReport: Sendable {
  private let instance: UInt64
  private let evidence: EvidenceLog
  private let report: @Sendable ([Report]) -> Void
  private let told = Atomic<UInt64>(0)

  init(
    instance: UInt64, evidence: EvidenceLog, report: @escaping @Sendable ([Report]) -> Void
  ) {
    self.instance = instance
    self.evidence = evidence
    self.report = report
  }

  /// Once a second, on any thread.
  func tell(_ floods: [AddressFlood]) {
    let seconds = WallClock.seconds
    let made = floods.map { flood in
      let number = told.add(1, ordering: .relaxed).newValue
      return Evidence(flood, number: number, instance: instance, seconds: seconds)
    }
    evidence.addEnds(made)
    report(
      zip(floods, made).map { .incident(Incident($0, evidence: $1, seconds: seconds)) })
  }
}
